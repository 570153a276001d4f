// Which names a JSONPath asks of the same values. Inside this room only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/query/jsonpath_program.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query::jsonpath {

// Puts each name selector into a lookup. Borrows the compiler's tables, which are otherwise done.
// O(rows) calls of `lookups.Add`; recursion as deep as the query.
class NameResolver {
 public:
  NameResolver(absl::Span<const Query> queries, absl::Span<const Segment> segments,
               std::vector<Selector>& selectors, absl::Span<const Expression> expressions,
               absl::Span<const uint32_t> children, std::vector<Operand>& operands,
               std::string_view pool, LookupBuilder& lookups)
      : queries_(queries),
        segments_(segments),
        selectors_(selectors),
        expressions_(expressions),
        children_(children),
        operands_(operands),
        pool_(pool),
        lookups_(lookups) {}

  void ResolveMain(uint32_t query) { ResolveQuery(query, root_); }
  // A logical expression on the root.
  void ResolveCondition(uint32_t expression) { ResolveExpression(expression, root_); }

 private:
  // A place is kNoLookup as long as nobody asks the values there for a name.
  void ResolveQuery(uint32_t query, uint32_t& current);
  void ResolveExpression(uint32_t expression, uint32_t& current);
  void ResolveOperand(uint32_t operand, uint32_t& current);
  void Shorten(Operand& operand) const;
  LookupSlot Add(uint32_t& place, StringRef name);
  bool AsksItsInput(const Segment& segment) const;

  const absl::Span<const Query> queries_;
  const absl::Span<const Segment> segments_;
  std::vector<Selector>& selectors_;
  const absl::Span<const Expression> expressions_;
  const absl::Span<const uint32_t> children_;
  std::vector<Operand>& operands_;
  const std::string_view pool_;
  LookupBuilder& lookups_;
  uint32_t root_ = kNoLookup;
};

}  // namespace sluice::query::jsonpath

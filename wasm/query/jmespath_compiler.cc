#include "sluice/query/jmespath_compiler.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/base/utf8.h"
#include "sluice/json/writer.h"
#include "sluice/query/jmespath_fields.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary

absl::StatusOr<JmesPath> JmesPathCompiler::Run() {
  if (text_.size() > budget_.max_text_bytes) {
    return MakeBudgetError(Budget::kTextBytes, "JMESPath: the expression is too long");
  }
  if (const size_t bad = FindInvalidUtf8(text_); bad != text_.size()) {
    return MakeJmesError(Error::kSyntax, bad, "not valid UTF-8", true);
  }
  SLUICE_RETURN_IF_ERROR(Tokenize(text_, tokens_));
  literals_.Append('[');
  Chain whole;
  if (Expression(0, &whole) && Current().kind != TokenKind::kEnd) {
    Fault("expected an operator or the end");
  }
  if (!status_.ok()) return status_;
  literals_.Append(']');
  return Build(whole);
}

bool JmesPathCompiler::FaultAt(Error error, size_t offset, std::string_view message) {
  if (status_.ok()) status_ = MakeJmesError(error, offset, message, /*compiling=*/true);
  return false;
}

bool JmesPathCompiler::CheckDepth(uint32_t depth) {
  if (depth <= budget_.max_depth) return true;
  if (status_.ok()) {
    status_ = MakeBudgetError(Budget::kDepth,
                              absl::StrCat("JMESPath, byte ", Current().begin,
                                           ": nested deeper than ", budget_.max_depth),
                              Current().begin);
  }
  return false;
}

JmesPathCompiler::Chain JmesPathCompiler::Single(Code code, const Token& token, uint32_t a,
                                                 uint32_t b, uint32_t c) {
  const uint32_t number = static_cast<uint32_t>(operations_.size());
  operations_.push_back({code, kIdentity, a, b, c, token.begin});
  return {number, number, 1, 0};
}

bool JmesPathCompiler::Append(Chain* chain, const Chain& then) {
  if (then.head == kIdentity) return true;
  if (chain->head == kIdentity) {
    *chain = then;
    return true;
  }
  operations_[chain->tail].next = then.head;
  chain->tail = then.tail;
  chain->depth = std::max(chain->depth, then.depth);
  chain->levels += then.levels;
  return CheckDepth(chain->depth) && CheckDepth(chain->levels);
}

void JmesPathCompiler::Contain(Chain* outer, const Chain& inner, uint32_t levels) {
  outer->depth = std::max(outer->depth, inner.depth + 1);
  outer->levels = std::max(outer->levels, inner.levels + levels);
}

// The literals become one document: an array, in the order of their numbers.
void JmesPathCompiler::SeparateLiteral() {
  if (literal_count_++ > 0) literals_.Append(',');
}

void JmesPathCompiler::AddStringLiteral(std::string_view text) {
  SeparateLiteral();
  json::AppendJsonString(text, literals_);
}

StringRef JmesPathCompiler::AddPrefix(char before, std::string_view name) {
  prefix_.Clear();
  prefix_.Append(before);
  json::AppendJsonString(name, prefix_);
  prefix_.Append(':');
  return AddText(prefix_.text());
}

uint32_t JmesPathCompiler::AddParts(const std::vector<Part>& parts) {
  const uint32_t first = static_cast<uint32_t>(parts_.size());
  parts_.insert(parts_.end(), parts.begin(), parts.end());
  return first;
}

absl::StatusOr<JmesPath> JmesPathCompiler::Build(const Chain& whole) {
  JmesPath path;
  path.literal_text_ = std::make_unique<std::string>(literals_.text());
  path.literals_ = std::make_unique<json::Document>();
  if (literals_.exhausted()) {
    return MakeBudgetError(Budget::kTextBytes, "JMESPath: the literals are too long");
  }
  SLUICE_RETURN_IF_ERROR(path.literals_->Parse(*path.literal_text_));
  std::vector<uint32_t> nodes;
  for (const json::Value literal : json::Elements(path.literals_->root())) {
    nodes.push_back(literal.index());
  }
  for (Operation& operation : operations_) {
    if (operation.code == Code::kLiteral) operation.a = nodes[operation.a];
    if (operation.code != Code::kMultiHash) continue;
    for (uint32_t i = 0; i < operation.b; ++i) {
      Part& part = parts_[operation.a + i];
      part.mark = nodes[part.mark];
    }
  }
  LookupBuilder lookups;
  const uint32_t weight = ResolveFields(whole.head, pool_, operations_, parts_, lookups);
  std::vector<Lookup> lookup_rows;
  std::vector<LookupName> names;
  lookups.Build(pool_, &lookup_rows, &names);
  pool_.append(kPadding, '\0');
  const std::vector<uint32_t> start = {whole.head, weight};
  BlockBuilder builder(JmesPath::kFormatVersion);
  builder.Add(operations_);
  builder.Add(parts_);
  builder.Add(slices_);
  builder.Add(std::string_view(pool_));
  builder.Add(start);
  builder.Add(lookup_rows);
  builder.Add(names);
  path.program_ = builder.Build();
  if (path.program_.size() == 0) {
    return MakeBudgetError(Budget::kMemory, "JMESPath: no memory for the expression");
  }
  path.budget_ = budget_;
  return path;
}

absl::StatusOr<JmesPath> JmesPath::Compile(std::string_view text, const QueryBudget& budget) {
  return JmesPathCompiler(text, budget).Run();
}

}  // namespace sluice::query

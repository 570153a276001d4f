// From method, host, path and headers to a route.
//
// A trie over path segments. At a node a literal child is tried before the parameter child, that
// before a rest ({name...}), and a branch in which no route matches falls back to the next one
// ("backtracking"). A request visits each node at most once, and how many it can visit at worst is
// computed when the router is built (at a node: one literal child or the parameter child, the worse
// of the literal ones); a policy in which that is over kMaxVisits is refused. So matching costs
// O(path + visits × log(children) + candidates), with a bound no request can raise.
//
// At the node where a path ends are its candidates, by host: exact, then the longest "*." suffix,
// then any; within a host those with more headers first, then in the policy's order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/interner.h"
#include "sluice/policy/facts.h"
#include "sluice/policy/template.h"

namespace sluice::policy {

constexpr uint32_t kMaxVisits = 1024;

// Methods by bit. The last bit stands for every method that has none of its own.
constexpr std::array<std::string_view, 9> kMethods = {"GET",    "HEAD",    "POST",  "PUT",  "PATCH",
                                                      "DELETE", "OPTIONS", "QUERY", "PURGE"};
constexpr uint32_t kGetBit = 1u << 0;
constexpr uint32_t kHeadBit = 1u << 1;
constexpr uint32_t kOtherMethodBit = 1u << 31;
constexpr uint32_t kAllMethods = 0xFFFFFFFF;

uint32_t MethodBit(std::string_view method);

struct RouterNode {
  uint32_t first_child;
  uint32_t child_count;
  uint32_t parameter_child;  // or kAbsent
  uint32_t first_bucket;     // candidates of paths that end here
  uint32_t bucket_count;
  uint32_t first_rest_bucket;  // candidates for whatever follows
  uint32_t rest_bucket_count;
  uint32_t reserved;
};

// Sorted by (length, bytes) of the literal within a node.
struct RouterChild {
  StringRef literal;
  uint32_t node;
};

// Sorted by host within a node. A host is "" (any), "name" or ".suffix".
struct RouterBucket {
  StringRef host;
  uint32_t first_candidate;
  uint32_t candidate_count;
};

struct RouterCandidate {
  uint32_t route;
  uint32_t methods;
  uint32_t first_condition;
  uint32_t condition_count;
};

struct RouterCondition {
  uint32_t slot;
  StringRef value;
};

// The router's tables, views of a Block.
struct Router {
  absl::Span<const RouterNode> nodes;
  absl::Span<const RouterChild> children;
  absl::Span<const RouterBucket> buckets;
  absl::Span<const RouterCandidate> candidates;
  absl::Span<const RouterCondition> conditions;
  std::string_view pool;

  struct Result {
    uint32_t route = kAbsent;
    uint32_t allow = 0;  // without a route: methods that would have had one
  };
  // `path` is normalized, `method` a MethodBit, `host` lower case without a final dot.
  Result Match(std::string_view path, std::string_view host, uint32_t method, const Facts& facts,
               Captures& captures) const;
};

// A route as the router sees it.
struct RouterInput {
  const PathTemplate* path;
  std::vector<std::string> hosts;  // as in RouterBucket; empty: any
  uint32_t methods;
  std::vector<RouterCondition> conditions;
};

// Gathers routes, then makes the tables. Strings go to `pool`.
class RouterBuilder {
 public:
  explicit RouterBuilder(StringInterner& pool);

  // Routes are numbered in the order they come. O(segments + hosts).
  void Add(RouterInput input);

  // A route that can never be chosen, and the first one before it that takes its place (on one of
  // its hosts, for one of its methods).
  struct Shadow {
    uint32_t route;
    uint32_t by;
  };
  // Makes the tables. O(n log n). Returns the routes that others shadow, each once.
  std::vector<Shadow> Finish();

  // Nodes that one request can visit at worst. After Finish.
  uint32_t worst_visits() const { return worst_visits_; }

  std::vector<RouterNode> nodes;
  std::vector<RouterChild> children;
  std::vector<RouterBucket> buckets;
  std::vector<RouterCandidate> candidates;
  std::vector<RouterCondition> conditions;

 private:
  struct Edge {
    uint32_t parent;
    uint32_t node;
    SegmentKind kind;
    StringRef literal;
  };
  struct Entry {
    uint32_t node;
    bool rest;
    StringRef host;
    RouterCandidate candidate;
  };

  StringRef Keep(std::string_view text);
  uint32_t Descend(uint32_t parent, const TemplateSegment& segment);
  void FinishChildren();
  void FinishBuckets();
  bool SameConditions(const RouterCandidate& a, const RouterCandidate& b) const;
  bool SameBucket(const Entry& a, const Entry& b) const;
  bool ConditionsLess(const RouterCandidate& a, const RouterCandidate& b) const;
  // Settles methods among candidates that differ in nothing else.
  void SettleMethods(absl::Span<Entry*> group, std::vector<Shadow>& shadows);
  std::vector<Shadow> FindShadows();
  // Those routes that are shadowed on all their hosts, each once. `shadows` are of single hosts.
  std::vector<Shadow> WholeRoutes(std::vector<Shadow> shadows) const;

  StringInterner& pool_;
  StringInterner edge_keys_;  // of (parent, kind, literal): an edge's number is its node's less one
  std::vector<Edge> edges_;
  std::vector<Entry> entries_;
  uint32_t route_count_ = 0;
  uint32_t worst_visits_ = 1;
};

}  // namespace sluice::policy

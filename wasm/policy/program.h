// The router and the decision tables: what match and decide run on.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/interner.h"
#include "sluice/limit/rule.h"
#include "sluice/policy/api_keys.h"
#include "sluice/policy/facts.h"
#include "sluice/policy/model.h"
#include "sluice/policy/patterns.h"
#include "sluice/policy/router.h"
#include "sluice/policy/template.h"

namespace sluice::policy {

constexpr uint32_t kProgramVersion = 4;

constexpr Range kNoRange = {kAbsent, 0};

enum LimitFlag : uint32_t {
  kShadow = 1,
  kHasLists = 2,     // some subjects are denied, exempt or under other rules
  kHasNetworks = 4,  // and some are known by their address
};

// Rows of patterns; see PatternSet.
struct PatternRange {
  Range texts;
  Range networks;
};

// A rule for who has all of the claims.
struct ClaimRule {
  Range claims;
  uint32_t rule;
};

// What deciding about a charge takes of its limit.
struct LimitRow {
  Range rules;        // its own, then those of its overrides
  Range claim_rules;  // the first that applies does
  PatternRange deny;
  PatternRange allow;
  PatternRange overrides;
  uint32_t lease_ms;     // 0: no leases
  uint32_t lease_units;  // 0: the quota of the rule in force
  uint32_t deny_cache_ms;
  uint32_t flags;
};

// A charge of one route: its subject is a range of facts.
struct ChargeRow {
  uint32_t limit;
  uint32_t cost;
  Range subject;
  uint32_t settles;  // 1: what it cost is said by the response
};

struct VariantRow {
  uint32_t upstream;   // or kAbsent: the route's
  uint32_t transform;  // or kAbsent: the route's
  Range path;          // segments; `first` is kAbsent: the route's
};

struct UpstreamRow {
  Range charges;
};

// A further upstream call of a route.
struct InputRow {
  Range path;  // segments
};

struct AuthRow {
  Range keys;
};

enum RouteFlag : uint32_t {
  kReadsVisitor = 1,  // a fact of the route is the visitor
  kMintsVisitor = 2,  // its experiment hashes the visitor
};

struct RouteRow {
  Range match_path;  // segments
  Range path;        // segments; `first` is kAbsent: the request's own
  Range pre_auth_charges;
  Range charges;
  uint32_t auth;  // or kAbsent
  uint32_t upstream;
  uint32_t transform;       // or kAbsent
  uint32_t feature;         // or kAbsent
  uint32_t hashed;          // fact, or kAbsent
  Range variants;           // rows; a variant's number counts from the first
  uint32_t first_map_word;  // by variation: the variant's number, or kAbsent
  uint32_t default_variant;
  Range inputs;
  uint32_t flags;
};

// The tables, views of a Block that the owner keeps.
struct Program {
  Router router;
  absl::Span<const RouteRow> routes;
  absl::Span<const SegmentRow> segments;
  absl::Span<const FactRow> facts;
  absl::Span<const ChargeRow> charges;
  absl::Span<const LimitRow> limits;
  absl::Span<const limit::Rule> rules;
  absl::Span<const ClaimRule> claim_rules;
  absl::Span<const PatternRow> patterns;
  absl::Span<const ClaimRow> claims;
  absl::Span<const UpstreamRow> upstreams;
  absl::Span<const VariantRow> variants;
  absl::Span<const uint32_t> variant_map;
  absl::Span<const InputRow> inputs;
  absl::Span<const AuthRow> auth;
  absl::Span<const ApiKeyRow> keys;
  std::string_view pool;
  std::string_view visitor_cookie;      // in the pool
  std::string_view visitor_attributes;  // what follows its value in Set-Cookie
  uint32_t cookie_slot = kAbsent;       // of the Cookie header, if any fact is a cookie

  absl::Span<const SegmentRow> Segments(Range range) const {
    return segments.subspan(range.first, range.count);
  }
};

// What building a program yields besides it, for the description.
struct ProgramBlock {
  Block block;
  StringInterner slots;                      // names of the fact slots by number
  std::vector<uint32_t> match_slots;         // that match reads
  std::vector<std::vector<uint32_t>> needs;  // that decide reads, by route
};

// Builds the program of a model without faults. Faults that only show between routes go to the
// context: ambiguous_route, too_ambiguous.
ProgramBlock BuildProgram(const Model& model, json::Value routes, json::CompileContext& context);

// Views of a block that BuildProgram made.
Program ViewProgram(const Block& block);

}  // namespace sluice::policy

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
#include "sluice/policy/parameters.h"
#include "sluice/policy/patterns.h"
#include "sluice/policy/router.h"
#include "sluice/policy/template.h"
#include "sluice/policy/user_agent.h"

namespace sluice::policy {

constexpr uint32_t kProgramVersion = 5;

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
  Range redirect;      // segments; `first` is kAbsent: none
  Range reached;       // segments of a match: paths where the redirect leads, and isn't followed
                       // again; `first` is kAbsent: it never leads back to the route
  StringRef origin;    // of the redirect; empty: the request's own
  StringRef host;      // of that origin, without its port
};

// An experiment of one route.
struct ExperimentRow {
  uint32_t place;  // of its feature among those that the route decides
  Range values;    // VariantValue
  Range variants;  // rows; a variant's number counts from the first
};

// A feature whose value the upstream is told.
struct FlagRow {
  uint32_t place;
  StringRef key;  // as JSON, with the colon
};

// An attribute that a route's features look at: the first of the facts that is present.
struct AttributeRow {
  uint32_t attribute;  // number in the features' program
  experiment::AttributeType type;
  Range facts;
  // Rows of the same route, by bit: where one of them is absent users are assigned by this, so that
  // it may take a new visitor. Its own: always.
  uint64_t assigns_without;
};

enum FeatureFlag : uint32_t {
  kSigns = 1,  // cookies are signed
  kExposes = 2,
  kExposesBeforeConsent = 4,
  kHashesUser = 8,
};

// What "features" say of every route. Empty texts: there is no such cookie. Slots are kAbsent where
// nothing reads them.
struct FeaturesRow {
  StringRef visitor_cookie;
  StringRef cookie_domain;    // "; Domain=example.com", of visitor and sticky cookie; or empty
  StringRef visitor_max_age;  // "; Max-Age=31536000"
  StringRef sticky_cookie;
  StringRef sticky_max_age;
  uint32_t sticky_max_bytes;
  StringRef override_query;
  StringRef override_cookie;
  Range adopted;          // strings
  uint32_t consent;       // fact, or kAbsent: nobody is asked
  Range consents;         // strings
  uint32_t before;        // fact, or kAbsent
  Range bots;             // strings
  PartFilter bot_filter;  // of those
  uint32_t cookie_slot;
  uint32_t user_agent_slot;
  uint32_t fetch_mode_slot;
  uint32_t fetch_dest_slot;
  uint32_t accept_slot;
  uint32_t flags;
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

// What the parameters of a query or a path have to be.
struct ParameterRule {
  uint32_t schema;  // or kAbsent: anything
  Range rows;       // ParameterRow
  ParameterTypes others;
};

enum RouteFlag : uint32_t {
  kReadsVisitor = 1,  // a limit counts by the visitor
  kAssigns = 2,       // it has experiments or flags
  kReadsUrl = 4,      // an attribute is the URL
  kTellsFlags = 8,
  kTellsVisitor = 16,  // the upstream is told who it is
};

struct RouteRow {
  Range match_path;  // segments
  Range path;        // segments; `first` is kAbsent: the request's own
  Range pre_auth_charges;
  Range charges;
  uint32_t auth;  // or kAbsent
  uint32_t upstream;
  uint32_t transform;  // or kAbsent
  Range features;      // numbers in their program: those to be decided
  Range attributes;    // that they look at; those that assign come first
  Range experiments;
  Range flag_rows;
  Mint mint;
  Range inputs;
  ParameterRule query;
  ParameterRule params;
  Range param_names;  // strings
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
  absl::Span<const VariantValue> variant_values;
  absl::Span<const ExperimentRow> experiments;
  absl::Span<const FlagRow> flags;
  absl::Span<const AttributeRow> attributes;
  absl::Span<const uint32_t> features;  // numbers, of routes
  absl::Span<const StringRef> strings;
  absl::Span<const InputRow> inputs;
  absl::Span<const ParameterRow> parameters;
  absl::Span<const AuthRow> auth;
  absl::Span<const ApiKeyRow> keys;
  std::string_view pool;
  const FeaturesRow* feature_rules = nullptr;

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

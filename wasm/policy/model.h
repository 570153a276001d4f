// A policy as it was read, before it becomes a program: what the sections' readers fill and the
// program and the description are made from. Lives only while a policy compiles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/base/issues.h"
#include "sluice/json/document.h"
#include "sluice/limit/rule.h"
#include "sluice/policy/api_keys.h"
#include "sluice/policy/facts.h"
#include "sluice/policy/features.h"
#include "sluice/policy/header.h"
#include "sluice/policy/names.h"
#include "sluice/policy/parameter_types.h"
#include "sluice/policy/template.h"
#include "sluice/schema/schema.h"
#include "sluice/transform/transform.h"

namespace sluice::policy {

// A cost that is known only after the response.
struct Settle {
  std::string from;   // JSON Pointer, in the JSON body or in the data of an event
  std::string event;  // the name of the events to look at; empty: all
};

struct Charge {
  uint32_t limit;
  uint32_t cost = 1;  // to be charged at admission
  std::optional<Settle> settle;
  json::Value source;  // the limit's name
};

struct Upstream {
  std::string name;
  bool service = false;
  std::string target;  // the binding, or the URL without a final slash
  uint64_t timeout_ms = 0;
  json::Value limits_source;    // as they were written, before limits are known
  std::vector<Charge> charges;  // of each request that goes there
};

struct Claim {
  std::string name;
  std::string value;
};

struct ApiKey {
  Digest digest;
  std::string identity;
  std::vector<Claim> claims;
};

struct AuthRule {
  std::string name;
  std::string header;
  std::vector<ApiKey> keys;
  StringInterner claims;  // names of those that a key has, also one at fault
};

enum class Phase : uint32_t { kPreAuth, kRequest };
enum class Mode : uint32_t { kEnforce, kShadow };
enum class Durability : uint32_t { kMemory, kStrict, kCheckpoint };  // as in a request frame
enum class OnOutage : uint32_t { kClosed, kOpen, kLocal };

// See PatternRow.
struct Pattern {
  std::string bytes;
  uint32_t bits;
  bool exact;
  uint32_t value;
  json::Value source;
};

// Patterns of whole subjects, and networks of their part that is the address; sorted.
struct PatternSet {
  std::vector<Pattern> texts;
  std::vector<Pattern> networks;
};

// Other amounts for who has all of `claims`, or for those whose subject is in the limit's
// override_subjects.
struct Override {
  limit::Rule rule;  // the limit's but for the amounts
  std::vector<Claim> claims;
  json::Value claims_source;
};

// What an isolate may spend by itself.
struct Lease {
  uint64_t duration_ms = 0;  // 0: nothing
  uint32_t units = 0;        // 0: the quota of the rule in force
};

struct Limit {
  std::string name;
  json::Value source;
  std::optional<limit::Rule> rule;  // absent if it was at fault
  std::vector<FactRef> subject;
  bool subject_at_fault = false;  // then some of it is missing
  uint32_t ipv6_prefix = 64;      // how much of an IPv6 address counts
  Phase phase = Phase::kRequest;
  Mode mode = Mode::kEnforce;
  Durability durability = Durability::kStrict;
  Lease lease;
  uint64_t deny_cache_ms = 0;
  OnOutage on_outage = OnOutage::kClosed;
  double local_share = 1;
  uint64_t timeout_ms = 0;
  uint64_t penalty_ms = 0;  // 0: none
  std::string group;        // of limits that share objects; empty: none
  uint32_t shards = 1;
  uint64_t retry_jitter_ms = 0;
  PatternSet allow;
  PatternSet deny;
  std::vector<Override> overrides;
  PatternSet override_subjects;  // an override's number counts from 1
  // What everybody can be charged at once: no rule admits less.
  uint32_t least_quota = limit::kMaxUnits;

  // Whether it counts what is held, not what comes. A rule at fault is none.
  bool has_slots() const;
  // Whether a part of the subject is a parameter of the route's path.
  bool refers_to_path() const;
};

// Where a variant sends the client instead: a path, or an https URL.
struct Redirect {
  std::string host;    // empty: the request's own
  std::string origin;  // "https://" and the host with its port; empty: the request's own
  PathTemplate path;
  // The route may match what its redirect makes, and no path ever gets shorter by it: without a
  // rule against it clients would be redirected for ever.
  bool returns = false;
};

// A route's variant. What it doesn't set is absent or kAbsent.
struct Variant {
  std::string value;
  uint32_t upstream = kAbsent;
  json::Value upstream_source;
  uint32_t transform = kAbsent;
  json::Value transform_source;
  std::optional<PathTemplate> path;
  std::vector<Header> set_headers;
  std::optional<Redirect> redirect;
};

// A value of a feature, as a text of its program, and the variant that it chooses.
struct VariantValue {
  uint32_t text;
  uint32_t variant;
};

struct Experiment {
  uint32_t feature = kAbsent;
  std::vector<Variant> variants;
  std::vector<VariantValue> values;
};

// Features whose values the upstream is told in a header.
struct Flags {
  std::vector<uint32_t> features;
  std::string header;
};

// Whether a visit without an id gets one.
enum class Mint : uint32_t { kNavigation, kAlways, kNever };

// A schema of the policy: one that has a name, or one that stands where it is used.
struct Schema {
  std::string uri;  // by which the others refer to it
  json::Value value;
};

struct SchemaOptions {
  schema::Dialect dialect = schema::Dialect::kDraft2020_12;
  bool assert_format = true;
  schema::Patterns patterns = schema::Patterns::kLinear;
};

enum class OnInvalid : uint32_t { kRefuse, kReport };

// What a route's bodies of one direction have to be.
struct BodySchema {
  uint32_t schema = kAbsent;
  json::Value source;  // absent if there is none
  OnInvalid on_invalid = OnInvalid::kRefuse;
  std::vector<std::string> content_types;  // of requests, lower case; empty: all that are JSON
  bool required = true;                    // of requests
  std::vector<uint32_t> statuses;          // of responses; empty: all 2xx
  bool detail = false;                     // of responses: the client is told what is wrong
};

// What the parameters of a route's query or path have to be.
struct ParameterSchema {
  uint32_t schema = kAbsent;
  json::Value source;
  ParameterShape shape;  // since CompileSchemas
};

enum class OnInvalidBody : uint32_t { kFail, kPass };

// What a response tells of the limits.
enum class RateLimitHeaders : uint32_t {
  kNone,
  kStandard,  // RateLimit and RateLimit-Policy
  kAlsoX,     // and X-RateLimit-*
};

// What a route does with the bodies of one direction.
struct BodyRule {
  uint32_t transform = kAbsent;
  json::Value source;  // its name; absent if there is none
  OnInvalidBody on_invalid = OnInvalidBody::kFail;
  int64_t max_bytes = 0;
  BodySchema schema;
};

// A call that a route makes beside the one to its upstream, for a transform to compose.
struct Input {
  std::string name;
  json::Value source;  // the key
  uint32_t upstream = kAbsent;
  std::optional<PathTemplate> path;  // absent if it was at fault
  std::vector<Header> set_headers;
  std::vector<std::string> forward_headers;  // of the client's request
  int64_t max_body_bytes = 0;
};

// What the gateway keeps of a route's answers.
struct RouteCache {
  uint64_t ttl_ms = 0;
  std::vector<std::string> vary;  // the request headers that answers differ by
};

struct Route {
  std::string id;
  json::Value source;  // for issues that show only when all routes are known
  std::vector<std::string> hosts;
  uint32_t methods = 0;
  std::vector<Header> match_headers;
  std::optional<PathTemplate> match_path;  // absent if it was at fault
  ParameterSchema query;
  ParameterSchema params;
  uint32_t auth = kAbsent;
  std::vector<Charge> charges;
  std::vector<Experiment> experiments;
  std::optional<Flags> flags;
  Mint mint = Mint::kNavigation;
  uint32_t upstream = kAbsent;
  std::optional<PathTemplate> path;  // absent: the request's own
  std::vector<Header> request_set;
  std::vector<std::string> request_remove;
  BodyRule request_body;
  std::vector<Input> inputs;
  BodyRule response_body;
  std::vector<Header> response_set;
  std::vector<std::string> response_remove;
  RateLimitHeaders rate_limit_headers = RateLimitHeaders::kStandard;
  bool shared_cache = false;  // caches in front of the gateway may keep what it answers
  std::optional<RouteCache> cache;
};

// A Worker secret that transforms or cookies are keyed with, and the first one that names it.
struct Secret {
  std::string binding;
  json::Value source;
  bool optional = false;  // what it is for works without it
  size_t min_bytes = 1;
};

struct Model {
  Names upstream_names;
  std::vector<Upstream> upstreams;
  Names auth_names;
  std::vector<AuthRule> auth;
  Names limit_names;
  std::vector<Limit> limits;
  Names feature_keys;
  Features features;
  Names transform_names;
  std::vector<std::optional<transform::Program>> transforms;
  std::vector<Secret> secrets;
  Names schema_names;
  SchemaOptions schema_options;
  std::vector<Schema> schemas;  // by number: those with names first
  std::optional<schema::Program> schema_program;
  Names route_ids;
  std::vector<Route> routes;
  Issues warnings;  // what stops nothing, and should be known
};

// The readers of the sections. `section` may be absent. They report every fault and go on, so that
// numbers agree with names also where something is at fault.
void ReadUpstreams(json::Value section, json::CompileContext& context, Model& model);
void ReadAuth(json::Value section, json::CompileContext& context, Model& model);
void ReadLimits(json::Value section, json::CompileContext& context, Model& model);
void ReadFeatures(json::Value section, json::CompileContext& context, Model& model);
// Warns if a user can be in more experiments of the routes than the sticky cookie holds. After
// ReadRoutes.
void CheckStickyRoom(json::Value section, Model& model);
// `max_bytes`: of the programs together.
void ReadTransforms(json::Value section, size_t max_bytes, json::CompileContext& context,
                    Model& model);
// After all the others, whose names it refers to.
void ReadRoutes(json::Value section, json::CompileContext& context, Model& model);

}  // namespace sluice::policy

#include "sluice/policy/program.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/experiment_tables.h"
#include "sluice/policy/fact_tables.h"
#include "sluice/policy/limit_tables.h"

namespace sluice::policy {
namespace {

enum Table : uint32_t {
  kNodeTable,
  kChildTable,
  kBucketTable,
  kCandidateTable,
  kConditionTable,
  kRouteTable,
  kSegmentTable,
  kFactTable,
  kChargeTable,
  kLimitTable,
  kRuleTable,
  kClaimRuleTable,
  kPatternTable,
  kClaimTable,
  kUpstreamTable,
  kFeaturesTable,
  kStringTable,
  kFeatureTable,
  kExperimentTable,
  kVariantTable,
  kVariantValueTable,
  kFlagTable,
  kAttributeTable,
  kInputTable,
  kParameterTable,
  kAuthTable,
  kKeyTable,
  kPoolTable,
};

class Builder {
 public:
  Builder(const Model& model, json::CompileContext& context)
      : model_(model),
        context_(context),
        router_(pool_),
        limits_(pool_),
        facts_(pool_),
        paths_(pool_),
        experiments_(model, pool_, facts_, paths_),
        shared_subjects_(model.limits.size(), kNoRange) {}

  ProgramBlock Build(json::Value routes);

 private:
  StringRef Keep(std::string_view text) { return pool_.strings()[pool_.Intern(text)]; }
  void AddAuth();
  void AddRoute(const Route& route);
  void AddToRouter(const Route& route);
  void AddCharges(const Route& route, RouteRow& row);
  void AddUpstreams();
  void UseUpstream(uint32_t upstream);
  Range SubjectOf(const Route* route, uint32_t limit);
  void AddInputs(const Route& route, RouteRow& row);
  void AddParameters(const Route& route, RouteRow& row);
  ParameterRule RuleOf(const ParameterSchema& parameters);
  void ReportShadows();
  Block MakeBlock();

  const Model& model_;
  json::CompileContext& context_;
  StringInterner pool_;
  RouterBuilder router_;
  LimitTables limits_;
  FactTables facts_;
  PathTables paths_;
  ExperimentTables experiments_;
  ProgramBlock out_;
  Needs match_needs_;
  Needs route_needs_;  // of the route at hand

  std::vector<RouteRow> routes_;
  std::vector<ChargeRow> charges_;
  std::vector<UpstreamRow> upstreams_;
  std::vector<InputRow> inputs_;
  std::vector<ParameterRow> parameters_;
  std::vector<AuthRow> auth_;
  std::vector<ApiKeyRow> keys_;
  std::vector<Range> shared_subjects_;  // by limit
};

// Routes share a subject unless it refers to their parameters, whose numbers differ. `route` may be
// null if it doesn't.
Range Builder::SubjectOf(const Route* route, uint32_t limit) {
  const std::vector<FactRef>& subject = model_.limits[limit].subject;
  const bool shared = !model_.limits[limit].refers_to_path();
  Range range = shared ? shared_subjects_[limit] : kNoRange;
  if (range.first == kAbsent) {
    range = {static_cast<uint32_t>(facts_.facts.size()), static_cast<uint32_t>(subject.size())};
    for (const FactRef& fact : subject) facts_.Add(route, fact, model_.limits[limit].ipv6_prefix);
    if (shared) shared_subjects_[limit] = range;
  }
  return range;
}

void Builder::AddCharges(const Route& route, RouteRow& row) {
  for (const Phase phase : {Phase::kPreAuth, Phase::kRequest}) {
    const bool pre_auth = phase == Phase::kPreAuth;
    Range& range = pre_auth ? row.pre_auth_charges : row.charges;
    range = {static_cast<uint32_t>(charges_.size()), 0};
    for (const Charge& charge : route.charges) {
      const Limit& limit = model_.limits[charge.limit];
      if (limit.phase != phase) continue;
      const Range subject = SubjectOf(&route, charge.limit);
      facts_.Use(subject, pre_auth ? match_needs_ : route_needs_);
      charges_.push_back({charge.limit, charge.cost, subject, charge.settle.has_value()});
      ++range.count;
    }
  }
}

void Builder::AddInputs(const Route& route, RouteRow& row) {
  row.inputs = {static_cast<uint32_t>(inputs_.size()), static_cast<uint32_t>(route.inputs.size())};
  for (const Input& input : route.inputs)
    inputs_.push_back({paths_.AddExpansion(input.path, route)});
}

ParameterRule Builder::RuleOf(const ParameterSchema& parameters) {
  const ParameterShape& shape = parameters.shape;
  const ParameterRule rule = {
      parameters.schema,
      {static_cast<uint32_t>(parameters_.size()), static_cast<uint32_t>(shape.members.size())},
      shape.others};
  for (const NamedTypes& member : shape.members) {
    parameters_.push_back({Keep(member.name), member.types});
  }
  return rule;
}

void Builder::AddParameters(const Route& route, RouteRow& row) {
  row.query = RuleOf(route.query);
  row.params = RuleOf(route.params);
  row.param_names = {static_cast<uint32_t>(experiments_.strings.size()), 0};
  if (route.params.schema == kAbsent) return;
  for (const std::string_view name : route.match_path->parameters()) {
    experiments_.strings.push_back(Keep(name));
    ++row.param_names.count;
  }
}

void Builder::AddToRouter(const Route& route) {
  RouterInput input = {&*route.match_path, route.hosts, route.methods, {}};
  if (!route.hosts.empty()) match_needs_.AddSlot(kSlotHost);
  for (const Header& header : route.match_headers) {
    const uint32_t slot = facts_.HeaderSlot(header.name);
    match_needs_.AddSlot(slot);
    input.conditions.push_back({slot, Keep(header.value)});
  }
  router_.Add(std::move(input));
}

void Builder::AddRoute(const Route& route) {
  AddToRouter(route);
  RouteRow row = {};
  route_needs_ = Needs();
  route_needs_.AddSlot(kSlotPath);
  route_needs_.AddSlot(kSlotQuery);
  if (route.auth != kAbsent) route_needs_.AddSlot(kSlotDigest);
  row.match_path = paths_.AddMatch(*route.match_path);
  row.path = paths_.AddExpansion(route.path, route);
  row.auth = route.auth;
  row.upstream = route.upstream;
  row.transform = route.response_body.transform;
  AddCharges(route, row);
  UseUpstream(route.upstream);
  for (const Experiment& experiment : route.experiments) {
    for (const Variant& variant : experiment.variants) {
      if (variant.upstream != kAbsent) UseUpstream(variant.upstream);
    }
  }
  if (route_needs_.visitor()) {
    row.flags |= kReadsVisitor;
    experiments_.UseVisitor(route_needs_);
  }
  experiments_.AddRoute(route, row, route_needs_);
  if (route_needs_.url()) row.flags |= kReadsUrl;
  // What a cache keeps is made for all.
  const bool knows_visitor = (row.flags & (kAssigns | kReadsVisitor)) != 0;
  if (knows_visitor && !model_.features.visitor_header.empty() && !route.cache.has_value()) {
    row.flags |= kTellsVisitor;
  }
  AddInputs(route, row);
  AddParameters(route, row);
  routes_.push_back(row);
  out_.needs.push_back(route_needs_.Take());
}

void Builder::AddAuth() {
  for (const AuthRule& rule : model_.auth) {
    auth_.push_back(
        {{static_cast<uint32_t>(keys_.size()), static_cast<uint32_t>(rule.keys.size())}});
    // Sorted by digest already, to find the duplicates.
    for (const ApiKey& key : rule.keys) {
      keys_.push_back({key.digest, Keep(key.identity), limits_.AddClaims(key.claims)});
    }
  }
}

void Builder::AddUpstreams() {
  for (const Upstream& upstream : model_.upstreams) {
    upstreams_.push_back(
        {{static_cast<uint32_t>(charges_.size()), static_cast<uint32_t>(upstream.charges.size())}});
    for (const Charge& charge : upstream.charges) {
      charges_.push_back(
          {charge.limit, charge.cost, SubjectOf(nullptr, charge.limit), charge.settle.has_value()});
    }
  }
}

// Notes what charging for the upstream takes.
void Builder::UseUpstream(uint32_t upstream) {
  const Range charges = upstreams_[upstream].charges;
  for (uint32_t i = 0; i < charges.count; ++i) {
    facts_.Use(charges_[charges.first + i].subject, route_needs_);
  }
}

void Builder::ReportShadows() {
  for (const RouterBuilder::Shadow& shadow : router_.Finish()) {
    const Route& route = model_.routes[shadow.route];
    const Route& by = model_.routes[shadow.by];
    context_.AddIssue(
        route.source.Find("match"), "ambiguous_route",
        absl::StrCat("the route ", Quoted(route.id), " would never be chosen: ", Quoted(by.id),
                     " comes before it and matches the same path, host, headers and "
                     "methods"));
  }
}

Block Builder::MakeBlock() {
  BlockBuilder block(kProgramVersion);
  block.Add(router_.nodes);
  block.Add(router_.children);
  block.Add(router_.buckets);
  block.Add(router_.candidates);
  block.Add(router_.conditions);
  block.Add(routes_);
  block.Add(paths_.segments);
  block.Add(facts_.facts);
  block.Add(charges_);
  block.Add(limits_.limits);
  block.Add(limits_.rules);
  block.Add(limits_.claim_rules);
  block.Add(limits_.patterns);
  block.Add(limits_.claims);
  block.Add(upstreams_);
  block.Add(absl::MakeConstSpan(&experiments_.rules, 1));
  block.Add(experiments_.strings);
  block.Add(experiments_.features);
  block.Add(experiments_.experiments);
  block.Add(experiments_.variants);
  block.Add(experiments_.values);
  block.Add(experiments_.flags);
  block.Add(experiments_.attributes);
  block.Add(inputs_);
  block.Add(parameters_);
  block.Add(auth_);
  block.Add(keys_);
  block.Add(pool_.pool());
  return block.Build();
}

ProgramBlock Builder::Build(json::Value routes) {
  match_needs_.AddSlot(kSlotMethod);
  match_needs_.AddSlot(kSlotPath);
  experiments_.AddRules();
  AddAuth();
  for (const Limit& limit : model_.limits) limits_.AddLimit(limit);
  AddUpstreams();
  for (const Route& route : model_.routes) AddRoute(route);
  ReportShadows();
  if (router_.worst_visits() > kMaxVisits) {
    context_.AddIssue(routes, "too_ambiguous",
                      absl::StrCat("too many paths that differ in where they have a literal and "
                                   "where a parameter: a request could have to try over ",
                                   kMaxVisits, " ways"));
  }
  out_.match_slots = match_needs_.Take();
  out_.slots = std::move(facts_.slots);
  out_.block = MakeBlock();
  return std::move(out_);
}

}  // namespace

ProgramBlock BuildProgram(const Model& model, json::Value routes, json::CompileContext& context) {
  return Builder(model, context).Build(routes);
}

Program ViewProgram(const Block& block) {
  const absl::Span<const FeaturesRow> rules = block.Table<FeaturesRow>(kFeaturesTable);
  Program program;
  if (rules.empty()) return program;
  program.feature_rules = &rules[0];
  program.pool = block.Text(kPoolTable);
  program.router = {
      block.Table<RouterNode>(kNodeTable),           block.Table<RouterChild>(kChildTable),
      block.Table<RouterBucket>(kBucketTable),       block.Table<RouterCandidate>(kCandidateTable),
      block.Table<RouterCondition>(kConditionTable), program.pool};
  program.routes = block.Table<RouteRow>(kRouteTable);
  program.segments = block.Table<SegmentRow>(kSegmentTable);
  program.facts = block.Table<FactRow>(kFactTable);
  program.charges = block.Table<ChargeRow>(kChargeTable);
  program.limits = block.Table<LimitRow>(kLimitTable);
  program.rules = block.Table<limit::Rule>(kRuleTable);
  program.claim_rules = block.Table<ClaimRule>(kClaimRuleTable);
  program.patterns = block.Table<PatternRow>(kPatternTable);
  program.claims = block.Table<ClaimRow>(kClaimTable);
  program.upstreams = block.Table<UpstreamRow>(kUpstreamTable);
  program.variants = block.Table<VariantRow>(kVariantTable);
  program.variant_values = block.Table<VariantValue>(kVariantValueTable);
  program.experiments = block.Table<ExperimentRow>(kExperimentTable);
  program.flags = block.Table<FlagRow>(kFlagTable);
  program.attributes = block.Table<AttributeRow>(kAttributeTable);
  program.features = block.Table<uint32_t>(kFeatureTable);
  program.strings = block.Table<StringRef>(kStringTable);
  program.inputs = block.Table<InputRow>(kInputTable);
  program.parameters = block.Table<ParameterRow>(kParameterTable);
  program.auth = block.Table<AuthRow>(kAuthTable);
  program.keys = block.Table<ApiKeyRow>(kKeyTable);
  return program;
}

}  // namespace sluice::policy

#include "sluice/policy/program.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/policy/limit_tables.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, kSlotFirstNamed> kFixedSlots = {
    "method", "host", "path", "query", "ip", "random", "digest", "url"};
constexpr std::string_view kCookieSlotName = "header:cookie";

enum Table : uint32_t {
  kHeaderTable,
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
  kVariantTable,
  kVariantMapTable,
  kInputTable,
  kAuthTable,
  kKeyTable,
  kPoolTable,
};

struct ProgramHeader {
  StringRef visitor_cookie;
  StringRef visitor_attributes;
  uint32_t cookie_slot;
  uint32_t reserved;
};

// The slots that one crossing reads, each once and in order.
class SlotSet {
 public:
  void Add(uint32_t slot) { slots_.push_back(slot); }
  std::vector<uint32_t> Take() {
    Sort(slots_.begin(), slots_.end());
    slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
    return std::move(slots_);
  }

 private:
  std::vector<uint32_t> slots_;
};

class Builder {
 public:
  Builder(const Model& model, json::CompileContext& context)
      : model_(model),
        context_(context),
        router_(pool_),
        limits_(pool_),
        shared_subjects_(model.limits.size(), kNoRange) {
    for (const std::string_view name : kFixedSlots) out_.slots.Intern(name);
  }

  ProgramBlock Build(json::Value routes);

 private:
  StringRef Keep(std::string_view text) { return pool_.strings()[pool_.Intern(text)]; }
  uint32_t HeaderSlot(std::string_view name) {
    return out_.slots.Intern(absl::StrCat("header:", name));
  }

  void AddAuth();
  void AddRoute(const Route& route);
  void AddToRouter(const Route& route);
  void AddCharges(const Route& route, RouteRow& row);
  void AddUpstreams();
  void UseUpstream(uint32_t upstream);
  Range SubjectOf(const Route* route, uint32_t limit);
  uint32_t AddFact(const Route* route, const FactRef& fact, uint32_t ipv6_prefix);
  void UseFacts(Range range, SlotSet& slots);
  void UseFact(const FactRow& fact, SlotSet& slots);
  void AddExperiment(const Route& route, RouteRow& row);
  void AddInputs(const Route& route, RouteRow& row);
  Range AddMatchPath(const PathTemplate& path);
  Range AddUpstreamPath(const std::optional<PathTemplate>& path, const Route& route);
  void ReportShadows();
  Block MakeBlock();

  const Model& model_;
  json::CompileContext& context_;
  StringInterner pool_;
  RouterBuilder router_;
  LimitTables limits_;
  ProgramBlock out_;
  SlotSet match_slots_;
  SlotSet route_slots_;  // of the route at hand

  std::vector<RouteRow> routes_;
  std::vector<SegmentRow> segments_;
  std::vector<FactRow> facts_;
  std::vector<ChargeRow> charges_;
  std::vector<UpstreamRow> upstreams_;
  std::vector<VariantRow> variants_;
  std::vector<uint32_t> variant_map_;
  std::vector<InputRow> inputs_;
  std::vector<AuthRow> auth_;
  std::vector<ApiKeyRow> keys_;
  std::vector<Range> shared_subjects_;  // by limit
  uint32_t flags_ = 0;                  // of the route at hand
};

uint32_t ParameterNumber(const Route& route, std::string_view name) {
  const std::vector<std::string_view> names = route.match_path->parameters();
  return static_cast<uint32_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

// Notes what reading the fact takes.
void Builder::UseFact(const FactRow& fact, SlotSet& slots) {
  switch (fact.kind) {
    case FactKind::kIdentity:
    case FactKind::kPath:
    case FactKind::kClaim:
      break;
    case FactKind::kIp:
      slots.Add(kSlotIp);
      break;
    case FactKind::kVisitor:
      flags_ |= kReadsVisitor;
      [[fallthrough]];
    case FactKind::kHeader:
    case FactKind::kCookie:
      slots.Add(fact.number);
      break;
  }
}

// `route` may be null if the fact is no parameter of its path.
uint32_t Builder::AddFact(const Route* route, const FactRef& fact, uint32_t ipv6_prefix) {
  FactRow row = {fact.kind, 0, Keep("")};
  switch (fact.kind) {
    case FactKind::kIdentity:
      break;
    case FactKind::kIp:
      row.number = ipv6_prefix;
      break;
    case FactKind::kClaim:
      row.name = Keep(fact.name);
      break;
    case FactKind::kHeader:
      row.number = HeaderSlot(fact.name);
      break;
    case FactKind::kVisitor:
    case FactKind::kCookie:
      row.number = out_.slots.Intern(kCookieSlotName);
      row.name = Keep(fact.name);
      break;
    case FactKind::kPath:
      if (route != nullptr) row.number = ParameterNumber(*route, fact.name);
      break;
  }
  facts_.push_back(row);
  return static_cast<uint32_t>(facts_.size() - 1);
}

void Builder::UseFacts(Range range, SlotSet& slots) {
  for (uint32_t i = 0; i < range.count; ++i) UseFact(facts_[range.first + i], slots);
}

// Routes share a subject unless it refers to their parameters, whose numbers differ. `route` may be
// null if it doesn't.
Range Builder::SubjectOf(const Route* route, uint32_t limit) {
  const std::vector<FactRef>& subject = model_.limits[limit].subject;
  const bool shared = !model_.limits[limit].refers_to_path();
  Range range = shared ? shared_subjects_[limit] : kNoRange;
  if (range.first == kAbsent) {
    range = {static_cast<uint32_t>(facts_.size()), static_cast<uint32_t>(subject.size())};
    for (const FactRef& fact : subject) AddFact(route, fact, model_.limits[limit].ipv6_prefix);
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
      UseFacts(subject, pre_auth ? match_slots_ : route_slots_);
      charges_.push_back({charge.limit, charge.cost, subject, charge.settle.has_value()});
      ++range.count;
    }
  }
}

Range Builder::AddMatchPath(const PathTemplate& path) {
  const auto first = static_cast<uint32_t>(segments_.size());
  uint32_t parameter = 0;
  for (const TemplateSegment& segment : path.segments) {
    if (segment.kind == SegmentKind::kLiteral) {
      segments_.push_back({segment.kind, 0, Keep(segment.text)});
    } else {
      segments_.push_back({segment.kind, parameter++, Keep("")});
    }
  }
  return {first, static_cast<uint32_t>(path.segments.size())};
}

Range Builder::AddUpstreamPath(const std::optional<PathTemplate>& path, const Route& route) {
  if (!path.has_value()) return kNoRange;
  const auto first = static_cast<uint32_t>(segments_.size());
  SegmentRow row = {SegmentKind::kLiteral, 0, {0, 0}};
  std::string text;
  const auto flush = [&] {
    row.text = Keep(text);
    segments_.push_back(row);
    text.clear();
  };
  for (const TemplateSegment& segment : path->segments) {
    if (segment.kind == SegmentKind::kLiteral) {
      absl::StrAppend(&text, "/", segment.encoded);
      continue;
    }
    if (segment.kind == SegmentKind::kParameter) text += '/';  // a rest brings its own
    flush();
    row = {segment.kind, ParameterNumber(route, segment.text), {0, 0}};
  }
  flush();
  return {first, static_cast<uint32_t>(segments_.size()) - first};
}

void Builder::AddExperiment(const Route& route, RouteRow& row) {
  row.feature = kAbsent;
  row.hashed = kAbsent;
  row.default_variant = kAbsent;
  if (!route.experiment.has_value()) return;
  const Experiment& experiment = *route.experiment;
  row.feature = experiment.feature;
  row.default_variant = experiment.variant_of_default;
  row.variants = {static_cast<uint32_t>(variants_.size()),
                  static_cast<uint32_t>(experiment.variants.size())};
  for (const Variant& variant : experiment.variants) {
    if (variant.upstream != kAbsent) UseUpstream(variant.upstream);
    variants_.push_back(
        {variant.upstream, variant.transform, AddUpstreamPath(variant.path, route)});
  }
  row.first_map_word = static_cast<uint32_t>(variant_map_.size());
  variant_map_.insert(variant_map_.end(), experiment.variant_of_variation.begin(),
                      experiment.variant_of_variation.end());
  if (experiment.hashed == nullptr) return;
  row.hashed = AddFact(&route, *experiment.hashed, 0);
  UseFact(facts_[row.hashed], route_slots_);
  if (experiment.hashed->kind == FactKind::kVisitor) {
    flags_ |= kMintsVisitor;
    route_slots_.Add(kSlotRandom);
  }
}

void Builder::AddInputs(const Route& route, RouteRow& row) {
  row.inputs = {static_cast<uint32_t>(inputs_.size()), static_cast<uint32_t>(route.inputs.size())};
  for (const Input& input : route.inputs) inputs_.push_back({AddUpstreamPath(input.path, route)});
}

void Builder::AddToRouter(const Route& route) {
  RouterInput input = {&*route.match_path, route.hosts, route.methods, {}};
  if (!route.hosts.empty()) match_slots_.Add(kSlotHost);
  for (const Header& header : route.match_headers) {
    const uint32_t slot = HeaderSlot(header.name);
    match_slots_.Add(slot);
    input.conditions.push_back({slot, Keep(header.value)});
  }
  router_.Add(std::move(input));
}

void Builder::AddRoute(const Route& route) {
  AddToRouter(route);
  RouteRow row = {};
  flags_ = 0;
  route_slots_.Add(kSlotPath);
  route_slots_.Add(kSlotQuery);
  if (route.auth != kAbsent) route_slots_.Add(kSlotDigest);
  row.match_path = AddMatchPath(*route.match_path);
  row.path = AddUpstreamPath(route.path, route);
  row.auth = route.auth;
  row.upstream = route.upstream;
  row.transform = route.response_body.transform;
  AddCharges(route, row);
  UseUpstream(route.upstream);
  AddExperiment(route, row);
  AddInputs(route, row);
  row.flags = flags_;
  routes_.push_back(row);
  out_.needs.push_back(route_slots_.Take());
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
    UseFacts(charges_[charges.first + i].subject, route_slots_);
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
  const VisitorCookie& cookie = model_.features.cookie;
  ProgramHeader header = {Keep(cookie.name),
                          Keep(absl::StrCat("; Max-Age=", cookie.max_age_seconds,
                                            "; Path=/; Secure; HttpOnly; SameSite=Lax")),
                          kAbsent, 0};
  for (uint32_t slot = kSlotFirstNamed; slot < out_.slots.strings().size(); ++slot) {
    if (out_.slots.text(slot) == kCookieSlotName) header.cookie_slot = slot;
  }
  BlockBuilder block(kProgramVersion);
  block.Add(absl::MakeConstSpan(&header, 1));
  block.Add(router_.nodes);
  block.Add(router_.children);
  block.Add(router_.buckets);
  block.Add(router_.candidates);
  block.Add(router_.conditions);
  block.Add(routes_);
  block.Add(segments_);
  block.Add(facts_);
  block.Add(charges_);
  block.Add(limits_.limits);
  block.Add(limits_.rules);
  block.Add(limits_.claim_rules);
  block.Add(limits_.patterns);
  block.Add(limits_.claims);
  block.Add(upstreams_);
  block.Add(variants_);
  block.Add(variant_map_);
  block.Add(inputs_);
  block.Add(auth_);
  block.Add(keys_);
  block.Add(pool_.pool());
  return block.Build();
}

ProgramBlock Builder::Build(json::Value routes) {
  match_slots_.Add(kSlotMethod);
  match_slots_.Add(kSlotPath);
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
  out_.match_slots = match_slots_.Take();
  out_.block = MakeBlock();
  return std::move(out_);
}

}  // namespace

ProgramBlock BuildProgram(const Model& model, json::Value routes, json::CompileContext& context) {
  return Builder(model, context).Build(routes);
}

Program ViewProgram(const Block& block) {
  const absl::Span<const ProgramHeader> header = block.Table<ProgramHeader>(kHeaderTable);
  Program program;
  if (header.empty()) return program;
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
  program.variant_map = block.Table<uint32_t>(kVariantMapTable);
  program.inputs = block.Table<InputRow>(kInputTable);
  program.auth = block.Table<AuthRow>(kAuthTable);
  program.keys = block.Table<ApiKeyRow>(kKeyTable);
  program.visitor_cookie = header[0].visitor_cookie.In(program.pool);
  program.visitor_attributes = header[0].visitor_attributes.In(program.pool);
  program.cookie_slot = header[0].cookie_slot;
  return program;
}

}  // namespace sluice::policy

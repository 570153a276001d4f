#include "sluice/policy/experiment_tables.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "sluice/json/writer.h"

namespace sluice::policy {
namespace {

std::string MaxAge(uint64_t seconds) { return absl::StrCat("; Max-Age=", seconds); }

bool IsRouteSpecific(const Attribute& attribute) {
  return std::any_of(attribute.facts.begin(), attribute.facts.end(),
                     [](const FactRef& fact) { return fact.kind == FactKind::kPath; });
}

// "key":
std::string FlagKey(std::string_view key) {
  OutputBuffer buffer(6 * key.size() + 3);
  json::AppendJsonString(key, buffer);
  return absl::StrCat(buffer.text(), ":");
}

}  // namespace

Range ExperimentTables::KeepAll(const std::vector<std::string>& texts) {
  const Range range = {static_cast<uint32_t>(strings.size()), static_cast<uint32_t>(texts.size())};
  for (const std::string& text : texts) strings.push_back(Keep(text));
  return range;
}

void ExperimentTables::AddRules() {
  const Features& read = model_.features;
  rules.visitor_cookie = Keep(read.visitor.name);
  rules.visitor_max_age = Keep(MaxAge(read.visitor.max_age_seconds));
  rules.cookie_domain =
      Keep(read.visitor.domain.empty() ? "" : absl::StrCat("; Domain=", read.visitor.domain));
  rules.sticky_cookie = rules.sticky_max_age = Keep("");
  if (read.sticky.has_value()) {
    rules.sticky_cookie = Keep(read.sticky->cookie);
    rules.sticky_max_age = Keep(MaxAge(read.sticky->max_age_seconds));
    rules.sticky_max_bytes = read.sticky->max_bytes;
  }
  rules.override_query = rules.override_cookie = Keep("");
  if (read.override.has_value()) {
    rules.override_query = Keep(read.override->query);
    rules.override_cookie = Keep(read.override->cookie);
  }
  rules.adopted = KeepAll(read.visitor.adopt);
  rules.consent = rules.before = kAbsent;
  if (read.consent.has_value()) {
    rules.consent = facts_.Add(nullptr, *read.consent->fact, 0);
    rules.consents = KeepAll(read.consent->is);
    if (read.consent->before.has_value()) {
      rules.before = facts_.Add(nullptr, *read.consent->before, 0);
    }
    if (read.consent->exposures) rules.flags |= kExposesBeforeConsent;
  }
  rules.bots = KeepAll(read.bots);
  for (const std::string& part : read.bots) rules.bot_filter.Add(part);
  rules.cookie_slot = rules.user_agent_slot = kAbsent;
  rules.fetch_mode_slot = rules.fetch_dest_slot = rules.accept_slot = kAbsent;
  if (read.current_key.has_value()) rules.flags |= kSigns;
  if (read.exposures.has_value()) {
    rules.flags |= kExposes | (read.exposures->hashes_user ? kHashesUser : 0);
  }
}

ExperimentTables::Shared& ExperimentTables::SharedOf(const std::vector<uint32_t>& list) {
  const auto [found, is_new] = shared_.try_emplace(list);
  Shared& shared = found->second;
  if (!is_new) return shared;
  shared.features = {static_cast<uint32_t>(features.size()), static_cast<uint32_t>(list.size())};
  features.insert(features.end(), list.begin(), list.end());
  shared.needs = experiment::DependenciesOf(*model_.features.program, list);
  return shared;
}

std::vector<uint32_t> ExperimentTables::Ordered(const experiment::Dependencies& needs) const {
  const auto falls_back = [&needs](uint32_t number) {
    return std::any_of(needs.fallbacks.begin(), needs.fallbacks.end(),
                       [&](const auto& fallback) { return fallback.attribute == number; });
  };
  std::vector<uint32_t> of_rank[3];
  for (const uint32_t number : needs.attributes) {
    const std::string_view name = model_.features.program->attribute_name(number);
    if (model_.features.FindAttribute(name) == nullptr) continue;
    const bool assigns = std::binary_search(needs.hashed.begin(), needs.hashed.end(), number);
    of_rank[assigns ? 0 : falls_back(number) ? 1 : 2].push_back(number);
  }
  std::vector<uint32_t> ordered;
  for (const std::vector<uint32_t>& rank : of_rank) {
    ordered.insert(ordered.end(), rank.begin(), rank.end());
  }
  return ordered;
}

uint64_t ExperimentTables::AssignsWithout(const experiment::Dependencies& needs,
                                          const std::vector<uint32_t>& ordered, size_t own) const {
  const uint32_t number = ordered[own];
  uint64_t bits = 0;
  if (std::binary_search(needs.hashed.begin(), needs.hashed.end(), number)) {
    bits |= uint64_t{1} << own;
  }
  if (!model_.features.sticky.has_value()) return bits;
  for (const experiment::FallbackAttribute& fallback : needs.fallbacks) {
    if (fallback.attribute != number) continue;
    // One that is mapped to nothing is always absent, as the own one is until it is read.
    const auto found = std::find(ordered.begin(), ordered.end(), fallback.instead_of);
    const bool is_mapped = found != ordered.end();
    bits |= uint64_t{1} << (is_mapped ? static_cast<size_t>(found - ordered.begin()) : own);
  }
  return bits;
}

Range ExperimentTables::AttributesOf(Shared& shared, const Route& route) {
  if (shared.attributes.first != kAbsent) return shared.attributes;
  const std::vector<uint32_t> ordered = Ordered(shared.needs);
  std::vector<AttributeRow> rows;
  bool differs = false;
  for (size_t i = 0; i < ordered.size(); ++i) {
    const std::string_view name = model_.features.program->attribute_name(ordered[i]);
    const Attribute& attribute = *model_.features.FindAttribute(name);
    AttributeRow row = {ordered[i],
                        attribute.type,
                        {static_cast<uint32_t>(facts_.facts.size()), 0},
                        AssignsWithout(shared.needs, ordered, i)};
    for (const FactRef& fact : attribute.facts) facts_.Add(&route, fact, 0);
    row.facts.count = static_cast<uint32_t>(facts_.facts.size()) - row.facts.first;
    differs = differs || IsRouteSpecific(attribute);
    rows.push_back(row);
  }
  const Range range = {static_cast<uint32_t>(attributes.size()),
                       static_cast<uint32_t>(rows.size())};
  attributes.insert(attributes.end(), rows.begin(), rows.end());
  if (!differs) shared.attributes = range;
  return range;
}

void ExperimentTables::AddExperiment(const Experiment& experiment, const Route& route,
                                     uint32_t place, Needs& needs) {
  experiments.push_back(
      {place,
       {static_cast<uint32_t>(values.size()), static_cast<uint32_t>(experiment.values.size())},
       {static_cast<uint32_t>(variants.size()),
        static_cast<uint32_t>(experiment.variants.size())}});
  values.insert(values.end(), experiment.values.begin(), experiment.values.end());
  for (const Variant& variant : experiment.variants) {
    VariantRow row = {variant.upstream, variant.transform, paths_.AddExpansion(variant.path, route),
                      kNoRange,         kNoRange,          Keep(""),
                      Keep("")};
    if (variant.redirect.has_value()) {
      row.redirect = paths_.AddExpansion(variant.redirect->path, route);
      if (variant.redirect->returns) row.reached = paths_.AddMatch(variant.redirect->path);
      row.origin = Keep(variant.redirect->origin);
      row.host = Keep(variant.redirect->host);
      needs.AddSlot(kSlotMethod);
      if (!variant.redirect->origin.empty()) needs.AddSlot(kSlotHost);
    }
    variants.push_back(row);
  }
}

void ExperimentTables::AddFlags(const Flags& route_flags, const std::vector<uint32_t>& list,
                                RouteRow& row) {
  row.flags |= kTellsFlags;
  row.flag_rows = {static_cast<uint32_t>(flags.size()),
                   static_cast<uint32_t>(route_flags.features.size())};
  // Those of experiments come first in the list; the others are the flags' in their order.
  const size_t own = row.experiments.count;
  size_t next = own;
  for (const uint32_t feature : route_flags.features) {
    const auto begin = list.begin();
    const auto found = std::find(begin, begin + static_cast<ptrdiff_t>(own), feature);
    const size_t place =
        found != begin + static_cast<ptrdiff_t>(own) ? static_cast<size_t>(found - begin) : next++;
    const std::string_view key = model_.features.program->feature_key(feature);
    flags.push_back({static_cast<uint32_t>(place), Keep(FlagKey(key))});
  }
}

void ExperimentTables::UseAttributes(Range range, Mint mint, Needs& needs) {
  Needs to_assign;
  for (uint32_t i = 0; i < range.count; ++i) {
    const AttributeRow& row = attributes[range.first + i];
    facts_.Use(row.facts, needs);
    if (row.assigns_without != 0) facts_.Use(row.facts, to_assign);
  }
  if (!to_assign.visitor() || mint == Mint::kNever) return;
  needs.AddSlot(kSlotRandom);
  if (mint == Mint::kAlways) return;
  rules.fetch_mode_slot = facts_.HeaderSlot("sec-fetch-mode");
  rules.fetch_dest_slot = facts_.HeaderSlot("sec-fetch-dest");
  rules.accept_slot = facts_.HeaderSlot("accept");
  for (const uint32_t slot : {rules.fetch_mode_slot, rules.fetch_dest_slot, rules.accept_slot}) {
    needs.AddSlot(slot);
  }
}

void ExperimentTables::UseVisitor(Needs& needs) {
  rules.cookie_slot = facts_.HeaderSlot("cookie");
  needs.AddSlot(rules.cookie_slot);
  if (rules.consent != kAbsent) facts_.Use(rules.consent, needs);
  if (rules.before != kAbsent) facts_.Use(rules.before, needs);
}

void ExperimentTables::AddRoute(const Route& route, RouteRow& row, Needs& needs) {
  row.features = row.attributes = row.flag_rows = {0, 0};
  row.experiments = {static_cast<uint32_t>(experiments.size()),
                     static_cast<uint32_t>(route.experiments.size())};
  row.mint = route.mint;
  if (route.experiments.empty() && !route.flags.has_value()) return;
  row.flags |= kAssigns;
  std::vector<uint32_t> list;
  for (const Experiment& experiment : route.experiments) {
    AddExperiment(experiment, route, static_cast<uint32_t>(list.size()), needs);
    list.push_back(experiment.feature);
  }
  if (route.flags.has_value()) {
    const size_t own = list.size();
    for (const uint32_t feature : route.flags->features) {
      const auto end = list.begin() + static_cast<ptrdiff_t>(own);
      if (std::find(list.begin(), end, feature) == end) list.push_back(feature);
    }
    AddFlags(*route.flags, list, row);
  }
  Shared& shared = SharedOf(list);
  row.features = shared.features;
  row.attributes = AttributesOf(shared, route);
  UseAttributes(row.attributes, route.mint, needs);
  UseVisitor(needs);
  if (shared.needs.url) needs.AddSlot(kSlotUrl);
  if (rules.bots.count != 0) {
    rules.user_agent_slot = facts_.HeaderSlot("user-agent");
    needs.AddSlot(rules.user_agent_slot);
  }
}

}  // namespace sluice::policy

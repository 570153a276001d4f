#include "sluice/policy/fact_tables.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/sort.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, kSlotFirstNamed> kFixedSlots = {
    "method", "host", "path", "query", "ip", "random", "digest", "url"};

// kAbsent if there is none of the name.
uint32_t ParameterNumber(const Route& route, std::string_view name) {
  const std::vector<std::string_view> names = route.match_path->parameters();
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? kAbsent : static_cast<uint32_t>(found - names.begin());
}

}  // namespace

std::vector<uint32_t> Needs::Take() {
  Sort(slots_.begin(), slots_.end());
  slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
  return std::move(slots_);
}

FactTables::FactTables(StringInterner& pool) : pool_(pool) {
  for (const std::string_view name : kFixedSlots) slots.Intern(name);
}

uint32_t FactTables::HeaderSlot(std::string_view name) {
  return slots.Intern(absl::StrCat("header:", name));
}

uint32_t FactTables::Add(const Route* route, const FactRef& fact, uint32_t ipv6_prefix) {
  const auto keep = [&](std::string_view text) { return pool_.strings()[pool_.Intern(text)]; };
  FactRow row = {fact.kind, 0, keep("")};
  switch (fact.kind) {
    case FactKind::kIdentity:
    case FactKind::kWholePath:
    case FactKind::kUrl:
      break;
    case FactKind::kIp:
      row.number = ipv6_prefix;
      break;
    case FactKind::kClaim:
    case FactKind::kQuery:
      row.name = keep(fact.name);
      break;
    case FactKind::kHeader:
      row.number = HeaderSlot(fact.name);
      break;
    case FactKind::kDevice:
      row.number = HeaderSlot("user-agent");
      break;
    case FactKind::kVisitor:
    case FactKind::kCookie:
      row.number = HeaderSlot("cookie");
      row.name = keep(fact.name);
      break;
    case FactKind::kPath:
      if (route != nullptr) row.number = ParameterNumber(*route, fact.name);
      break;
    case FactKind::kHost:
      row.number = kSlotHost;
      break;
    case FactKind::kMethod:
      row.number = kSlotMethod;
      break;
  }
  facts.push_back(row);
  return static_cast<uint32_t>(facts.size() - 1);
}

void FactTables::Use(uint32_t fact, Needs& needs) const {
  const FactRow& row = facts[fact];
  switch (row.kind) {
    case FactKind::kIdentity:
    case FactKind::kPath:
    case FactKind::kWholePath:
    case FactKind::kClaim:
    case FactKind::kQuery:
      break;
    case FactKind::kIp:
      needs.AddSlot(kSlotIp);
      break;
    case FactKind::kVisitor:
      needs.AddVisitor();
      break;
    case FactKind::kUrl:
      needs.AddUrl();
      needs.AddSlot(kSlotUrl);
      break;
    case FactKind::kHeader:
    case FactKind::kCookie:
    case FactKind::kDevice:
    case FactKind::kHost:
    case FactKind::kMethod:
      needs.AddSlot(row.number);
      break;
  }
}

void FactTables::Use(Range range, Needs& needs) const {
  for (uint32_t i = 0; i < range.count; ++i) Use(range.first + i, needs);
}

Range PathTables::AddMatch(const PathTemplate& path) {
  const auto first = static_cast<uint32_t>(segments.size());
  uint32_t parameter = 0;
  for (const TemplateSegment& segment : path.segments) {
    if (segment.kind == SegmentKind::kLiteral) {
      segments.push_back({segment.kind, 0, Keep(segment.text)});
    } else {
      segments.push_back({segment.kind, parameter++, Keep("")});
    }
  }
  return {first, static_cast<uint32_t>(path.segments.size())};
}

Range PathTables::AddExpansion(const PathTemplate& path, const Route& route) {
  const auto first = static_cast<uint32_t>(segments.size());
  SegmentRow row = {SegmentKind::kLiteral, 0, {0, 0}};
  std::string text;
  const auto flush = [&] {
    row.text = Keep(text);
    segments.push_back(row);
    text.clear();
  };
  for (const TemplateSegment& segment : path.segments) {
    if (segment.kind == SegmentKind::kLiteral) {
      absl::StrAppend(&text, "/", segment.encoded);
      continue;
    }
    if (segment.kind == SegmentKind::kParameter) text += '/';  // a rest brings its own
    flush();
    row = {segment.kind, ParameterNumber(route, segment.text), {0, 0}};
  }
  flush();
  return {first, static_cast<uint32_t>(segments.size()) - first};
}

}  // namespace sluice::policy

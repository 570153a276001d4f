#include "sluice/policy/charges.h"

#include <cstddef>
#include <string_view>

namespace sluice::policy {
namespace {

void AppendEscaped(std::string_view part, OutputBuffer& out) {
  for (size_t begin = 0;;) {
    const size_t special = part.find_first_of("%/", begin);
    out.Append(part.substr(begin, special - begin));
    if (special == std::string_view::npos) return;
    out.Append(part[special] == '%' ? std::string_view("%25") : std::string_view("%2F"));
    begin = special + 1;
  }
}

void AppendSubject(const RequestFacts& request, Range range, OutputBuffer& scratch,
                   OutputBuffer& out) {
  for (uint32_t i = 0; i < range.count; ++i) {
    if (i != 0) out.Append('/');
    const FactRow& row = request.program.facts[range.first + i];
    AppendEscaped(request.Value(row, scratch).value_or(""), out);
  }
}

}  // namespace

ResolvedCharge ResolveCharge(const RequestFacts& request, const ChargeRow& charge,
                             OutputBuffer& scratch, OutputBuffer& out) {
  const LimitRow& limit = request.program.limits[charge.limit];
  AppendSubject(request, charge.subject, scratch, out);
  ResolvedCharge resolved = {};
  resolved.action = ChargeAction::kCharge;
  resolved.limit = charge.limit;
  resolved.rule = &request.program.rules[limit.rules.first];
  resolved.cost = charge.cost;
  resolved.shadow = (limit.flags & kShadow) != 0;
  resolved.lease_ms = limit.lease_ms;
  resolved.lease_units = limit.lease_units == 0 ? resolved.rule->quota() : limit.lease_units;
  resolved.deny_cache_ms = limit.deny_cache_ms;
  return resolved;
}

}  // namespace sluice::policy

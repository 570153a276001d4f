#include "sluice/policy/charges.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"
#include "sluice/base/ip_address.h"
#include "sluice/base/utf8.h"
#include "sluice/policy/patterns.h"

namespace sluice::policy {
namespace {

// The high bits of those of eight bytes that stand for themselves in no part of a subject: "%", "/"
// and what isn't ASCII. ("Determine if a word has a byte equal to n", Anderson, Bit Twiddling
// Hacks: bits above the first one found may be wrong.)
uint64_t SpecialBytes(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t percent = bytes ^ kOnes * '%';
  const uint64_t slash = bytes ^ kOnes * '/';
  return (((percent - kOnes) & ~percent) | ((slash - kOnes) & ~slash) | bytes) & kOnes * 0x80;
}

bool IsPlain(std::string_view text) {
  const uint8_t* bytes = AsBytes(text).data();
  uint64_t special = 0;
  if (text.size() >= 8) {
    size_t at = 0;
    for (; at + 8 < text.size(); at += 8) special |= SpecialBytes(LoadLong(bytes + at));
    special |= SpecialBytes(LoadLong(bytes + text.size() - 8));
  } else {
    for (size_t at = 0; at < text.size(); ++at) special |= SpecialBytes(bytes[at]);
  }
  return special == 0;
}

void AppendHex(uint8_t byte, OutputBuffer& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.Append('%');
  out.Append(kDigits[byte >> 4]);
  out.Append(kDigits[byte & 0xF]);
}

// Appends the part with "%", "/" and what is no UTF-8 percent-encoded.
void AppendEscaped(std::string_view part, OutputBuffer& out) {
  if (IsPlain(part)) return out.Append(part);
  for (size_t at = 0; at < part.size();) {
    const size_t begin = at;
    const uint32_t point = NextCodePoint(part, &at);
    const std::string_view text = part.substr(begin, at - begin);
    const bool is_invalid = point == 0xFFFD && text != "\xEF\xBF\xBD";
    if (!is_invalid && point != '%' && point != '/') {
      out.Append(text);
      continue;
    }
    for (const uint8_t byte : AsBytes(text)) AppendHex(byte, out);
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

// Whom a charge counts, as lists know them.
class SubjectKey {
 public:
  // `text` is only looked at while the key is used.
  SubjectKey(const RequestFacts& request, const LimitRow& limit, std::string_view text)
      : program_(request.program), text_(text) {
    if ((limit.flags & kHasNetworks) == 0) return;
    const std::optional<IpAddress> address =
        ParseIpAddress(request.facts.Get(kSlotIp).value_or(""));
    if (address.has_value()) address_.emplace(*address);
  }

  const PatternRow* FindIn(const PatternRange& range) const {
    const PatternRow* found = Find(range.texts, text_);
    if (found != nullptr || !address_.has_value()) return found;
    return Find(range.networks, address_->view());
  }

 private:
  const PatternRow* Find(Range range, std::string_view key) const {
    if (range.count == 0) return nullptr;
    return FindPattern(program_.patterns.subspan(range.first, range.count), program_.pool, key);
  }

  const Program& program_;
  std::string_view text_;
  std::optional<NetworkKey> address_;
};

bool HasClaims(const RequestFacts& request, Range wanted) {
  const absl::Span<const ClaimRow> claims =
      request.program.claims.subspan(wanted.first, wanted.count);
  return std::all_of(claims.begin(), claims.end(), [&](const ClaimRow& claim) {
    return std::any_of(request.claims.begin(), request.claims.end(),
                       [&](const ClaimRow& own) { return own == claim; });
  });
}

// The number of the limit's rule that counts this subject.
uint32_t ChooseRule(const RequestFacts& request, const LimitRow& limit, const SubjectKey& subject) {
  if (const PatternRow* found = subject.FindIn(limit.overrides)) return found->value;
  for (const ClaimRule& rule :
       request.program.claim_rules.subspan(limit.claim_rules.first, limit.claim_rules.count)) {
    if (HasClaims(request, rule.claims)) return rule.rule;
  }
  return 0;
}

}  // namespace

ResolvedCharge ResolveCharge(const RequestFacts& request, const ChargeRow& charge,
                             OutputBuffer& scratch, OutputBuffer& out) {
  const LimitRow& limit = request.program.limits[charge.limit];
  const size_t begin = out.size();
  AppendSubject(request, charge.subject, scratch, out);
  ResolvedCharge resolved = {};
  resolved.action = ChargeAction::kCharge;
  resolved.limit = charge.limit;
  resolved.cost = charge.cost;
  resolved.shadow = (limit.flags & kShadow) != 0;
  resolved.settles = charge.settles != 0;
  if ((limit.flags & kHasLists) != 0) {
    const SubjectKey subject(request, limit, out.text().substr(begin));
    if (subject.FindIn(limit.deny) != nullptr) {
      resolved.action = ChargeAction::kRefuse;
    } else if (subject.FindIn(limit.allow) != nullptr) {
      resolved.action = ChargeAction::kExempt;
    } else {
      resolved.rule_number = ChooseRule(request, limit, subject);
    }
  }
  resolved.rule = &request.program.rules[limit.rules.first + resolved.rule_number];
  const uint32_t quota = resolved.rule->quota();
  resolved.lease_ms = limit.lease_ms;
  resolved.lease_units = limit.lease_units == 0 ? quota : std::min(limit.lease_units, quota);
  resolved.deny_cache_ms = limit.deny_cache_ms;
  return resolved;
}

}  // namespace sluice::policy

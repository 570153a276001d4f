// What an assignment puts into a plan: cookies, the flags header, exposures.
#include <algorithm>
#include <string_view>

#include "sluice/base/utf8.h"
#include "sluice/experiment/exposure_id.h"
#include "sluice/policy/assignment.h"

namespace sluice::policy {
namespace {

constexpr std::string_view kCookieAttributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";
constexpr std::string_view kExpired = "; Max-Age=0";
constexpr size_t kIdLength = 22;
constexpr uint32_t kExposureTexts = 6;

// Each exposure has its user's value, which a client may have made as long as all of its headers.
bool IsTold(const experiment::ExposureDecision& exposure) {
  return exposure.value.size() <= kMaxExposedValueBytes;
}

// Writes cookies one behind the other.
class CookieWriter {
 public:
  CookieWriter(uint32_t first_word, FrameWriter& frame) : word_(first_word), frame_(frame) {}

  // Value and attributes follow.
  OutputBuffer& Begin(std::string_view name) {
    begin_ = frame_.offset();
    frame_.text().Append(name);
    frame_.text().Append('=');
    return frame_.text();
  }
  void End(std::string_view max_age, std::string_view attributes) {
    frame_.text().Append(max_age);
    frame_.text().Append(kCookieAttributes);
    frame_.text().Append(attributes);
    frame_.Set(word_ + kCookieOffset, begin_);
    frame_.Set(word_ + kCookieLength, frame_.offset() - begin_);
    word_ += kCookieWords;
  }

 private:
  uint32_t word_;
  FrameWriter& frame_;
  uint32_t begin_ = 0;
};

void AppendUnit(uint16_t unit, OutputBuffer& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.Append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.Append(kHex[unit >> shift & 15]);
}

// JSON in ASCII and on one line, as a header's value can be. In valid JSON what isn't ASCII stands
// in strings, and line breaks don't.
void AppendAsciiJson(std::string_view json, OutputBuffer& out) {
  for (size_t i = 0; i < json.size();) {
    const auto byte = static_cast<unsigned char>(json[i]);
    if (byte >= 0x20 && byte < 0x7F) {
      out.Append(json[i++]);
    } else if (byte < 0x20) {
      out.Append(' ');
      ++i;
    } else {
      const size_t begin = i;
      NextCodePoint(json, &i);
      ForEachUtf16Unit(json.substr(begin, i - begin),
                       [&](uint16_t unit) { AppendUnit(unit, out); });
    }
  }
}

}  // namespace

uint32_t Assignment::cookie_count() const {
  return (visitor_.ToBeKept() || ends_visitor_ ? 1u : 0u) +
         (keeps_sticky_ || ends_sticky_ ? 1u : 0u) + (kept_override_.empty() ? 0u : 1u);
}

void Assignment::WriteCookies(uint32_t first_word, FrameWriter& frame) {
  frame.Set(kPlanCookieCount, cookie_count());
  frame.Set(kPlanCookiesOffset, 4 * first_word);
  CookieWriter writer(first_word, frame);
  const std::string_view visitor = Text(rules_.visitor_cookie);
  if (visitor_.ToBeKept()) {
    OutputBuffer& out = writer.Begin(visitor);
    if ((rules_.flags & kSigns) != 0) {
      parts_.signer.Sign(kVisitorPurpose, visitor, visitor_.id(), out);
    } else {
      out.Append(visitor_.id());
    }
    writer.End(Text(rules_.visitor_max_age), Text(rules_.cookie_domain));
  } else if (ends_visitor_) {
    writer.Begin(visitor);
    writer.End(kExpired, Text(rules_.cookie_domain));
  }
  const std::string_view sticky = Text(rules_.sticky_cookie);
  if (keeps_sticky_) {
    OutputBuffer& text = parts_.scratch.value;
    text.Clear();
    parts_.scratch.sticky.Append(text);
    parts_.signer.Sign(kStickyPurpose, sticky, text.text(), writer.Begin(sticky));
    writer.End(Text(rules_.sticky_max_age), Text(rules_.cookie_domain));
  } else if (ends_sticky_) {
    writer.Begin(sticky);
    writer.End(kExpired, Text(rules_.cookie_domain));
  }
  if (!kept_override_.empty()) {
    writer.Begin(Text(rules_.override_cookie)).Append(kept_override_);
    writer.End("", "");
  }
}

bool Assignment::AppendFlags(OutputBuffer& out) const {
  const size_t begin = out.size();
  const auto is_over = [&](size_t more) { return out.size() - begin + more >= kMaxFlagsBytes; };
  out.Append('{');
  bool is_first = true;
  for (const FlagRow& row :
       request_.program.flags.subspan(route_.flag_rows.first, route_.flag_rows.count)) {
    if (row.place >= decisions_.features.size()) continue;
    if (!is_first) out.Append(',');
    is_first = false;
    const std::string_view key = Text(row.key);
    const std::string_view value = decisions_.features[row.place].value;
    // In ASCII they are no shorter: what can't fit isn't written, since the plan has its own
    // bounds.
    if (!is_over(key.size() + value.size())) {
      AppendAsciiJson(key, out);
      AppendAsciiJson(value, out);
      if (!is_over(0)) continue;
    }
    out.Truncate(begin);
    return false;
  }
  out.Append('}');
  return true;
}

void Assignment::WriteFlags(FrameWriter& frame) {
  if ((route_.flags & kTellsFlags) == 0) return;
  const uint32_t begin = frame.offset();
  withholds_flags_ = !AppendFlags(frame.text());
  if (withholds_flags_) return;
  frame.Set(kPlanFlagsOffset, begin);
  frame.Set(kPlanFlagsLength, frame.offset() - begin);
}

absl::Span<const experiment::ExposureDecision> Assignment::ToBeTold() {
  if (!Exposes()) return {};
  return withholds_flags_ ? decisions_.exposures.first(decisions_.leading_exposures)
                          : decisions_.exposures;
}

// The texts first, and then the words that say where they lie.
void Assignment::WriteExposures(FrameWriter& frame) {
  const absl::Span<const experiment::ExposureDecision> exposures = ToBeTold();
  const auto count =
      static_cast<uint32_t>(std::count_if(exposures.begin(), exposures.end(), IsTold));
  frame.Set(kPlanExposureCount, count);
  if (count == 0) return;
  const bool hashes = (rules_.flags & kHashesUser) != 0;
  OutputBuffer& out = frame.text();
  uint32_t at = frame.offset();
  for (const experiment::ExposureDecision& exposure : exposures) {
    if (!IsTold(exposure)) continue;
    experiment::Base64UrlId digest;
    if (hashes) digest = experiment::UserDigest(*parts_.signer.current(), exposure.value);
    const std::string_view value =
        hashes ? std::string_view(digest.data(), digest.size()) : exposure.value;
    const experiment::Base64UrlId id = experiment::ExposureId(
        {exposure.attribute, value, exposure.experiment, exposure.variation}, parts_.now_ms);
    out.Append({id.data(), id.size()});
    out.Append(parts_.features->feature_key(exposure.feature));
    for (const std::string_view text :
         {exposure.experiment, exposure.variation, exposure.attribute, value}) {
      out.Append(text);
    }
  }
  while (out.size() % 4 != 0 && !out.exhausted()) out.Append('\0');
  frame.Set(kPlanExposuresOffset, frame.offset());
  for (const experiment::ExposureDecision& exposure : exposures) {
    if (!IsTold(exposure)) continue;
    const size_t sizes[kExposureTexts] = {kIdLength,
                                          parts_.features->feature_key(exposure.feature).size(),
                                          exposure.experiment.size(),
                                          exposure.variation.size(),
                                          exposure.attribute.size(),
                                          hashes ? kIdLength : exposure.value.size()};
    for (const size_t size : sizes) {
      out.AppendWord(at);
      out.AppendWord(static_cast<uint32_t>(size));
      at += static_cast<uint32_t>(size);
    }
    out.AppendWord(exposure.variation_index);
    out.AppendWord(exposure.sticky ? 1 : 0);
  }
}

}  // namespace sluice::policy

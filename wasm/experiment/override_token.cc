#include "sluice/experiment/override_token.h"

#include <algorithm>
#include <optional>

#include "sluice/base/base64url.h"

namespace sluice::experiment {
namespace {

using Text = absl::Span<uint8_t>;

// Decimal, without signs and leading zeros.
std::optional<uint64_t> ParseNumber(std::string_view text, uint64_t max) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
    if (number > max) return std::nullopt;
  }
  return number;
}

std::optional<uint8_t> HexDigit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

// In place; what is decoded is no longer than what it was.
std::optional<std::string_view> PercentDecoded(Text text) {
  size_t to = 0;
  for (size_t from = 0; from < text.size(); ++to) {
    if (text[from] != '%') {
      text[to] = text[from++];
      continue;
    }
    if (text.size() - from < 3) return std::nullopt;
    const std::optional<uint8_t> high = HexDigit(text[from + 1]);
    const std::optional<uint8_t> low = HexDigit(text[from + 2]);
    if (!high.has_value() || !low.has_value()) return std::nullopt;
    text[to] = static_cast<uint8_t>(*high << 4 | *low);
    from += 3;
  }
  return AsText(text.first(to));
}

// What is before the first `c`, which is dropped with it; all if there is none.
Text TakeUntil(char c, Text& text) {
  const size_t size = static_cast<size_t>(
      std::find(text.begin(), text.end(), static_cast<uint8_t>(c)) - text.begin());
  const Text taken = text.first(size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return taken;
}

}  // namespace

bool OverrideToken::Verify(const TextSigner& signer, std::string_view token, double now_ms) {
  count_ = 0;
  if (token.size() > kMaxTokenBytes) return false;
  const std::optional<SignedText> verified = signer.Verify(kOverridePurpose, "", token);
  if (!verified.has_value()) return false;
  const std::optional<size_t> size = DecodeBase64Url(verified->text, absl::MakeSpan(text_));
  if (size.has_value() && Parse(absl::MakeSpan(text_).first(*size)) && now_ms < end_ms_) {
    return true;
  }
  count_ = 0;
  return false;
}

bool OverrideToken::Parse(Text text) {
  constexpr uint64_t kMaxSeconds = 9'999'999'999;
  Text end = text;
  Text pairs = TakeUntil(';', end);
  const std::optional<uint64_t> seconds = ParseNumber(AsText(end), kMaxSeconds);
  if (!seconds.has_value()) return false;
  end_ms_ = static_cast<double>(*seconds) * 1000;
  while (!pairs.empty()) {
    if (!ParsePair(TakeUntil('&', pairs))) return false;
  }
  return true;
}

bool OverrideToken::ParsePair(Text pair) {
  Text number = pair;
  const std::optional<std::string_view> key = PercentDecoded(TakeUntil('=', number));
  const std::optional<uint64_t> variation = ParseNumber(AsText(number), kMaxVariation);
  if (!key.has_value() || key->empty() || !variation.has_value() || count_ == forced_.size()) {
    return false;
  }
  forced_[count_++] = {*key, static_cast<uint32_t>(*variation)};
  return true;
}

}  // namespace sluice::experiment

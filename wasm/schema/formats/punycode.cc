#include "sluice/schema/formats/punycode.h"

#include <algorithm>

namespace sluice::schema::idna {
namespace {

// Section 5.
constexpr uint32_t kBase = 36;
constexpr uint32_t kMinThreshold = 1;
constexpr uint32_t kMaxThreshold = 26;
constexpr uint32_t kSkew = 38;
constexpr uint32_t kDamp = 700;
constexpr uint32_t kInitialBias = 72;
constexpr uint32_t kInitialPoint = 0x80;

constexpr uint32_t kMaxPoint = 0x10FFFF;
// No delta of a label is larger: one for each point and position.
constexpr uint64_t kMaxDelta = uint64_t{kMaxPoint + 1} * (kMaxLabelBytes + 1);
constexpr size_t kMaxCodeBytes = kMaxLabelBytes - 4;

// Section 6.1.
uint32_t Adapt(uint64_t delta, size_t points, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / points;
  uint32_t k = 0;
  for (; delta > (kBase - kMinThreshold) * kMaxThreshold / 2; k += kBase) {
    delta /= kBase - kMinThreshold;
  }
  return k + static_cast<uint32_t>((kBase - kMinThreshold + 1) * delta / (delta + kSkew));
}

uint32_t Threshold(uint32_t k, uint32_t bias) {
  return k <= bias ? kMinThreshold : std::min(k - bias, kMaxThreshold);
}

// 0 to 35, or kBase for what isn't a digit.
uint32_t DigitValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0') + 26;
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? static_cast<uint32_t>(lower - 'a') : kBase;
}

char DigitOf(uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

bool Insert(uint32_t point, size_t position, Label* label) {
  if (!label->Append(point)) return false;
  uint32_t* const points = label->points.data();
  std::copy_backward(points + position, points + label->size - 1, points + label->size);
  points[position] = point;
  return true;
}

// A generalized variable-length integer (section 3.3), moves `text` behind it.
bool TakeDelta(std::string_view& text, uint32_t bias, uint64_t* delta) {
  uint64_t weight = 1;
  *delta = 0;
  for (uint32_t k = kBase;; k += kBase) {
    if (text.empty()) return false;
    const uint32_t digit = DigitValue(text[0]);
    if (digit == kBase) return false;
    text.remove_prefix(1);
    *delta += digit * weight;
    if (*delta > kMaxDelta) return false;
    const uint32_t threshold = Threshold(k, bias);
    if (digit < threshold) return true;
    // From here on only a 0 isn't too much, and that is the last digit.
    weight = std::min(weight * (kBase - threshold), kMaxDelta + 1);
  }
}

bool AppendCode(char c, Punycode* punycode) {
  if (punycode->size == kMaxCodeBytes) return false;
  punycode->text[punycode->size++] = c;
  return true;
}

bool AppendDelta(uint64_t delta, uint32_t bias, Punycode* punycode) {
  for (uint32_t k = kBase;; k += kBase) {
    const uint32_t threshold = Threshold(k, bias);
    if (delta < threshold) return AppendCode(DigitOf(static_cast<uint32_t>(delta)), punycode);
    const uint64_t rest = delta - threshold;
    if (!AppendCode(DigitOf(threshold + static_cast<uint32_t>(rest % (kBase - threshold))),
                    punycode)) {
      return false;
    }
    delta = rest / (kBase - threshold);
  }
}

}  // namespace

bool DecodePunycode(std::string_view text, Label* label) {
  label->size = 0;
  if (const size_t delimiter = text.rfind('-'); delimiter != std::string_view::npos) {
    for (const char c : text.substr(0, delimiter)) {
      const uint8_t byte = static_cast<uint8_t>(c);
      if (byte >= kInitialPoint || !label->Append(byte)) return false;
    }
    text.remove_prefix(delimiter + 1);
  }
  uint32_t bias = kInitialBias;
  uint64_t point = kInitialPoint;
  uint64_t position = 0;
  for (bool first = true; !text.empty(); first = false) {
    uint64_t delta;
    if (!TakeDelta(text, bias, &delta)) return false;
    const size_t places = label->size + 1;
    bias = Adapt(delta, places, first);
    position += delta;
    point += position / places;
    position %= places;
    if (point > kMaxPoint) return false;
    if (!Insert(static_cast<uint32_t>(point), static_cast<size_t>(position), label)) return false;
    ++position;
  }
  return true;
}

bool EncodePunycode(const Label& label, Punycode* punycode) {
  punycode->size = 0;
  for (const uint32_t point : label) {
    if (point < kInitialPoint && !AppendCode(static_cast<char>(point), punycode)) return false;
  }
  size_t handled = punycode->size;
  const size_t basic = handled;
  if (basic != 0 && !AppendCode('-', punycode)) return false;
  uint32_t bias = kInitialBias;
  uint32_t point = kInitialPoint;
  uint64_t delta = 0;
  while (handled < label.size) {
    uint32_t next = kMaxPoint + 1;
    for (const uint32_t candidate : label) {
      if (candidate >= point) next = std::min(next, candidate);
    }
    delta += uint64_t{next - point} * (handled + 1);
    point = next;
    for (const uint32_t candidate : label) {
      if (candidate < point) ++delta;
      if (candidate != point) continue;
      if (!AppendDelta(delta, bias, punycode)) return false;
      bias = Adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++point;
  }
  return true;
}

}  // namespace sluice::schema::idna

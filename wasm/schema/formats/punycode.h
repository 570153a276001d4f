// Punycode (RFC 3492) of one label of a domain name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::schema::idna {

inline constexpr size_t kMaxLabelBytes = 63;

// The code points of a label. More than kMaxLabelBytes don't fit one, however they are encoded.
struct Label {
  std::array<uint32_t, kMaxLabelBytes> points;
  size_t size = 0;

  // False, and nothing happens, if it is full.
  bool Append(uint32_t point) {
    if (size == points.size()) return false;
    points[size++] = point;
    return true;
  }
  const uint32_t* begin() const { return points.data(); }
  const uint32_t* end() const { return points.data() + size; }
};

struct Punycode {
  std::array<char, kMaxLabelBytes> text;
  size_t size = 0;
  std::string_view view() const { return {text.data(), size}; }
};

// Section 6.2: decodes `text`, which is without "xn--" and at most kMaxLabelBytes long; digits may
// be capitals. False for what isn't Punycode, and for code points that don't exist. O(text^2) by
// that bound.
bool DecodePunycode(std::string_view text, Label* label);

// Section 6.3. False if it took more than kMaxLabelBytes - 4, which with "xn--" is a label.
bool EncodePunycode(const Label& label, Punycode* punycode);

}  // namespace sluice::schema::idna

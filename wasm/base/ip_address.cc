#include "sluice/base/ip_address.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kGroups = 8;
constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// A decimal number without leading zeros, at most `max` (of three digits); moves `text` behind it.
std::optional<uint32_t> TakeDecimal(std::string_view& text, uint32_t max) {
  uint32_t number = 0;
  size_t digits = 0;
  for (; digits < text.size() && digits < 3 && text[digits] >= '0' && text[digits] <= '9';
       ++digits) {
    number = number * 10 + static_cast<uint32_t>(text[digits] - '0');
  }
  if (digits == 0 || number > max || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool TakeIpv4(std::string_view text, uint8_t* bytes) {
  for (size_t i = 0; i < 4; ++i) {
    if (i != 0) {
      if (text.empty() || text[0] != '.') return false;
      text.remove_prefix(1);
    }
    const std::optional<uint32_t> number = TakeDecimal(text, 255);
    if (!number.has_value()) return false;
    bytes[i] = static_cast<uint8_t>(*number);
  }
  return text.empty();
}

std::optional<uint32_t> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<uint32_t>(lower - 'a' + 10);
  return std::nullopt;
}

// One to four hexadecimal digits; moves `text` behind them.
std::optional<uint32_t> TakeGroup(std::string_view& text) {
  uint32_t group = 0;
  size_t digits = 0;
  for (; digits < text.size(); ++digits) {
    const std::optional<uint32_t> digit = HexDigit(text[digits]);
    if (!digit.has_value()) break;
    if (digits == 4) return std::nullopt;
    group = group << 4 | *digit;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return group;
}

// Reads groups up to the end or to a "::", which stays. Returns how many there are, at most
// kGroups, or nothing.
std::optional<size_t> TakeGroups(std::string_view& text, std::array<uint8_t, 16>& bytes) {
  for (size_t count = 0;;) {
    if (count == kGroups) return std::nullopt;
    const std::string_view rest = text;
    const std::optional<uint32_t> group = TakeGroup(text);
    if (!group.has_value()) return std::nullopt;
    if (!text.empty() && text[0] == '.') {
      if (count > kGroups - 2 || !TakeIpv4(rest, &bytes[2 * count])) return std::nullopt;
      text = {};
      return count + 2;
    }
    bytes[2 * count] = static_cast<uint8_t>(*group >> 8);
    bytes[2 * count + 1] = static_cast<uint8_t>(*group);
    ++count;
    if (text.empty() || text.starts_with("::")) return count;
    if (text[0] != ':') return std::nullopt;
    text.remove_prefix(1);
  }
}

// Moves the last `count` groups, which lie behind `head`, to the end, with zeros before them.
bool Spread(size_t head, size_t count, std::array<uint8_t, 16>& bytes) {
  if (head + count >= kGroups) return false;  // "::" is at least one group
  const auto tail = bytes.begin() + static_cast<ptrdiff_t>(2 * head);
  std::array<uint8_t, 16> spread = {};
  std::copy(bytes.begin(), tail, spread.begin());
  std::copy(tail, tail + static_cast<ptrdiff_t>(2 * count),
            spread.end() - static_cast<ptrdiff_t>(2 * count));
  bytes = spread;
  return true;
}

bool TakeIpv6(std::string_view text, std::array<uint8_t, 16>& bytes) {
  size_t head = 0;
  if (!text.starts_with("::")) {
    const std::optional<size_t> count = TakeGroups(text, bytes);
    if (!count.has_value()) return false;
    if (text.empty()) return *count == kGroups;
    head = *count;
  }
  text.remove_prefix(2);
  if (text.empty()) return Spread(head, 0, bytes);
  std::array<uint8_t, 16> tail = {};
  const std::optional<size_t> count = TakeGroups(text, tail);
  if (!count.has_value() || !text.empty() || head + *count >= kGroups) return false;
  std::copy_n(tail.begin(), 2 * *count, bytes.begin() + static_cast<ptrdiff_t>(2 * head));
  return Spread(head, *count, bytes);
}

bool IsMapped(const std::array<uint8_t, 16>& bytes) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

IpAddress Unmapped(const std::array<uint8_t, 16>& bytes) {
  IpAddress address;
  std::copy(bytes.begin() + kMappedPrefix.size(), bytes.end(), address.bytes.begin());
  return address;
}

std::optional<IpAddress> ParseIpv6(std::string_view text) {
  IpAddress address = {.v6 = true};
  if (!TakeIpv6(text, address.bytes)) return std::nullopt;
  return address;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    IpAddress address;
    if (!TakeIpv4(text, address.bytes.data())) return std::nullopt;
    return address;
  }
  const std::optional<IpAddress> address = ParseIpv6(text);
  if (address.has_value() && IsMapped(address->bytes)) return Unmapped(address->bytes);
  return address;
}

std::optional<IpNetwork> ParseIpNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    const std::optional<IpAddress> address = ParseIpAddress(text);
    if (!address.has_value()) return std::nullopt;
    return IpNetwork{*address, address->bits()};
  }
  // As written: the prefix counts the bits of an IPv4-mapped address too.
  const std::string_view head = text.substr(0, slash);
  const bool v6 = head.find(':') != std::string_view::npos;
  const std::optional<IpAddress> address = v6 ? ParseIpv6(head) : ParseIpAddress(head);
  std::string_view tail = text.substr(slash + 1);
  const std::optional<uint32_t> prefix = TakeDecimal(tail, v6 ? 128 : 32);
  if (!address.has_value() || !prefix.has_value() || !tail.empty()) return std::nullopt;
  if (v6 && IsMapped(address->bytes) && *prefix >= 96) {
    return IpNetwork{Unmapped(address->bytes), *prefix - 96};
  }
  return IpNetwork{*address, *prefix};
}

IpAddress Masked(const IpAddress& address, uint32_t prefix) {
  IpAddress masked = address;
  for (uint32_t bit = std::min(prefix, address.bits()); bit < address.bits();) {
    // The rest of the byte that the bit lies in.
    masked.bytes[bit / 8] &= static_cast<uint8_t>(0xFF00u >> (bit % 8));
    bit = (bit / 8 + 1) * 8;
  }
  return masked;
}

IpAddressText::IpAddressText(const IpAddress& address) {
  if (address.v6) {
    AppendGroups(address.bytes);
    return;
  }
  for (size_t i = 0; i < 4; ++i) {
    if (i != 0) text_[size_++] = '.';
    AppendDecimal(address.bytes[i]);
  }
}

void IpAddressText::AppendDecimal(uint8_t number) {
  if (number >= 100) text_[size_++] = static_cast<char>('0' + number / 100);
  if (number >= 10) text_[size_++] = static_cast<char>('0' + number / 10 % 10);
  text_[size_++] = static_cast<char>('0' + number % 10);
}

void IpAddressText::AppendHex(uint32_t group) {
  bool started = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const uint32_t digit = group >> shift & 15;
    started = started || digit != 0 || shift == 0;
    if (started) text_[size_++] = "0123456789abcdef"[digit];
  }
}

void IpAddressText::AppendGroups(const std::array<uint8_t, 16>& bytes) {
  const auto group = [&](size_t i) {
    return static_cast<uint32_t>(bytes[2 * i]) << 8 | bytes[2 * i + 1];
  };
  // The longest run of at least two zero groups, the first of them (sections 4.2.2 and 4.2.3).
  size_t run = kGroups;
  size_t run_end = kGroups;
  for (size_t i = 0; i < kGroups;) {
    size_t end = i;
    while (end < kGroups && group(end) == 0) ++end;
    const size_t longest = run_end - run;
    if (end - i >= 2 && end - i > longest) {
      run = i;
      run_end = end;
    }
    i = std::max(end, i + 1);
  }
  for (size_t i = 0; i < kGroups;) {
    if (i == run) {
      text_[size_++] = ':';
      text_[size_++] = ':';
      i = run_end;
      continue;
    }
    if (i != 0 && i != run_end) text_[size_++] = ':';
    AppendHex(group(i));
    ++i;
  }
}

}  // namespace sluice

#include "sluice/schema/formats/date_time.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::schema {
namespace {

constexpr size_t kDateBytes = 10;  // 2006-01-02
constexpr uint32_t kMinutesADay = 24 * 60;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Exactly `digits` digits (at most nine).
std::optional<uint32_t> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  uint32_t number = 0;
  for (const char c : text.substr(0, digits)) {
    if (!IsDigit(c)) return std::nullopt;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

// Any number of digits, at least one.
bool TakeDigits(std::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  text.remove_prefix(digits);
  return digits != 0;
}

uint32_t DaysOf(uint32_t month, uint32_t year) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// HH:MM, in minutes.
std::optional<uint32_t> TakeMinutes(std::string_view& text) {
  const std::optional<uint32_t> hour = TakeNumber(text, 2);
  if (!hour.has_value() || *hour > 23 || !Take(text, ':')) return std::nullopt;
  const std::optional<uint32_t> minute = TakeNumber(text, 2);
  if (!minute.has_value() || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

// time-offset, in minutes of a day to add to a local time so that it is UTC.
std::optional<uint32_t> TakeOffset(std::string_view& text) {
  if (Take(text, 'Z') || Take(text, 'z')) return 0;
  const bool east = text.starts_with('+');
  if (!Take(text, '+') && !Take(text, '-')) return std::nullopt;
  const std::optional<uint32_t> minutes = TakeMinutes(text);
  if (!minutes.has_value()) return std::nullopt;
  return east ? kMinutesADay - *minutes : *minutes;
}

// Components of a duration in the order of `units`, none or more, each once and without a gap: RFC
// 3339 has years with days only where there are months.
bool TakeComponents(std::string_view& text, std::string_view units) {
  for (bool first = true; !text.empty() && IsDigit(text[0]); first = false) {
    TakeDigits(text);
    const size_t unit = text.empty() ? std::string_view::npos : units.find(text[0]);
    if (unit == std::string_view::npos || (!first && unit != 0)) return false;
    text.remove_prefix(1);
    units.remove_prefix(unit + 1);
  }
  return true;
}

}  // namespace

bool IsDate(std::string_view text) {
  const std::optional<uint32_t> year = TakeNumber(text, 4);
  if (!year.has_value() || !Take(text, '-')) return false;
  const std::optional<uint32_t> month = TakeNumber(text, 2);
  if (!month.has_value() || *month < 1 || *month > 12 || !Take(text, '-')) return false;
  const std::optional<uint32_t> day = TakeNumber(text, 2);
  return day.has_value() && *day >= 1 && *day <= DaysOf(*month, *year) && text.empty();
}

bool IsTime(std::string_view text) {
  const std::optional<uint32_t> minutes = TakeMinutes(text);
  if (!minutes.has_value() || !Take(text, ':')) return false;
  const std::optional<uint32_t> second = TakeNumber(text, 2);
  if (!second.has_value() || *second > 60) return false;
  if (Take(text, '.') && !TakeDigits(text)) return false;
  const std::optional<uint32_t> offset = TakeOffset(text);
  if (!offset.has_value() || !text.empty()) return false;
  return *second < 60 || (*minutes + *offset) % kMinutesADay == kMinutesADay - 1;
}

bool IsDateTime(std::string_view text) {
  if (text.size() <= kDateBytes || (text[kDateBytes] | 0x20) != 't') return false;
  return IsDate(text.substr(0, kDateBytes)) && IsTime(text.substr(kDateBytes + 1));
}

bool IsDuration(std::string_view text) {
  if (!Take(text, 'P')) return false;
  if (text.ends_with('W')) {
    std::string_view weeks = text.substr(0, text.size() - 1);
    return TakeDigits(weeks) && weeks.empty();
  }
  if (text.empty() || !TakeComponents(text, "YMD")) return false;
  if (text.empty()) return true;
  return Take(text, 'T') && !text.empty() && TakeComponents(text, "HMS") && text.empty();
}

}  // namespace sluice::schema

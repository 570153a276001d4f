#include "sluice/limit/calendar.h"

#include <cstdint>

#include "sluice/limit/rule.h"

namespace sluice::limit {
namespace {

constexpr uint64_t kDaysPerEra = 146'097;    // 400 years, after which the calendar repeats
constexpr uint64_t kEpochFromEra = 719'468;  // 1970-01-01, counted from 0000-03-01

// 1 … 31, for days from 1970-01-01. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
// civil_from_days: years begin on March 1, so that the day that comes and goes is their last.
uint64_t DayOfMonth(uint64_t day) {
  const uint64_t day_of_era = (day + kEpochFromEra) % kDaysPerEra;
  const uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint64_t month_from_march = (5 * day_of_year + 2) / 153;
  return day_of_year - (153 * month_from_march + 2) / 5 + 1;
}

uint64_t FirstOfMonth(uint64_t day) { return day - (DayOfMonth(day) - 1); }

}  // namespace

uint64_t WeekEndMs(uint64_t now_ms) {
  constexpr uint64_t kFromMonday = 3 * kDayMs;  // 1970-01-01 was a Thursday
  return ((now_ms + kFromMonday) / kWeekMs + 1) * kWeekMs - kFromMonday;
}

uint64_t MonthEndMs(uint64_t now_ms) {
  // From the first, 31 days lead into the next month, whichever month it is.
  return FirstOfMonth(FirstOfMonth(now_ms / kDayMs) + 31) * kDayMs;
}

}  // namespace sluice::limit

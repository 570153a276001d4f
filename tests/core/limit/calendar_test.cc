#include "sluice/limit/calendar.h"

#include <cstdint>

#include "gtest/gtest.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {
namespace {

bool IsLeap(uint64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

uint64_t DaysIn(uint64_t year, uint64_t month) {
  constexpr uint64_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month] + (month == 1 && IsLeap(year) ? 1 : 0);
}

void ExpectEnds(uint64_t day, uint64_t month_end, uint64_t week_end) {
  for (const uint64_t now : {day * kDayMs, day * kDayMs + kDayMs - 1}) {
    ASSERT_EQ(MonthEndMs(now), month_end * kDayMs) << "day " << day;
    ASSERT_EQ(WeekEndMs(now), week_end * kDayMs) << "day " << day;
  }
}

// Every day of eight centuries, counted one by one: two whole cycles of the calendar.
TEST(Calendar, AgreesWithCountingDays) {
  uint64_t day = 0;
  uint64_t weekday = 3;  // Thursday, from Monday
  for (uint64_t year = 1970; year < 2770; ++year) {
    for (uint64_t month = 0; month < 12; ++month) {
      const uint64_t month_end = day + DaysIn(year, month);
      for (; day < month_end; ++day, weekday = (weekday + 1) % 7) {
        ASSERT_NO_FATAL_FAILURE(ExpectEnds(day, month_end, day + 7 - weekday));
      }
    }
  }
  EXPECT_EQ(day, 2 * 146'097u);
}

// By date(1).
TEST(Calendar, KnowsSomeDates) {
  EXPECT_EQ(MonthEndMs(0), 2'678'400'000u);                      // 1970-02-01
  EXPECT_EQ(MonthEndMs(951'782'400'000), 951'868'800'000u);      // 2000-02-29, 2000-03-01
  EXPECT_EQ(MonthEndMs(1'767'225'599'999), 1'767'225'600'000u);  // the turn of 2026
  EXPECT_EQ(MonthEndMs(1'767'225'600'000), 1'769'904'000'000u);  // 2026-02-01
  EXPECT_EQ(MonthEndMs(4'107'456'000'000), 4'107'542'400'000u);  // 2100-02-28, 2100-03-01
  EXPECT_EQ(WeekEndMs(0), 345'600'000u);                         // 1970-01-05
  EXPECT_EQ(WeekEndMs(1'767'571'199'999), 1'767'571'200'000u);   // 2026-01-05
  EXPECT_EQ(WeekEndMs(1'767'571'200'000), 1'768'176'000'000u);   // 2026-01-12
}

TEST(Calendar, RepeatsToTheEndOfTime) {
  constexpr uint64_t kCycleMs = 146'097 * kDayMs;
  const uint64_t last = static_cast<uint64_t>(kMaxTimeMs);
  const uint64_t cycles = last / kCycleMs;
  for (uint64_t now = last % kCycleMs; now < last; now += cycles / 20 * kCycleMs) {
    EXPECT_EQ(MonthEndMs(now) % kCycleMs, MonthEndMs(last % kCycleMs));
    EXPECT_GT(MonthEndMs(now), now);
    EXPECT_LE(MonthEndMs(now) - now, kLongestMonthMs);
  }
  EXPECT_EQ(MonthEndMs(last) - last, 18 * kDayMs);  // 275760-09-13
}

}  // namespace
}  // namespace sluice::limit

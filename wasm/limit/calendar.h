// Weeks and months of UTC, in Unix time: every day has 86,400,000 ms.
#pragma once

#include <cstdint>

namespace sluice::limit {

// The first millisecond after the week (Monday to Sunday, ISO 8601) in which `now_ms` lies. O(1).
uint64_t WeekEndMs(uint64_t now_ms);

// The first millisecond after the month of the proleptic Gregorian calendar in which `now_ms` lies.
// O(1).
uint64_t MonthEndMs(uint64_t now_ms);

}  // namespace sluice::limit

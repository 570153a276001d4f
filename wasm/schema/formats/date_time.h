// Dates, times and durations of RFC 3339. All O(text), nothing is allocated.
#pragma once

#include <string_view>

namespace sluice::schema {

// full-date: a day that the Gregorian calendar has, years 0000 to 9999.
bool IsDate(std::string_view text);
// full-time: with an offset; any number of fractional digits. A second 60 is one that is 23:59:60
// in UTC: which days had one isn't known here.
bool IsTime(std::string_view text);
// full-date, "T" or "t", full-time.
bool IsDateTime(std::string_view text);
// Appendix A, designators in capitals as in ISO 8601.
bool IsDuration(std::string_view text);

}  // namespace sluice::schema

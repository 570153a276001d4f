// What is simulated for the report, a tenth of it in every run of the tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenario.h"

namespace sluice::limit::simulation {

// Which question a cell answers.
enum class Group : uint32_t {
  kGrid,        // 25 units an isolate and period, as many requests as the load makes of that
  kLargeLimit,  // 100 units an isolate
  kThinLimit,   // 5 units an isolate
  kSmallBurst,  // gcra whose burst is a fifth of its units
  kMinute,      // a period of a minute: denials are believed for a smaller part of it
};

struct Cell {
  Group group = Group::kGrid;
  Scenario scenario;
};

// Every cell, each with a seed of its own.
std::vector<Cell> Grid();

// A tenth of them.
std::vector<Cell> Tenth();

// The calls that a protocol with leases must make at least, as a share of one a check: a call
// brings no more units than there are to lease, and a denial is believed no longer than
// denyCacheMax.
double LeastCallShare(const Scenario& scenario);

// Whether leases are meant to spare 90% of the calls: each isolate has 20 units and sees 20
// requests in a period, and nothing goes wrong.
bool MustSpareCalls(const Cell& cell);
// … and whether 95% of the limit are meant to be admitted: the same at three times the limit.
bool MustAdmitTheLimit(const Cell& cell);

std::string NameOf(const Cell& cell);
const char* NameOf(Group group);
const char* NameOf(Arrivals arrivals);
const char* NameOf(Faults faults);
const char* NameOf(Durability durability);

}  // namespace sluice::limit::simulation

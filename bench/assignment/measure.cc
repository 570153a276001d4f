// assignment_statistics [--tenth]: what tests/core/experiment/statistics measures, in full, as
// JSON.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "assignment.h"

namespace sluice::experiment::statistics {
namespace {

struct Amounts {
  size_t users;
  size_t pairs;
  size_t version1_pairs;
  size_t tests;        // sample ratio tests without a mismatch
  size_t lossy_tests;  // for each loss
  size_t lossy_users;
};
constexpr Amounts kAll = {100'000, 1'000, 100, 4'000, 250, 50'000};
constexpr Amounts kTenth = {30'000, 330, 30, 2'000, 50, 30'000};

void PrintList(const char* name, const std::vector<double>& values, const char* end) {
  std::printf("\"%s\":[", name);
  for (size_t i = 0; i < values.size(); ++i) std::printf("%s%.4g", i > 0 ? "," : "", values[i]);
  std::printf("]%s", end);
}

void PrintSpread(IdKind kind, uint32_t version, size_t users, size_t pairs, const char* end) {
  const Spread spread = Measure(MakeIds(kind, users), pairs, version);
  std::printf("{\"ids\":\"%s\",\"version\":%u,\"users\":%zu,",
              kind == IdKind::kMinted ? "minted" : "sequential", version, users);
  // Ten times as many other users.
  const size_t greatest = GreatestPair(spread);
  std::printf("\"greatest\":%.4g,\"again\":%.4g,", spread.pairs[greatest],
              MeasurePair(MakeIds(kind, 10 * users, users), greatest, version));
  PrintList("pairs", spread.pairs, ",");
  PrintList("halves", spread.halves, ",");
  PrintList("buckets", spread.buckets, "}");
  std::puts(end);
}

void PrintAll(const Amounts& amounts) {
  std::puts("{\"spreads\":[");
  PrintSpread(IdKind::kMinted, 2, amounts.users, amounts.pairs, ",");
  PrintSpread(IdKind::kSequential, 2, amounts.users, amounts.pairs, ",");
  PrintSpread(IdKind::kMinted, 1, amounts.users, amounts.version1_pairs, ",");
  PrintSpread(IdKind::kSequential, 1, amounts.users, amounts.version1_pairs, "],");
  const std::vector<std::vector<double>> splits = {
      {0.5, 0.5}, {0.34, 0.33, 0.33}, {0.9, 0.1}, {0.2, 0.2, 0.2, 0.2, 0.2}};
  PrintList("ratios", SampleRatios(amounts.tests, 10'000, splits), ",\n\"lossy\":[");
  const char* separator = "";
  for (const double loss : {0.01, 0.02, 0.05, 0.1}) {
    std::printf("%s{\"loss\":%g,\"users\":%zu,", separator, loss, amounts.lossy_users);
    PrintList("ratios", LossyRatios(amounts.lossy_tests, amounts.lossy_users, loss), "}\n");
    separator = ",";
  }
  std::puts("]}");
}

}  // namespace
}  // namespace sluice::experiment::statistics

int main(int argc, char** argv) {
  using namespace sluice::experiment::statistics;  // NOLINT(google-build-using-namespace)
  PrintAll(argc > 1 && std::strcmp(argv[1], "--tenth") == 0 ? kTenth : kAll);
  return 0;
}

// What one charge costs, by the number of subjects that the isolate counts.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/counter_table.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/step.h"

namespace sluice::limit {
namespace {

constexpr HashKey kKey = {0x0123456789abcdef, 0xfedcba9876543210};
constexpr double kNow = 1'763'000'000'000;
constexpr size_t kMaxEntries = 1'000'000;

Rule MakeRule(Algorithm algorithm, Window window = Window::kAligned) {
  return {.algorithm = algorithm,
          .units = 1'000'000'000,
          .burst = HasBurst(algorithm) ? 1'000'000'000u : 0u,
          .window = window,
          .period_ms = window == Window::kMonth ? kLongestMonthMs : 3'600'000,
          .id = 42};
}

std::vector<std::string> Subjects(size_t count) {
  std::vector<std::string> subjects;
  for (size_t i = 0; i < count; ++i) subjects.push_back(absl::StrCat("customer-", i));
  return subjects;
}

// The order of a shuffle, so that neither caches nor branch predictors know the next subject.
size_t Scattered(size_t i, size_t count) { return i * 2'654'435'761u % count; }

void BM_Charge(benchmark::State& state, Algorithm algorithm) {
  const auto count = static_cast<size_t>(state.range(0));
  const std::vector<std::string> subjects = Subjects(count);
  const Rule rule = MakeRule(algorithm);
  CounterTable table(kKey, kMaxEntries);
  for (const std::string& subject : subjects) {
    Charge(rule, 1, kNow, *table.Find(rule, subject, kNow));
  }
  size_t i = 0;
  double now = kNow;
  for (auto _ : state) {
    now += 0.01;
    const std::string& subject = subjects[Scattered(i++, count)];
    benchmark::DoNotOptimize(Charge(rule, 1, now, *table.Find(rule, subject, now)));
  }
  state.counters["bytes_per_key"] =
      static_cast<double>(table.memory_bytes()) / static_cast<double>(table.size());
}
BENCHMARK_CAPTURE(BM_Charge, gcra, Algorithm::kGcra)->Arg(1)->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(BM_Charge, sliding_window, Algorithm::kSlidingWindow)
    ->Arg(1)
    ->Arg(1000)
    ->Arg(1'000'000);
BENCHMARK_CAPTURE(BM_Charge, fixed_window, Algorithm::kFixedWindow)
    ->Arg(1)
    ->Arg(1000)
    ->Arg(1'000'000);

// A million subjects that were never seen: the time of one with all growth in it.
void BM_FirstCharge(benchmark::State& state) {
  const std::vector<std::string> subjects = Subjects(kMaxEntries);
  const Rule rule = MakeRule(Algorithm::kGcra);
  for (auto _ : state) {
    CounterTable table(kKey, kMaxEntries);
    for (const std::string& subject : subjects) {
      Charge(rule, 1, kNow, *table.Find(rule, subject, kNow));
    }
    benchmark::DoNotOptimize(table.size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kMaxEntries));
}
BENCHMARK(BM_FirstCharge)->Unit(benchmark::kMillisecond);

// A table at capacity, and a flood of subjects that it refuses.
void BM_RefusedAtCapacity(benchmark::State& state) {
  const std::vector<std::string> subjects = Subjects(2'000);
  const Rule rule = MakeRule(Algorithm::kGcra);
  CounterTable table(kKey, 1'000);
  for (size_t i = 0; i < 1'000; ++i) {
    Charge(rule, 1, kNow, *table.Find(rule, subjects[i], kNow));
  }
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.Find(rule, subjects[1'000 + i++ % 1'000], kNow));
  }
}
BENCHMARK(BM_RefusedAtCapacity);

void BM_Algorithm(benchmark::State& state, Algorithm algorithm, Window window) {
  const Rule rule = MakeRule(algorithm, window);
  State counter;
  double now = kNow;
  for (auto _ : state) {
    now += 0.01;
    benchmark::DoNotOptimize(Charge(rule, 1, now, counter));
  }
}
BENCHMARK_CAPTURE(BM_Algorithm, gcra, Algorithm::kGcra, Window::kAligned);
BENCHMARK_CAPTURE(BM_Algorithm, sliding_window, Algorithm::kSlidingWindow, Window::kAligned);
BENCHMARK_CAPTURE(BM_Algorithm, fixed_window, Algorithm::kFixedWindow, Window::kAligned);
BENCHMARK_CAPTURE(BM_Algorithm, fixed_window_month, Algorithm::kFixedWindow, Window::kMonth);

// The first charge of a window, which has to find its end.
void BM_FirstOfWindow(benchmark::State& state, Window window) {
  const Rule rule = MakeRule(Algorithm::kFixedWindow, window);
  double now = kNow;
  for (auto _ : state) {
    now += 0.01;
    State counter;
    benchmark::DoNotOptimize(Charge(rule, 1, now, counter));
  }
}
BENCHMARK_CAPTURE(BM_FirstOfWindow, aligned, Window::kAligned);
BENCHMARK_CAPTURE(BM_FirstOfWindow, month, Window::kMonth);

// A limiter object's whole step, from frame to frame, with `records` charges remembered.
void BM_Step(benchmark::State& state) {
  const auto records = static_cast<uint64_t>(state.range(0));
  OutputBuffer request(4096);
  OutputBuffer reply(4096);
  OutputBuffer states[2] = {OutputBuffer(1 << 16), OutputBuffer(1 << 16)};
  size_t current = 0;
  double now = kNow;
  StepEffects effects;
  uint64_t id = 0;
  for (auto _ : state) {
    now += 10'000.0 / static_cast<double>(records);
    request.Clear();
    reply.Clear();
    EncodeRequestHeader(1, Durability::kMemory, 1, request);
    EncodeOperation({.cost = 1, .id = ++id, .rule = MakeRule(Algorithm::kGcra)}, request);
    OutputBuffer& next = states[1 - current];
    next.Clear();
    benchmark::DoNotOptimize(
        Step(request.bytes(), states[current].bytes(), false, now, reply, next, effects));
    current = 1 - current;
  }
}
BENCHMARK(BM_Step)->Arg(1)->Arg(64);

}  // namespace
}  // namespace sluice::limit

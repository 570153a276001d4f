// A limiter object's step, by how many charges it remembers.
#include <cstdint>

#include "benchmark/benchmark.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/rule.h"
#include "sluice/limit/step.h"

namespace sluice::limit {
namespace {

constexpr double kStart = 1'800'000'000'000;

// One charge after the other, `range(0)` of them within the time that they are remembered.
void BM_Step(benchmark::State& bench) {
  const double gap_ms = 10'000.0 / static_cast<double>(bench.range(0));
  const Rule rule{.algorithm = Algorithm::kFixedWindow,
                  .units = kMaxUnits,
                  .period_ms = kDayMs,
                  .id = 0x1234'5678'9ABC'DEF0};
  OutputBuffer request(1024);
  OutputBuffer reply(1024);
  OutputBuffer states[2] = {OutputBuffer(1 << 16), OutputBuffer(1 << 16)};
  double now = kStart;
  uint64_t id = uint64_t{7} << 32;
  size_t current = 0;
  for (auto _ : bench) {
    request.Clear();
    reply.Clear();
    EncodeRequestHeader(1, Durability::kMemory, 1, request);
    EncodeOperation({.kind = OperationKind::kCharge, .cost = 1, .id = ++id, .rule = rule}, request);
    OutputBuffer& next = states[1 - current];
    next.Clear();
    StepEffects effects;
    const absl::Status status =
        Step(request.bytes(), states[current].bytes(), false, now, reply, next, effects);
    if (!status.ok()) bench.SkipWithError("a step failed");
    current = 1 - current;
    now += gap_ms;
  }
  bench.counters["state"] = static_cast<double>(states[current].bytes().size());
}
BENCHMARK(BM_Step)->Arg(1)->Arg(8)->Arg(64)->Arg(10'000);

}  // namespace
}  // namespace sluice::limit

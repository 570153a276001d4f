// Patterns of JSON Schemas: compiled and matched as CompileEcmaScript does it, and by RE2.
#include <array>
#include <string>
#include <string_view>

#include "benchmark/benchmark.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view text;
};

constexpr std::array<Case, 6> kCases = {{
    {"^[a-z0-9-]+$", "a-name-of-some-24-characters"},
    {"^x-", "x-internal-note"},
    {"^\\d{3}-\\d{4}$", "555-1234"},
    {"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
     "123e4567-e89b-12d3-a456-426614174000"},
    {"^\\d+(\\.\\d{1,2})?$", "1299.95"},
    {"^(GET|PUT|POST|DELETE)$", "POST"},
}};

const Case& CaseOf(const benchmark::State& state) {
  return kCases[static_cast<size_t>(state.range(0))];
}

Regex CompileRe2(std::string_view pattern) {
  MemoryBudget budget;
  std::string translated;
  TranslateEcmaScript(pattern, {.unicode = true}, &translated).IgnoreError();
  return Regex(translated, budget);
}

Regex CompileOwn(std::string_view pattern) {
  MemoryBudget budget;
  return CompileEcmaScript(pattern, {.unicode = true}, budget);
}

template <Regex (*kCompile)(std::string_view)>
void BM_Compile(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(kCompile(CaseOf(state).pattern));
  state.SetLabel(std::string(CaseOf(state).pattern));
}
BENCHMARK(BM_Compile<CompileOwn>)->DenseRange(0, kCases.size() - 1);
BENCHMARK(BM_Compile<CompileRe2>)->DenseRange(0, kCases.size() - 1);

template <Regex (*kCompile)(std::string_view)>
void BM_Match(benchmark::State& state) {
  const Regex regex = kCompile(CaseOf(state).pattern);
  for (auto _ : state) benchmark::DoNotOptimize(regex.MatchesPart(CaseOf(state).text));
  state.SetLabel(std::string(CaseOf(state).pattern));
}
BENCHMARK(BM_Match<CompileOwn>)->DenseRange(0, kCases.size() - 1);
BENCHMARK(BM_Match<CompileRe2>)->DenseRange(0, kCases.size() - 1);

}  // namespace
}  // namespace sluice::regex

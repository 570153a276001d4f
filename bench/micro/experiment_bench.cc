// One bucketing hash, one decision.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/features.h"
#include "sluice/experiment/hash.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {
namespace {

constexpr std::string_view kUser = "0192e4a1-7b3c-7000-8000-5f0c2a9d4e11";

void BM_Hash(benchmark::State& state, std::string_view value, uint32_t version) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(value);
    benchmark::DoNotOptimize(Hash("pp-2026", value, version));
  }
}
BENCHMARK_CAPTURE(BM_Hash, v1, kUser, 1u);
BENCHMARK_CAPTURE(BM_Hash, v2, kUser, 2u);
BENCHMARK_CAPTURE(BM_Hash, v2_non_ascii, "пользователь-é€😀", 2u);

void BM_Decide(benchmark::State& state) {
  constexpr std::string_view kPayload = R"({"features": {"product-page": {"rules": [
      {"variations": ["classic", "grid", "story"], "weights": [0.34, 0.33, 0.33],
       "hashVersion": 2, "seed": "pp-2026"}]}}})";
  json::Document document;
  json::CompileContext context;
  if (!document.Parse(kPayload).ok()) std::abort();
  const absl::StatusOr<Program> program = CompileForDecisions(document.root(), context);
  if (!program.ok()) std::abort();
  std::vector<std::string> users;
  for (int i = 0; i < 1024; ++i) users.push_back(absl::StrCat(kUser, i));
  const uint32_t id = program->FindAttribute("id").value_or(kNoText);
  const uint32_t feature = 0;
  EvaluateScratch scratch;
  size_t i = 0;
  for (auto _ : state) {
    const AttributeValue user = {id, AttributeType::kText, users[i++ % users.size()]};
    const DecideInput input = {.attributes = {&user, 1}, .features = {&feature, 1}};
    benchmark::DoNotOptimize(Decide(*program, input, scratch));
  }
}
BENCHMARK(BM_Decide);

void BM_Compile500Features(benchmark::State& state) {
  std::string payload = "{\"features\": {";
  for (int i = 0; i < 500; ++i) {
    absl::StrAppend(&payload, i == 0 ? "" : ", ", "\"feature-", i,
                    "\": {\"defaultValue\": false, \"rules\": [{\"variations\": [false, true], "
                    "\"weights\": [0.5, 0.5], \"hashVersion\": 2}]}");
  }
  payload += "}}";
  json::Document document;
  for (auto _ : state) {
    json::CompileContext context;
    if (!document.Parse(payload).ok()) std::abort();
    benchmark::DoNotOptimize(CompileForDecisions(document.root(), context).ok());
  }
}
BENCHMARK(BM_Compile500Features)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sluice::experiment

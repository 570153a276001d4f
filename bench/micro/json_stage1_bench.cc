// Stage 1 alone: our index on the SIMD kernel beside simdjson's on its portable kernel, which is
// what WebAssembly would have without ours. Natively under Google Benchmark; as WebAssembly a
// program of its own (target json_stage1_wasm_bench) that prints what it measures:
//   cmake --build --preset wasi --target json_stage1_wasm_bench
//   tools/run-wasi.mjs build/wasi/bench/json_stage1_wasm_bench.wasm
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "simdjson.h"
#include "sluice/json/structural_index.h"

#if defined(__wasm__)
#include <algorithm>
#include <chrono>
#include <cstdio>
#else
#include "benchmark/benchmark.h"
#endif

namespace sluice::json {
namespace {

std::string Listing(bool utf8) {
  std::string text = R"({"orders":[)";
  for (uint32_t number = 0; text.size() < 200'000; ++number) {
    absl::StrAppend(&text, number > 0 ? "," : "", R"({"id":"ord_)", 100'000'000 + number * 7919,
                    R"(","status":"paid","total":)", number * 37 % 90'000,
                    R"(,"customer":{"name":")", utf8 ? "Zoë Müller" : "Ada Keller", R"(","city":")",
                    utf8 ? "東京都" : "Berlin", R"("},"items":[{"sku":"SKU-)", number * 31,
                    R"(","quantity":2,"taxRate":0.19}],"gift":false})");
  }
  return text + "]}";
}

// Each returns the number of positions.
size_t Simd(StructuralIndex& index, std::string_view text) {
  if (!index.Start(text, 0)) std::abort();
  size_t count = 0;
  while (!index.exhausted()) count += index.NextWindow(nullptr).count;
  if (index.has_fault()) std::abort();
  return count;
}

using Parser = std::unique_ptr<simdjson::internal::dom_parser_implementation>;

Parser FallbackParser(size_t capacity) {
  const simdjson::implementation* fallback = simdjson::get_available_implementations()["fallback"];
  Parser parser;
  if (fallback->create_dom_parser_implementation(capacity, 64, parser) != simdjson::SUCCESS) {
    std::abort();
  }
  return parser;
}

size_t Fallback(const Parser& parser, const simdjson::padded_string& text) {
  if (parser->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                     simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    std::abort();
  }
  return parser->n_structural_indexes;
}

}  // namespace
}  // namespace sluice::json

#if defined(__wasm__)

namespace {

// The least of many, the contenders by turns.
template <typename Run>
double Seconds(Run run) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    if (run() == 0) std::abort();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 20;
}

}  // namespace

int main() {
  namespace json = sluice::json;
  for (const bool utf8 : {false, true}) {
    const std::string text = json::Listing(utf8);
    const simdjson::padded_string padded(text);
    const json::Parser parser = json::FallbackParser(text.size());
    json::StructuralIndex index;
    double simd = 1;
    double fallback = 1;
    for (int round = 0; round < 60; ++round) {
      simd = std::min(simd, Seconds([&] { return json::Simd(index, text); }));
      fallback = std::min(fallback, Seconds([&] { return json::Fallback(parser, padded); }));
    }
    const double gigabytes = static_cast<double>(text.size()) * 1e-9;
    std::printf("%s: SIMD %.2f GB/s, fallback %.2f GB/s: %.1f times as fast\n",
                utf8 ? "utf8" : "ascii", gigabytes / simd, gigabytes / fallback, fallback / simd);
  }
}

#else

namespace sluice::json {
namespace {

void Simd(benchmark::State& state, bool utf8) {
  const std::string text = Listing(utf8);
  StructuralIndex index;
  for (auto _ : state) benchmark::DoNotOptimize(Simd(index, text));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(Simd, ascii, false);
BENCHMARK_CAPTURE(Simd, utf8, true);

void Fallback(benchmark::State& state, bool utf8) {
  const simdjson::padded_string text(Listing(utf8));
  const Parser parser = FallbackParser(text.size());
  for (auto _ : state) benchmark::DoNotOptimize(Fallback(parser, text));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(Fallback, ascii, false);
BENCHMARK_CAPTURE(Fallback, utf8, true);

}  // namespace
}  // namespace sluice::json

#endif

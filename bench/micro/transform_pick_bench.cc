// The storefront's pick on the very documents that the Wasm benchmarks get. bench/micro/native.mjs
// writes them to BENCH_DATA_DIR and sets the names beside each other, so they are the same here.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "sluice/base/bytes.h"
#include "sluice/base/limits.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

constexpr std::string_view kSteps = R"([{"pick": [
    "$.orders[*].id", "$.orders[*].status", "$.orders[*].placedAt", "$.orders[*].currency",
    "$.orders[*].total", "$.orders[*].customer.name"]}])";

Program CompilePick() {
  json::Document document;
  json::CompileContext context;
  if (!document.Parse(kSteps).ok()) std::abort();
  absl::StatusOr<Program> program = Compile(document.root(), context);
  if (!program.ok()) std::abort();
  return *std::move(program);
}

void Pick(benchmark::State& state, const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (text.empty()) {
    state.SkipWithError("BENCH_DATA_DIR has no such document; npm run bench writes them");
    return;
  }
  const Program program = CompilePick();
  Scratch scratch;
  OutputBuffer out(TransformBudget().max_output_bytes);
  for (auto _ : state) {
    out.Clear();
    if (!Apply(program, text, JsonBudget(), scratch, out).ok()) std::abort();
    benchmark::DoNotOptimize(out.text().data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

[[maybe_unused]] const bool registered = [] {
  const char* folder = std::getenv("BENCH_DATA_DIR");
  if (folder == nullptr) return false;
  for (const int size : {200, 2048, 20480, 204800}) {
    for (const std::string_view kind : {"ascii", "utf8"}) {
      const std::string file = absl::StrCat(folder, "/pick-", size, "-", kind, ".json");
      benchmark::RegisterBenchmark(absl::StrCat("pick/", size, "/", kind).c_str(),
                                   [file](benchmark::State& state) { Pick(state, file); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace sluice::transform

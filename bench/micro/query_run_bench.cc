// A filter and a reshape of order listings, the same documents that the Wasm benchmarks get
// (bench/micro/native.mjs writes them to BENCH_DATA_DIR). Indexing the document is part of it.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jsonpath.h"

namespace sluice::query {
namespace {

constexpr std::string_view kFilter = "$.orders[?@.total > 50000 && @.status == 'paid'].id";
constexpr std::string_view kDescend = "$..sku";
constexpr std::string_view kReshape =
    "orders[?total > `50000`].{id: id, status: status, city: shipping.address.city, "
    "skus: items[].sku, customer: {name: customer.name, mail: customer.email}}";

std::string ReadFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void Index(benchmark::State& state, const std::string& text) {
  json::Document document;
  for (auto _ : state) {
    if (!document.Parse(text).ok()) std::abort();
    benchmark::DoNotOptimize(document.nodes().data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

// `indexed`: the document is at hand already.
void RunJsonPath(benchmark::State& state, std::string_view query, const std::string& text,
                 bool indexed) {
  const absl::StatusOr<JsonPath> path = JsonPath::Compile(query);
  json::Document document;
  JsonPathScratch scratch;
  std::vector<uint32_t> nodes;
  if (!path.ok() || !document.Parse(text).ok()) std::abort();
  for (auto _ : state) {
    if (!indexed && !document.Parse(text).ok()) std::abort();
    if (!path->Run(document, scratch, nodes).ok()) std::abort();
    benchmark::DoNotOptimize(nodes.data());
  }
  state.counters["results"] = static_cast<double>(nodes.size());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void RunJmesPath(benchmark::State& state, std::string_view expression, const std::string& text,
                 bool indexed) {
  const absl::StatusOr<JmesPath> path = JmesPath::Compile(expression);
  json::Document document;
  JmesScratch scratch;
  OutputBuffer out(16u << 20);
  if (!path.ok() || !document.Parse(text).ok()) std::abort();
  for (auto _ : state) {
    if (!indexed && !document.Parse(text).ok()) std::abort();
    out.Clear();
    if (!path->Run(document, scratch, out).ok()) std::abort();
    benchmark::DoNotOptimize(out.text().data());
  }
  state.counters["output"] = static_cast<double>(out.size());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

[[maybe_unused]] const bool registered = [] {
  const char* folder = std::getenv("BENCH_DATA_DIR");
  if (folder == nullptr) return false;
  for (const int size : {200, 2048, 20480, 204800}) {
    const std::string text = ReadFile(absl::StrCat(folder, "/pick-", size, "-ascii.json"));
    if (text.empty()) continue;
    const auto add = [&](std::string_view name, auto run) {
      benchmark::RegisterBenchmark(absl::StrCat("query/", name, "/", size).c_str(), run);
    };
    add("index", [text](benchmark::State& state) { Index(state, text); });
    for (const bool indexed : {false, true}) {
      const std::string suffix = indexed ? "-indexed" : "";
      add("filter" + suffix, [=](benchmark::State& s) { RunJsonPath(s, kFilter, text, indexed); });
      add("descend" + suffix,
          [=](benchmark::State& s) { RunJsonPath(s, kDescend, text, indexed); });
      add("reshape" + suffix,
          [=](benchmark::State& s) { RunJmesPath(s, kReshape, text, indexed); });
    }
  }
  return true;
}();

void Compile(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(JsonPath::Compile(kFilter));
}
BENCHMARK(Compile)->Name("query/compile-filter");

}  // namespace
}  // namespace sluice::query

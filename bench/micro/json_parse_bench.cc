// Document::Parse on generated order listings of four shapes, and what a caller does next.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::json {
namespace {

enum class Shape { kCompact, kUtf8, kPretty, kEscapes };

constexpr std::string_view kCities[] = {"Lisbon", "Hamburg", "Oslo", "Valencia"};
constexpr std::string_view kUtf8Cities[] = {"Lisboa", "Köln", "Ålesund", "東京都"};
constexpr std::string_view kStatuses[] = {"open", "paid", "shipped", "returned"};

void AppendOrder(uint32_t number, Shape shape, std::string* text) {
  const std::string_view city =
      shape == Shape::kUtf8 ? kUtf8Cities[number % 4] : kCities[number % 4];
  const std::string_view note = shape == Shape::kEscapes
                                    ? R"(ring twice,\nthen leave it \"at the back\"\t(no. 4))"
                                    : "ring twice, then leave it at the back (no. 4)";
  absl::StrAppend(text, R"({"id":)", 9007199254740993u + number, R"(,"status":")",
                  kStatuses[number % 4],
                  R"(","placedAt":"2026-11-21T03:29:00Z","currency":"EUR",)");
  absl::StrAppend(text, R"("total":)", number % 900, ".", 10 + number % 90, R"(,"customer":{"id":)",
                  number * 7919, R"(,"name":"Ada Example","city":")", city, R"("},"items":[)");
  for (uint32_t item = 0; item < 3; ++item) {
    absl::StrAppend(text, item == 0 ? "" : ",", R"({"sku":"SKU-)", number * 31 + item,
                    R"(","quantity":)", item + 1, R"(,"price":)", 5 + item, R"(.5,"gift":false})");
  }
  absl::StrAppend(text, R"(],"note":")", note, R"(","discount":null})");
}

// Two spaces a level, as most serializers do it.
std::string Pretty(std::string_view compact) {
  std::string text;
  size_t depth = 0;
  bool in_string = false;
  const auto line = [&] { absl::StrAppend(&text, "\n", std::string(2 * depth, ' ')); };
  for (const char c : compact) {
    if (c == '"') in_string = !in_string;
    const bool closes = !in_string && (c == '}' || c == ']');
    if (closes) {
      --depth;
      line();
    }
    text.push_back(c);
    if (in_string) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '{' || c == '[' || c == ',') line();
    if (c == ':') text.push_back(' ');
  }
  return text;
}

std::string Listing(size_t bytes, Shape shape) {
  std::string text = R"({"orders":[)";
  for (uint32_t number = 0; text.size() < bytes; ++number) {
    if (number > 0) text.push_back(',');
    AppendOrder(number, shape, &text);
  }
  text += R"(],"page":{"next":null,"size":50}})";
  return shape == Shape::kPretty ? Pretty(text) : text;
}

void Parse(benchmark::State& state, Shape shape) {
  const std::string text = Listing(static_cast<size_t>(state.range(0)), shape);
  Document document;
  for (auto _ : state) {
    if (!document.Parse(text).ok()) std::abort();
    benchmark::DoNotOptimize(document.nodes().data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.counters["bytes"] = static_cast<double>(text.size());
  state.counters["nodes"] = static_cast<double>(document.nodes().size());
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(2'000)->Arg(20'000)->Arg(200'000);
}
BENCHMARK_CAPTURE(Parse, compact, Shape::kCompact)->Apply(Sizes);
BENCHMARK_CAPTURE(Parse, utf8, Shape::kUtf8)->Apply(Sizes);
BENCHMARK_CAPTURE(Parse, pretty, Shape::kPretty)->Apply(Sizes);
BENCHMARK_CAPTURE(Parse, escapes, Shape::kEscapes)->Apply(Sizes);

// Looking one member up by name in each order, and reading a number there.
void SumTotals(benchmark::State& state) {
  const std::string text = Listing(static_cast<size_t>(state.range(0)), Shape::kCompact);
  Document document;
  if (!document.Parse(text).ok()) std::abort();
  int64_t orders = 0;
  for (auto _ : state) {
    double sum = 0;
    orders = 0;
    for (const Value order : Elements(document.root().Find("orders"))) {
      sum += ToDouble(order.Find("total"));
      ++orders;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * orders);
}
BENCHMARK(SumTotals)->Arg(20'000);

}  // namespace
}  // namespace sluice::json

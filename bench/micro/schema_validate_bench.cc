// The schemas of bench/schema: compiling them, and validating their documents, which are the ones
// that the Wasm benchmarks get (bench/micro/native.mjs writes them to BENCH_DATA_DIR/schemas).
// Schemas with resources aren't there.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "benchmark/benchmark.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

std::string ReadFile(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::optional<Program> TryCompile(const std::string& text) {
  json::Document document;
  if (!document.Parse(text).ok()) return std::nullopt;
  json::CompileContext context;
  Options options;
  options.dialect = Dialect::kDraft7;
  options.assert_format = true;
  absl::StatusOr<Program> program = Compile(document.root(), options, context);
  if (!program.ok()) return std::nullopt;
  return *std::move(program);
}

void CompileSchema(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    if (!TryCompile(text).has_value()) return state.SkipWithError("it doesn't compile");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

// `indexed`: the document is at hand already.
void Validate(benchmark::State& state, const std::string& schema, const std::string& text,
              bool indexed) {
  const std::optional<Program> program = TryCompile(schema);
  if (!program.has_value()) return state.SkipWithError("the schema doesn't compile");
  json::Document document;
  Scratch scratch;
  if (!document.Parse(text).ok()) std::abort();
  for (auto _ : state) {
    if (!indexed && !document.Parse(text).ok()) std::abort();
    const absl::StatusOr<bool> valid = IsValid(*program, document.root(), Budget{}, scratch);
    if (!valid.ok() || !*valid) return state.SkipWithError("the document isn't valid");
  }
  state.counters["values"] = static_cast<double>(document.nodes().size());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

[[maybe_unused]] const bool registered = [] {
  const char* folder = std::getenv("BENCH_DATA_DIR");
  if (folder == nullptr) return false;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(folder) / "schemas", error)) {
    std::string name = entry.path().filename().string();
    if (!absl::EndsWith(name, ".schema.json")) continue;
    name = std::string(absl::StripSuffix(name, ".schema.json"));
    const std::string schema = ReadFile(entry.path());
    const std::string document = ReadFile(entry.path().parent_path() / (name + ".json"));
    const auto add = [&](std::string_view what, auto run) {
      benchmark::RegisterBenchmark(absl::StrCat("schema/", what, "/", name).c_str(), run);
    };
    add("compile", [=](benchmark::State& state) { CompileSchema(state, schema); });
    for (const bool indexed : {false, true}) {
      add(indexed ? "validate-indexed" : "validate",
          [=](benchmark::State& state) { Validate(state, schema, document, indexed); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace sluice::schema

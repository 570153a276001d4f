// The jobs of bench/json natively, through the very functions that JavaScript calls: bytes to
// bytes, the copies in and out included. bench/micro/native.mjs writes jobs and documents to
// BENCH_DATA_DIR and sets the names beside each other, so they are the same here.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "sluice/abi/sluice.h"

namespace sluice::abi {
namespace {

std::string ReadFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Input {
  const uint8_t* data;
  uint32_t length;
};
Input Write(std::string_view text) {
  const auto length = static_cast<uint32_t>(text.size());
  uint8_t* memory = sluice_input(length);
  if (memory == nullptr) std::abort();
  std::memcpy(memory, text.data(), length);
  return {memory, length};
}

void EnterSeed() {
  static const bool entered = [] {
    const Input seed = Write("0123456789abcdef");
    return sluice_init(seed.data, seed.length) == SLUICE_OK;
  }();
  if (!entered) std::abort();
}

// A compiled job: what stands in its file says of what kind it is.
class Job {
 public:
  explicit Job(std::string_view text) : is_transform_(absl::StartsWith(text, "[")) {
    EnterSeed();
    const Input input = Write(text);
    const uint32_t language = absl::StartsWith(text, "$") ? SLUICE_QUERY_LANGUAGE_JSONPATH
                                                          : SLUICE_QUERY_LANGUAGE_JMESPATH;
    const uint32_t status = is_transform_
                                ? sluice_transform_compile(input.data, input.length)
                                : sluice_query_compile(language, input.data, input.length);
    if (status != SLUICE_OK) std::abort();
    handle_ = sluice_result_address()->handle;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { sluice_dispose(handle_); }

  std::string Run(std::string_view document) const {
    const Input input = Write(document);
    const uint32_t status =
        is_transform_ ? sluice_transform_apply(handle_, input.data, input.length, nullptr, 0)
                      : sluice_query_run(handle_, input.data, input.length);
    if (status != SLUICE_OK) std::abort();
    const sluice_borrowed& bytes = sluice_result_address()->bytes;
    return {reinterpret_cast<const char*>(bytes.data), bytes.length};
  }

 private:
  bool is_transform_;
  uint32_t handle_ = 0;
};

void RunJob(benchmark::State& state, const std::string& job_file, const std::string& file) {
  const std::string text = ReadFile(job_file);
  const std::string document = ReadFile(file);
  if (text.empty() || document.empty()) {
    state.SkipWithError("BENCH_DATA_DIR lacks the job or the document; npm run bench writes them");
    return;
  }
  const Job job(text);
  for (auto _ : state) benchmark::DoNotOptimize(job.Run(document));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(document.size()));
}

[[maybe_unused]] const bool registered = [] {
  const char* folder = std::getenv("BENCH_DATA_DIR");
  if (folder == nullptr) return false;
  for (const std::string_view job : {"pick", "redact", "merge", "patch", "filter", "reshape"}) {
    const std::string job_file = absl::StrCat(folder, "/job-", job);
    for (const int size : {200, 2048, 20480, 204800, 2097152}) {
      for (const std::string_view kind : {"ascii", "utf8"}) {
        const std::string file = absl::StrCat(folder, "/pick-", size, "-", kind, ".json");
        benchmark::RegisterBenchmark(
            absl::StrCat(job, "/", size, "/", kind).c_str(),
            [job_file, file](benchmark::State& state) { RunJob(state, job_file, file); });
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace sluice::abi

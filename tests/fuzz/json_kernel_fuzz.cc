// Our SIMD kernel and index against simdjson's portable kernel: on JSON neither finds a fault, and
// the positions are the same. On other texts kernels may differ, for a quote stuck to a scalar and
// a backslash outside strings mean nothing; what is refused there, and where, json_document_fuzz
// compares.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "../support/exact_buffer.h"
#include "../support/json_kernel.h"
#include "sluice/json/document.h"

namespace {

void Check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace json = sluice::json;
  namespace test_support = sluice::test_support;
  if (size == 0) return 0;
  const test_support::ExactBuffer exact({reinterpret_cast<const char*>(data), size});
  const std::string_view text = exact.text();
  static json::Document document;
  if (!document.Parse(text).ok()) return 0;
  const test_support::KernelResult simd = test_support::IndexBySimd(text);
  const test_support::KernelResult fallback = test_support::IndexByFallback(text);
  Check(!simd.fault && !fallback.fault, "a fault in what is JSON");
  Check(simd.positions == fallback.positions, "the kernels' positions differ");
  return 0;
}

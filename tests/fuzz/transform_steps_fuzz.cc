// All steps of transforms: the bytes choose steps, document and inputs; the engine must come to
// what the slow reference comes to (tests/support/transform_differential.h says how far).
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/transform_cases.h"
#include "../support/transform_differential.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string wrong =
      sluice::reference::Disagreement(sluice::reference::MakeTransformCase(bytes));
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}

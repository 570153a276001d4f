// The vector instructions of WebAssembly, by their names in <wasm_simd128.h>. Natively they come
// through SIMDe, so that sanitizers and fuzzers see the code that ships.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/base/attributes.h"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/wasm/simd128.h>
#endif

namespace sluice {

// `size` bytes, 1 to 15, as a vector with zeros behind them. Reads no other bytes.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline v128_t LoadShort(const void* from, size_t size) {
  const auto* const bytes = static_cast<const uint8_t*>(from);
  const auto load = [&]<typename Word>(Word word, size_t at) {
    std::memcpy(&word, bytes + at, sizeof(word));
    return uint64_t{word};
  };
  uint64_t low;
  uint64_t high = 0;
  if (size >= 8) {
    low = load(uint64_t{}, 0);
    // In two steps, since it may be all of them.
    high = load(uint64_t{}, size - 8) >> (8 * (15 - size)) >> 8;
  } else if (size >= 4) {
    low = load(uint32_t{}, 0) | load(uint32_t{}, size - 4) << (8 * (size - 4));
  } else {
    low = bytes[0] | uint64_t{bytes[size / 2]} << (8 * (size / 2)) |
          uint64_t{bytes[size - 1]} << (8 * (size - 1));
  }
  return wasm_i64x2_make(static_cast<int64_t>(low), static_cast<int64_t>(high));
}

}  // namespace sluice

// What limiter frames are written with beside words.
#pragma once

#include <cstdint>

#include "absl/base/casts.h"
#include "sluice/base/bytes.h"

namespace sluice::limit {

inline void AppendLong(uint64_t value, OutputBuffer& out) {
  out.AppendWord(static_cast<uint32_t>(value));
  out.AppendWord(static_cast<uint32_t>(value >> 32));
}

inline void AppendDouble(double value, OutputBuffer& out) {
  AppendLong(absl::bit_cast<uint64_t>(value), out);
}

inline double LoadDouble(const uint8_t* bytes) { return absl::bit_cast<double>(LoadLong(bytes)); }

}  // namespace sluice::limit

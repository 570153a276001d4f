// Texts by number, some of them absent, as JavaScript hands them in: the frame behind a request's
// facts and a transform's inputs (wasm/abi/sluice.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice {

// A view of little-endian words: version, length in bytes, number of slots, then (offset, length)
// of each, and the texts behind them. Borrows its bytes.
class SlotFrame {
 public:
  static constexpr uint32_t kAbsent = 0xFFFFFFFF;  // a slot's offset where there is no text

  // Nothing unless version, length and every slot are those of a frame. O(slots).
  static std::optional<SlotFrame> Parse(ByteSpan frame, uint32_t version);

  uint32_t size() const { return slots_; }
  // Nothing where it is absent or there is no such slot; an empty text is one.
  std::optional<std::string_view> Get(uint32_t slot) const;

 private:
  SlotFrame(ByteSpan frame, uint32_t slots) : frame_(frame), slots_(slots) {}

  ByteSpan frame_;
  uint32_t slots_;
};

}  // namespace sluice

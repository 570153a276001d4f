#include "sluice/base/slot_frame.h"

#include <cstddef>

namespace sluice {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kSlotBytes = 8;

}  // namespace

std::optional<SlotFrame> SlotFrame::Parse(ByteSpan frame, uint32_t version) {
  if (frame.size() < kHeaderBytes || LoadWord(frame.data()) != version ||
      LoadWord(frame.data() + 4) != frame.size()) {
    return std::nullopt;
  }
  const uint32_t slots = LoadWord(frame.data() + 8);
  if (slots > (frame.size() - kHeaderBytes) / kSlotBytes) return std::nullopt;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const uint8_t* pair = frame.data() + kHeaderBytes + slot * kSlotBytes;
    const size_t offset = LoadWord(pair);
    if (offset == kAbsent) continue;
    if (offset > frame.size() || LoadWord(pair + 4) > frame.size() - offset) return std::nullopt;
  }
  return SlotFrame(frame, slots);
}

std::optional<std::string_view> SlotFrame::Get(uint32_t slot) const {
  if (slot >= slots_) return std::nullopt;
  const uint8_t* pair = frame_.data() + kHeaderBytes + slot * kSlotBytes;
  const uint32_t offset = LoadWord(pair);
  if (offset == kAbsent) return std::nullopt;
  return AsText(frame_).substr(offset, LoadWord(pair + 4));
}

}  // namespace sluice

#include "sluice/base/interner.h"

namespace sluice {

uint32_t StringInterner::Intern(std::string_view text) {
  if (strings_.size() * 4 >= slots_.size() * 3) Rehash(slots_.empty() ? 16 : slots_.size() * 2);
  const size_t slot = SlotOf(text);
  if (slots_[slot] != kNone) return slots_[slot];
  const uint32_t number = static_cast<uint32_t>(strings_.size());
  strings_.push_back({static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(text.size())});
  pool_.append(text);
  slots_[slot] = number;
  return number;
}

uint32_t StringInterner::Find(std::string_view text) const {
  return slots_.empty() ? kNone : slots_[SlotOf(text)];
}

size_t StringInterner::SlotOf(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = static_cast<size_t>(SipHash13(key_, text)) & mask;
  while (slots_[slot] != kNone && this->text(slots_[slot]) != text) slot = (slot + 1) & mask;
  return slot;
}

void StringInterner::Rehash(size_t slot_count) {
  slots_.assign(slot_count, kNone);
  for (uint32_t number = 0; number < strings_.size(); ++number)
    slots_[SlotOf(text(number))] = number;
}

}  // namespace sluice

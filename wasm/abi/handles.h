// Handles: what JavaScript holds instead of pointers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::abi {

// Owns values of the types Ts... under numbers. A handle is an index (low 16 bits, from 1) and a
// generation (high 16 bits) that changes when the value is disposed of, so a handle never stands
// for a value that it wasn't given out for; a slot whose generations are used up is retired. All
// O(1).
template <typename... Ts>
class HandleTable {
 public:
  static constexpr uint32_t kMaxSlots = 0xFFFF;

  // The new handle, never 0; or 0 if there is no slot left.
  template <typename T>
  uint32_t Add(T value) {
    uint32_t index = free_;
    if (index != kNone) {
      free_ = slots_[index].next_free;
    } else {
      if (slots_.size() == kMaxSlots) return 0;
      index = static_cast<uint32_t>(slots_.size());
      slots_.emplace_back();
    }
    slots_[index].value = std::move(value);
    return slots_[index].generation << 16 | (index + 1);
  }

  // True if the handle stands for a value, of whatever type.
  bool Contains(uint32_t handle) const { return Find(handle) != nullptr; }

  // Null if it stands for nothing, or for a value of another type.
  template <typename T>
  T* Get(uint32_t handle) {
    Slot* slot = Find(handle);
    return slot == nullptr ? nullptr : std::get_if<T>(&slot->value);
  }

  // False if the handle stands for nothing.
  bool Dispose(uint32_t handle) {
    Slot* slot = Find(handle);
    if (slot == nullptr) return false;
    slot->value = std::monostate();
    if (++slot->generation <= kMaxGeneration) {
      slot->next_free = free_;
      free_ = (handle & 0xFFFF) - 1;
    }
    return true;
  }

 private:
  static constexpr uint32_t kNone = 0xFFFFFFFF;
  static constexpr uint32_t kMaxGeneration = 0xFFFF;

  struct Slot {
    std::variant<std::monostate, Ts...> value;
    uint32_t generation = 0;
    uint32_t next_free = kNone;
  };

  const Slot* Find(uint32_t handle) const {
    const uint32_t index = (handle & 0xFFFF) - 1;  // 0 wraps to no index
    if (index >= slots_.size()) return nullptr;
    const Slot& slot = slots_[index];
    const bool live =
        slot.generation == handle >> 16 && !std::holds_alternative<std::monostate>(slot.value);
    return live ? &slot : nullptr;
  }
  Slot* Find(uint32_t handle) { return const_cast<Slot*>(std::as_const(*this).Find(handle)); }

  std::vector<Slot> slots_;
  uint32_t free_ = kNone;
};

}  // namespace sluice::abi

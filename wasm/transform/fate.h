// What becomes of a value. Inside this room only.
#pragma once

#include <cstdint>

namespace sluice::transform {

constexpr uint32_t kNone = 0xFFFFFFFF;

// What becomes of a value: one of these, kReplace | a redaction's number, or the number of the
// state to go into it with.
using Action = uint32_t;
constexpr Action kCopy = 0xFFFFFFFF;
constexpr Action kDrop = 0xFFFFFFFE;
constexpr Action kReplace = 0x80000000;

constexpr bool IsReplace(Action action) { return (action & kReplace) != 0 && action < kDrop; }
constexpr bool IsState(Action action) { return (action & kReplace) == 0; }

// What becomes of a member or element, after all steps of the pass.
struct Fate {
  Action scalar;
  Action container;
  uint32_t name;   // of a member: its new name, a number in `names`; or kNone
  uint32_t roles;  // of a member: its first in `roles`; or kNone

  friend bool operator==(const Fate&, const Fate&) = default;
};
static_assert(sizeof(Fate) == 16);

}  // namespace sluice::transform

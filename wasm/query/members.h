// Members by name, as fast as a walk over the tape goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "sluice/json/document.h"

namespace sluice::query {

// Most names are short and differ in length or in their ends: no call to memcmp for those.
inline bool SameBytes(const char* a, const char* b, size_t size) {
  const auto same_ends = [&](auto head, auto tail) {
    auto other_head = head;
    auto other_tail = tail;
    std::memcpy(&head, a, sizeof(head));
    std::memcpy(&other_head, b, sizeof(head));
    std::memcpy(&tail, a + size - sizeof(tail), sizeof(tail));
    std::memcpy(&other_tail, b + size - sizeof(tail), sizeof(tail));
    return ((head ^ other_head) | (tail ^ other_tail)) == 0;
  };
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) return same_ends(uint64_t{0}, uint64_t{0});
  if (size >= 4) return same_ends(uint32_t{0}, uint32_t{0});
  for (size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

// Calls `found(index of the value)` for each member named `name` of the object at `object`, until
// it returns false. False if it did.
template <typename Found>
inline bool ForEachNamed(const json::Document& document, uint32_t object, std::string_view name,
                         Found found) {
  const json::Node* const nodes = document.nodes().data();
  const char* const text = document.text().data() + 1;  // past a key's quote
  const uint32_t after = nodes[object].next;
  for (uint32_t key = object + 1; key < after;) {
    const json::Node& node = nodes[key];
    const uint32_t value = key + 1;
    key = nodes[value].next;
    const bool same = node.has_escapes()
                          ? json::Value(&document, value - 1).StringEquals(name)
                          : node.end - node.begin - 2 == name.size() &&
                                SameBytes(text + node.begin, name.data(), name.size());
    if (same && !found(value)) return false;
  }
  return true;
}

}  // namespace sluice::query

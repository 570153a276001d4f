#include "sluice/transform/lookup.h"

#include <cstring>
#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {

const Fate* MemberLookup::Search(const PassTables& tables, const json::Document& document,
                                 const NameTable& names, const json::Node& name) {
  char buffer[kMaxNameBytes];
  const auto number = static_cast<uint32_t>(&name - document.nodes().data());
  const std::optional<std::string_view> decoded =
      json::Value(&document, number).string(absl::MakeSpan(buffer));
  // Longer than any name in a path, or not as long as one of these.
  if (!decoded || !names.MayHaveLength(static_cast<uint32_t>(decoded->size()))) return nullptr;
  const NameKey key = NameKey::Of(*decoded);
  const NameSlot* const home = tables.name_slots.data() + names.first_slot + names.HomeOf(key);
  for (const NameSlot& slot : absl::MakeSpan(home, names.probes)) {
    if (slot.key == key && slot.length == decoded->size() &&
        tables.text.substr(slot.offset, slot.length) == *decoded) {
      return &slot.fate;
    }
  }
  return nullptr;
}

NameKey NameKey::Of(std::string_view name) {
  const auto length = static_cast<uint32_t>(name.size());
  if (length <= kShort) {
    char padded[8] = {};
    std::memcpy(padded, name.data(), length);
    padded[length] = '"';
    return OfShort(padded, length);
  }
  NameKey key = OfLong(&name[0], length);
  for (uint32_t at = 8; at + 8 < length && length > kWhole; at += 8) {
    uint64_t word;
    std::memcpy(&word, name.data() + at, sizeof(word));
    key.tail = (key.tail ^ word) * 0x9E3779B97F4A7C15u;
    key.tail ^= key.tail >> 32;
  }
  return key;
}

}  // namespace sluice::transform

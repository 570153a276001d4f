#include "sluice/transform/lookup.h"

#include <cstring>
#include <optional>

#include "absl/types/span.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {

const Fate& MemberLookup::FindEscaped(const json::Node& name) const {
  char buffer[kMaxNameBytes];
  const auto number = static_cast<uint32_t>(&name - document_.nodes().data());
  const std::optional<std::string_view> decoded =
      json::Value(&document_, number).string(absl::MakeSpan(buffer));
  // Longer than any name in a path, or not as long as one of these.
  if (!decoded || !names_.MayHaveLength(static_cast<uint32_t>(decoded->size()))) return other_;
  const NameKey key = NameKey::Of(*decoded);
  return FindFrom(slots_[names_.HomeOf(key)], key, *decoded);
}

const Fate& MemberLookup::FindFrom(const NameSlot& home, const NameKey& key,
                                   std::string_view name) const {
  for (const NameSlot& slot : absl::MakeSpan(&home, names_.probes)) {
    if (slot.key == key && slot.length == name.size() &&
        tables_.text.substr(slot.offset, slot.length) == name) {
      return slot.fate;
    }
  }
  return other_;
}

NameKey NameKey::Of(std::string_view name) {
  const auto length = static_cast<uint32_t>(name.size());
  if (length > kShort) return OfLong(name.data(), length);
  char padded[8] = {};
  std::memcpy(padded, name.data(), length);
  padded[length] = '"';
  return OfShort(padded, length);
}

}  // namespace sluice::transform

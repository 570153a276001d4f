#include "sluice/base/issues.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sluice {
namespace {

constexpr size_t kMaxNameLength = 64;
constexpr size_t kMaxComparedBytes = size_t{1} << 20;  // of the names compared in one search

// Distances of other names from one of 1 to kMaxNameLength bytes: a column of the dynamic program's
// matrix is two words of bits, the differences between its rows. Hyyrö, "A Bit-Vector Algorithm for
// Computing Levenshtein and Damerau Edit Distances", 2003.
class Distances {
 public:
  explicit Distances(std::string_view name) : length_(name.size()) {
    for (size_t i = 0; i < length_; ++i) places_[Byte(name[i])] |= uint64_t{1} << i;
  }

  // O(bytes of the other one).
  size_t To(std::string_view other) const {
    const uint64_t last = uint64_t{1} << (length_ - 1);
    uint64_t up = ~uint64_t{0};  // rows one more than the one before, and one less
    uint64_t down = 0;
    uint64_t diagonal = 0;  // rows no more than the one before in the column before
    uint64_t places_before = 0;
    size_t distance = length_;
    for (const char c : other) {
      const uint64_t places = places_[Byte(c)];
      const uint64_t swapped = ((~diagonal & places) << 1) & places_before;
      diagonal = (((places & up) + up) ^ up) | places | down | swapped;
      uint64_t right_up = down | ~(diagonal | up);
      uint64_t right_down = diagonal & up;
      distance += (right_up & last) != 0 ? 1 : 0;
      distance -= (right_down & last) != 0 ? 1 : 0;
      right_up = right_up << 1 | 1;
      right_down <<= 1;
      up = right_down | ~(diagonal | right_up);
      down = right_up & diagonal;
      places_before = places;
    }
    return distance;
  }

 private:
  static uint8_t Byte(char c) { return static_cast<uint8_t>(c); }

  const size_t length_;
  std::array<uint64_t, 256> places_{};  // of each byte in the name, as bits
};

}  // namespace

void Issues::Add(std::string_view code, std::string pointer, size_t byte_offset,
                 std::string message) {
  ++total_;
  if (full()) return;
  text_bytes_ += pointer.size() + message.size();
  list_.push_back({code, std::move(pointer), byte_offset, std::move(message)});
}

std::string Quoted(std::string_view text) {
  constexpr size_t kMaxBytes = 64;
  if (text.size() <= kMaxBytes) return absl::StrCat("\"", text, "\"");
  size_t end = kMaxBytes;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat("\"", text.substr(0, end), "…\"");
}

std::string_view NearestName(std::string_view name, absl::Span<const std::string_view> known) {
  size_t bytes_left = kMaxComparedBytes;
  return NearestName(name, known, bytes_left);
}

std::string_view NearestName(std::string_view name, absl::Span<const std::string_view> known,
                             size_t& bytes_left) {
  if (name.empty() || name.size() > kMaxNameLength) return "";
  const Distances distances(name);
  std::string_view nearest;
  size_t nearest_distance = kMaxNameLength;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kMaxNameLength) continue;
    const size_t shorter = std::min(name.size(), candidate.size());
    const size_t longer = std::max(name.size(), candidate.size());
    const size_t near_distance = longer / 3;
    if (longer - shorter > near_distance) continue;
    if (candidate.size() > bytes_left) {
      bytes_left = 0;
      break;
    }
    bytes_left -= candidate.size();
    const size_t distance = distances.To(candidate);
    if (distance <= near_distance && distance < nearest_distance) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  return nearest;
}

std::string DidYouMean(std::string_view name, absl::Span<const std::string_view> known) {
  const std::string_view nearest = NearestName(name, known);
  return nearest.empty() ? "" : absl::StrCat(" (did you mean ", Quoted(nearest), "?)");
}

}  // namespace sluice

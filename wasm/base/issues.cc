#include "sluice/base/issues.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sluice {
namespace {

constexpr size_t kMaxNameLength = 64;
constexpr size_t kMaxComparedBytes = size_t{1} << 20;  // pairs of them, in one search

// One row of the dynamic program a byte of `a`; a swap looks back two rows.
size_t Distance(std::string_view a, std::string_view b) {
  using Row = std::array<size_t, kMaxNameLength + 1>;
  Row before_last{};
  Row last;
  Row current{};
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = current;
  }
  return last[b.size()];
}

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
  if (name.size() > kMaxNameLength) return "";
  std::string_view nearest;
  size_t nearest_distance = kMaxNameLength;
  size_t compared_bytes = 0;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kMaxNameLength) continue;
    const size_t shorter = std::min(name.size(), candidate.size());
    const size_t longer = std::max(name.size(), candidate.size());
    const size_t near_distance = longer / 3;
    if (longer - shorter > near_distance) continue;
    compared_bytes += shorter * longer;
    if (compared_bytes > kMaxComparedBytes) break;
    const size_t distance = Distance(name, candidate);
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

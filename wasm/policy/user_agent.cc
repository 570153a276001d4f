#include "sluice/policy/user_agent.h"

#include "absl/strings/match.h"

namespace sluice::policy {

void PartFilter::Add(std::string_view part) {
  seconds_[Low(part[0])] |= uint32_t{1} << Low(part[1]);
  // After a part of two bytes comes whatever does.
  thirds_[Low(part[1])] |= part.size() > 2 ? uint32_t{1} << Low(part[2]) : ~uint32_t{0};
}

bool ContainsPart(std::string_view text, absl::Span<const StringRef> parts, std::string_view pool,
                  const PartFilter& filter) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (!filter.MayBegin(text, i)) continue;
    for (const StringRef part : parts) {
      if (absl::StartsWithIgnoreCase(text.substr(i), part.In(pool))) return true;
    }
  }
  return false;
}

std::string_view DeviceOf(std::string_view user_agent) {
  return absl::StrContains(user_agent, "Mobi") ? "mobile" : "desktop";
}

}  // namespace sluice::policy

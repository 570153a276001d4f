#include "sluice/policy/user_agent.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace sluice::policy {

bool ContainsPart(std::string_view text, absl::Span<const StringRef> parts, std::string_view pool,
                  const PairFilter& filter) {
  const auto lower = [](char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); };
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (!filter.MayBegin(lower(text[i]), lower(text[i + 1]))) continue;
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

// Any text as a sticky cookie, then what a request does with it.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../support/check.h"
#include "../support/choices.h"
#include "sluice/base/bytes.h"
#include "sluice/experiment/sticky_cookie.h"

namespace {

using sluice::OutputBuffer;
using sluice::experiment::StickyCookie;

constexpr size_t kNoLimit = 1 << 20;

std::string TextOf(StickyCookie& cookie) {
  OutputBuffer out(kNoLimit);
  cookie.Append(out);
  return std::string(out.text());
}

// A text that is read is written and read again as it is; twice the same.
void CheckText(std::string_view text) {
  StickyCookie cookie;
  CHECK(cookie.Read(text) == !cookie.empty());
  CHECK(!cookie.changed());
  if (cookie.empty()) return;
  StickyCookie again;
  const std::string written = TextOf(cookie);
  CHECK(again.Read(written));
  CHECK(TextOf(again) == written);
}

// Beside a map.
void CheckUse(std::string_view bytes) {
  sluice::test_support::Choices choices(bytes);
  StickyCookie cookie;
  std::map<std::pair<uint64_t, uint32_t>, uint16_t> expected;
  std::vector<uint32_t> live;
  for (uint32_t i = choices.Below(8); i > 0; --i) live.push_back(choices.Below(16));
  std::sort(live.begin(), live.end());
  while (!choices.rest().empty()) {
    const uint64_t group = choices.Below(4);
    const uint32_t bucket = choices.Below(16);
    if (choices.OneIn(8)) {
      StickyCookie reread;
      CHECK(reread.Read(TextOf(cookie)) == !expected.empty());
      std::swap(cookie, reread);
    }
    const auto found = expected.find({group, bucket});
    CHECK(cookie.Find(group, bucket) ==
          (found == expected.end() ? std::nullopt : std::optional(found->second)));
    const auto variation = static_cast<uint16_t>(choices.Below(4));
    cookie.Put(group, bucket, variation);
    expected[{group, bucket}] = variation;
  }
  const size_t budget = bytes.size() * 3;
  const bool fits = TextOf(cookie).size() <= budget;
  const size_t lost = cookie.Fit(budget, live);
  CHECK(TextOf(cookie).size() <= budget);
  size_t missing = 0;
  size_t missing_live = 0;
  for (const auto& [key, variation] : expected) {
    const auto kept = cookie.Find(key.first, key.second);
    CHECK(!kept.has_value() || kept == variation);
    missing += kept.has_value() ? 0 : 1;
    missing_live +=
        !kept.has_value() && std::binary_search(live.begin(), live.end(), key.second) ? 1 : 0;
  }
  CHECK(lost == missing_live);
  CHECK(fits == (missing == 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = sluice::AsText({data, size});
  CheckText(text);
  CheckUse(text.substr(0, 512));
  return 0;
}

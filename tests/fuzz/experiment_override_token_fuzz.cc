// Any text as what an override token has behind its signature, and as a token.
#include <cstdint>
#include <string>
#include <string_view>

#include "../support/check.h"
#include "sluice/base/base64url.h"
#include "sluice/base/bytes.h"
#include "sluice/base/signed_text.h"
#include "sluice/experiment/override_token.h"

namespace {

using sluice::OutputBuffer;
using sluice::TextSigner;
using sluice::experiment::OverrideToken;
using sluice::experiment::OverrideVariation;

std::string Encoded(std::string_view key) {
  std::string text;
  for (const char c : key) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<uint8_t>(c);
    text += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

std::string Signed(const TextSigner& signer, std::string_view text) {
  OutputBuffer encoded(1 << 20);
  sluice::AppendBase64Url(sluice::AsBytes(text), encoded);
  OutputBuffer token(1 << 20);
  signer.Sign(sluice::kOverridePurpose, "", encoded.text(), token);
  return std::string(token.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = sluice::AsText({data, size});
  TextSigner signer;
  signer.SetKey(sluice::SigningKey::kCurrent, sluice::AsBytes("0123456789abcdef"));
  OverrideToken override;
  CHECK(!override.Verify(signer, text, 0));
  if (!override.Verify(signer, Signed(signer, text), 0)) {
    CHECK(override.forced().empty());
    return 0;
  }
  // What was read, written in full and read again.
  std::string written;
  for (const auto& [experiment, variation] : override.forced()) {
    CHECK(!experiment.empty() && variation <= OverrideToken::kMaxVariation);
    if (!written.empty()) written += '&';
    written += Encoded(experiment) + "=" + std::to_string(variation);
  }
  written += ";" + std::to_string(static_cast<uint64_t>(override.end_ms() / 1000));
  OverrideToken again;
  const std::string token = Signed(signer, written);
  CHECK(again.Verify(signer, token, 0) == (token.size() <= OverrideToken::kMaxTokenBytes));
  if (again.forced().empty()) return 0;
  CHECK(again.end_ms() == override.end_ms() && again.forced().size() == override.forced().size());
  for (size_t i = 0; i < again.forced().size(); ++i) {
    CHECK(again.forced()[i].experiment == override.forced()[i].experiment);
    CHECK(again.forced()[i].variation == override.forced()[i].variation);
  }
  return 0;
}

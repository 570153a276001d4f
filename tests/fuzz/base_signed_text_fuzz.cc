// Any value, key and name: what verifies was signed, and nothing near it verifies.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../support/check.h"
#include "sluice/base/base64url.h"
#include "sluice/base/bytes.h"
#include "sluice/base/signed_text.h"

namespace {

using sluice::OutputBuffer;
using sluice::SignedText;
using sluice::SigningKey;
using sluice::TextSigner;

// Up to the first line feed.
std::string_view Take(std::string_view& text) {
  const size_t size = text.find('\n');
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
  return taken;
}

void CheckBase64Url(std::string_view text) {
  std::string bytes(text.size() + 3, '\0');
  const std::optional<size_t> size =
      sluice::DecodeBase64Url(text, {reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
  if (!size.has_value()) return;
  CHECK(sluice::IsBase64UrlText(text));
  CHECK(sluice::Base64UrlSize(*size) == text.size());
  std::string again(text.size(), '\0');
  sluice::EncodeBase64Url(sluice::AsBytes(std::string_view(bytes).substr(0, *size)), again.data());
  CHECK(again == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input = sluice::AsText({data, size});
  const std::string_view current = Take(input);
  const std::string_view previous = Take(input);
  const std::string_view name = Take(input).substr(0, 64);
  CheckBase64Url(input);
  TextSigner signer;
  signer.SetKey(SigningKey::kCurrent, sluice::AsBytes(current));
  if (!previous.empty()) signer.SetKey(SigningKey::kPrevious, sluice::AsBytes(previous));

  const std::optional<SignedText> found = signer.Verify(sluice::kVisitorPurpose, name, input);
  if (found.has_value()) {
    TextSigner again;
    again.SetKey(SigningKey::kCurrent,
                 sluice::AsBytes(found->key == SigningKey::kCurrent ? current : previous));
    OutputBuffer out(input.size());
    again.Sign(sluice::kVisitorPurpose, name, found->text, out);
    CHECK(out.text() == input);
  }

  OutputBuffer out(input.size() + TextSigner::kOverhead);
  signer.Sign(sluice::kVisitorPurpose, name, input, out);
  const std::optional<SignedText> verified =
      signer.Verify(sluice::kVisitorPurpose, name, out.text());
  CHECK(verified.has_value() == (out.size() <= TextSigner::kMaxValueBytes));
  if (!verified.has_value()) return 0;
  CHECK(verified->text == input && verified->key == SigningKey::kCurrent);
  CHECK(!signer.Verify(sluice::kStickyPurpose, name, out.text()).has_value());
  return 0;
}

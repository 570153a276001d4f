#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/policy/limit_overrides.h"
#include "sluice/policy/model.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 3> kKeys = {"type", "header", "keys"};
constexpr std::array<std::string_view, 1> kTypes = {"apiKey"};
constexpr std::array<std::string_view, 3> kKeyKeys = {"sha256", "identity", "claims"};
constexpr size_t kMaxIdentityBytes = 256;

std::string ReadHeaderName(const json::ObjectReader& reader, json::CompileContext& context) {
  const json::Value value = reader.Require("header");
  std::string name = reader.String("header").value_or("");
  if (!value.is(json::Kind::kString)) return name;
  absl::AsciiStrToLower(&name);
  if (!IsToken(name)) {
    context.AddIssue(value, "invalid_header_name",
                     absl::StrCat(Quoted(name), " is no header name", kTokenHint));
  } else if (const char* reason = ReservedHeader(name)) {
    context.AddIssue(value, "reserved_header",
                     absl::StrCat(Quoted(name), " can't carry a key: ", reason));
  }
  return name;
}

// absl::HexStringToBytes reads out of bounds on bytes over 0x7F.
std::optional<uint8_t> HexDigit(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (!absl::ascii_isxdigit(byte)) return std::nullopt;
  return static_cast<uint8_t>(byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
}

std::optional<Digest> ParseDigest(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (size_t i = 0; i < digest.size(); ++i) {
    const std::optional<uint8_t> high = HexDigit(hex[2 * i]);
    const std::optional<uint8_t> low = HexDigit(hex[2 * i + 1]);
    if (!high.has_value() || !low.has_value()) return std::nullopt;
    digest[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return digest;
}

std::optional<Digest> ReadDigest(json::Value value, json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  const std::optional<Digest> digest = ParseDigest(value.string(&scratch));
  if (!digest.has_value()) {
    context.AddIssue(value, "invalid_digest",
                     "expected a SHA-256 as 64 hex digits: printf %s \"$KEY\" | sha256sum");
  }
  return digest;
}

std::optional<std::string> ReadIdentity(json::Value value, json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  std::string identity(value.string(&scratch));
  const bool has_control = std::any_of(identity.begin(), identity.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  if (!identity.empty() && identity.size() <= kMaxIdentityBytes && !has_control) return identity;
  context.AddIssue(
      value, "invalid_identity",
      absl::StrCat("an identity has 1 to ", kMaxIdentityBytes, " bytes and no control characters"));
  return std::nullopt;
}

// With the value that gave the digest, so that a second use can be pointed at.
struct ReadKey {
  ApiKey key;
  json::Value source;
};

void ReportDuplicates(std::vector<ReadKey>& keys, json::CompileContext& context) {
  Sort(keys.begin(), keys.end(), [](const ReadKey& a, const ReadKey& b) {
    if (a.key.digest != b.key.digest) return a.key.digest < b.key.digest;
    return a.source.index() < b.source.index();
  });
  for (size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].key.digest != keys[i - 1].key.digest) continue;
    context.AddIssue(
        keys[i].source, "duplicate_digest",
        absl::StrCat("this key is there already, for ", Quoted(keys[i - 1].key.identity)));
  }
}

std::vector<ApiKey> ReadKeys(json::Value array, StringInterner& claim_names,
                             json::CompileContext& context) {
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return {};
  std::vector<ReadKey> read;
  for (const json::Value element : json::Elements(array)) {
    if (!json::Expect(element, json::Kind::kObject, context)) continue;
    const json::ObjectReader reader(element, kKeyKeys, context);
    const json::Value source = reader.Require("sha256");
    const std::optional<Digest> digest = ReadDigest(source, context);
    std::optional<std::string> identity = ReadIdentity(reader.Require("identity"), context);
    std::vector<Claim> claims = ReadClaims(reader.Get("claims"), context);
    for (const Claim& claim : claims) claim_names.Intern(claim.name);
    if (!digest.has_value()) continue;
    read.push_back({{*digest, std::move(identity).value_or(""), std::move(claims)}, source});
  }
  ReportDuplicates(read, context);
  std::vector<ApiKey> keys;
  keys.reserve(read.size());
  for (ReadKey& entry : read) keys.push_back(std::move(entry.key));
  return keys;
}

AuthRule ReadRule(Named&& member, json::CompileContext& context) {
  AuthRule rule;
  rule.name = std::move(member.name);
  if (!json::Expect(member.value, json::Kind::kObject, context)) return rule;
  const json::ObjectReader reader(member.value, kKeys, context);
  reader.Require("type");
  reader.Enum("type", kTypes);
  rule.header = ReadHeaderName(reader, context);
  rule.keys = ReadKeys(reader.Require("keys"), rule.claims, context);
  return rule;
}

}  // namespace

void ReadAuth(json::Value section, json::CompileContext& context, Model& model) {
  for (Named& member : ReadNamed(section, model.auth_names, context)) {
    model.auth.push_back(ReadRule(std::move(member), context));
  }
}

}  // namespace sluice::policy

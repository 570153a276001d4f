#include "sluice/policy/header.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"

namespace sluice::policy {
namespace {

// Lists are searched from end to end.
constexpr uint32_t kMaxHeaders = 64;

constexpr std::string_view kTokenPunctuation = "!#$%&'*+-.^_`|~";

constexpr std::array<std::string_view, 12> kRuntimeHeaders = {
    "connection", "content-length",    "expect",
    "host",       "keep-alive",        "proxy-authenticate",
    "te",         "proxy-connection",  "trailer",
    "upgrade",    "transfer-encoding", "proxy-authorization"};

// In these the upstream reads what the client says, or the gateway for it.
constexpr std::array<std::string_view, 12> kRequestHeaders = {
    "accept", "authorization", "cache-control", "cookie", "forwarded",  "origin",
    "pragma", "range",         "referer",       "via",    "user-agent", "x-request-id"};
constexpr std::array<std::string_view, 6> kRequestFamilies = {
    "accept-", "content-", "if-", "sec-", "trace", "x-forwarded-"};

bool IsRequestHeader(std::string_view name) {
  return std::find(kRequestHeaders.begin(), kRequestHeaders.end(), name) != kRequestHeaders.end() ||
         std::any_of(kRequestFamilies.begin(), kRequestFamilies.end(),
                     [&](std::string_view family) { return name.starts_with(family); });
}

bool IsTokenByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kTokenPunctuation.find(c) != std::string_view::npos;
}

// RFC 9110, section 5.5, without the obsolete bytes over 0x7F, which arrive differently everywhere.
const char* ValueFault(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r' || c == '\n' || c == '\0') return "CR, LF and NUL may not be in a header";
    if (byte >= 0x80) return "only ASCII may be in a header";
    if (byte == 0x7F || (byte < 0x20 && c != '\t'))
      return "control characters may not be in a header";
  }
  const bool padded =
      !value.empty() && (absl::ascii_isblank(static_cast<unsigned char>(value.front())) ||
                         absl::ascii_isblank(static_cast<unsigned char>(value.back())));
  return padded ? "blanks around a value are not part of it: remove them" : nullptr;
}

std::optional<std::string> ReadName(json::Value value, json::CompileContext& context) {
  std::string scratch;
  std::string name(value.string(&scratch));
  if (!IsToken(name)) {
    context.AddIssue(value, "invalid_header_name",
                     absl::StrCat(Quoted(name), " is no header name", kTokenHint));
    return std::nullopt;
  }
  absl::AsciiStrToLower(&name);
  return name;
}

bool CheckNotReserved(json::Value where, std::string_view name, json::CompileContext& context) {
  const char* reason = ReservedHeader(name);
  if (reason == nullptr) return true;
  context.AddIssue(where, "reserved_header",
                   absl::StrCat(Quoted(name), " can't be set or removed: ", reason));
  return false;
}

bool CheckNew(bool is_new, json::Value where, std::string_view name,
              json::CompileContext& context) {
  if (!is_new) {
    context.AddIssue(where, "duplicate_key",
                     absl::StrCat("the header ", Quoted(name), " is there twice"));
  }
  return is_new;
}

bool CheckCount(json::Value list, json::CompileContext& context) {
  if (list.size() <= kMaxHeaders) return true;
  context.AddIssue(
      list, "too_many",
      absl::StrCat(list.size(), " headers, but at most ", kMaxHeaders, " may be here"));
  return false;
}

enum class Purpose { kMatch, kSet };

std::vector<Header> ReadHeaders(json::Value object, Purpose purpose,
                                json::CompileContext& context) {
  std::vector<Header> headers;
  if (!object.present() || !json::Expect(object, json::Kind::kObject, context)) return headers;
  if (!CheckCount(object, context)) return headers;
  for (const json::Member member : json::Members(object)) {
    std::optional<std::string> name = ReadName(member.key, context);
    if (!json::Expect(member.value, json::Kind::kString, context)) continue;
    std::string scratch;
    const std::string_view value = member.value.string(&scratch);
    if (const char* fault = ValueFault(value)) {
      context.AddIssue(member.value, "invalid_header_value", fault);
      continue;
    }
    if (!name.has_value()) continue;
    if (purpose == Purpose::kSet && !CheckNotReserved(member.key, *name, context)) continue;
    const bool is_new = std::none_of(headers.begin(), headers.end(),
                                     [&](const Header& header) { return header.name == *name; });
    if (!CheckNew(is_new, member.key, *name, context)) continue;
    headers.push_back({*std::move(name), std::string(value)});
  }
  return headers;
}

}  // namespace

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenByte);
}

const char* ReservedHeader(std::string_view name) {
  if (std::find(kRuntimeHeaders.begin(), kRuntimeHeaders.end(), name) != kRuntimeHeaders.end()) {
    return "it belongs to the connection, which the runtime keeps";
  }
  return name.starts_with("cf-") ? "it belongs to the platform" : nullptr;
}

bool CheckNewHeader(std::string* name, json::Value where, json::CompileContext& context) {
  absl::AsciiStrToLower(name);
  if (!IsToken(*name)) {
    context.AddIssue(where, "invalid_header_name",
                     absl::StrCat(Quoted(*name), " is no header name", kTokenHint));
    return false;
  }
  if (!CheckNotReserved(where, *name, context)) return false;
  if (!IsRequestHeader(*name)) return true;
  context.AddIssue(where, "reserved_header",
                   absl::StrCat(Quoted(*name),
                                " has a meaning of its own in requests: choose another name, like "
                                "\"x-sluice-…\""));
  return false;
}

std::vector<Header> ReadMatchHeaders(json::Value object, json::CompileContext& context) {
  std::vector<Header> headers = ReadHeaders(object, Purpose::kMatch, context);
  Sort(headers.begin(), headers.end(),
       [](const Header& a, const Header& b) { return a.name < b.name; });
  return headers;
}

std::vector<Header> ReadSetHeaders(json::Value object, json::CompileContext& context) {
  return ReadHeaders(object, Purpose::kSet, context);
}

std::vector<std::string> ReadHeaderNames(json::Value array, json::CompileContext& context) {
  std::vector<std::string> names;
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return names;
  if (!CheckCount(array, context)) return names;
  for (const json::Value element : json::Elements(array)) {
    if (!json::Expect(element, json::Kind::kString, context)) continue;
    std::optional<std::string> name = ReadName(element, context);
    if (!name.has_value() || !CheckNotReserved(element, *name, context)) continue;
    const bool is_new = std::find(names.begin(), names.end(), *name) == names.end();
    if (CheckNew(is_new, element, *name, context)) names.push_back(*std::move(name));
  }
  return names;
}

}  // namespace sluice::policy

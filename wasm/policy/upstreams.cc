#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/model.h"
#include "sluice/policy/path.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 5> kKeys = {"type", "binding", "url", "timeout", "limits"};
constexpr std::array<std::string_view, 2> kTypes = {"service", "origin"};
enum Type : uint32_t { kService, kOrigin };

constexpr DurationRange kTimeout = {.fallback_ms = 30'000, .min_ms = 1, .max_ms = 600'000};

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5 || text[0] == '0') return false;
  uint32_t port = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  return port <= 65'535;
}

bool IsUrlHost(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return std::all_of(host.begin() + 1, host.end() - 1, [](char c) {
      return absl::ascii_isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
    });
  }
  return IsHostName(absl::AsciiStrToLower(host));
}

// Null, or what is wrong with scheme and authority. Moves `rest` on to the path.
const char* CheckOrigin(std::string_view& rest) {
  if (absl::StartsWith(rest, "https://")) {
    rest.remove_prefix(8);
  } else if (absl::StartsWith(rest, "http://")) {
    rest.remove_prefix(7);
  } else {
    return "it must start with \"https://\" or \"http://\"";
  }
  const std::string_view authority = rest.substr(0, std::min(rest.find('/'), rest.size()));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != std::string_view::npos) return "it may not hold a user or password";
  std::string_view host = authority;
  const size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    if (!IsPort(authority.substr(colon + 1))) return "the port must be from 1 to 65535";
    host = authority.substr(0, colon);
  }
  return IsUrlHost(host) ? nullptr
                         : "it has no valid host (write other scripts in Punycode, xn--…)";
}

const char* CheckUrl(std::string_view url) {
  if (url.find_first_of("?#") != std::string_view::npos) {
    return "it may have no query and no fragment";
  }
  std::string_view path = url;
  if (const char* fault = CheckOrigin(path)) return fault;
  if (path.empty()) return nullptr;
  OutputBuffer scratch(kMaxPathBytes + 1);
  const NormalizedPath normalized = NormalizePath(path, scratch);
  if (normalized.fault != nullptr) return normalized.fault;
  return normalized.text == path
             ? nullptr
             : "its path must be normalized: no \"//\", \".\", \"..\" or needless "
               "percent-encoding";
}

void ReadService(const json::ObjectReader& reader, json::CompileContext& context,
                 Upstream& upstream) {
  Forbid(reader, "url", "an upstream of type \"service\" has a \"binding\", no \"url\"", context);
  const json::Value binding = reader.Require("binding");
  if (!binding.present() || !json::Expect(binding, json::Kind::kString, context)) return;
  std::string scratch;
  upstream.target = std::string(binding.string(&scratch));
  if (IsBindingName(upstream.target)) return;
  context.AddIssue(binding, "invalid_binding",
                   absl::StrCat(Quoted(upstream.target), " is no name of a binding", kBindingHint));
}

void ReadOrigin(const json::ObjectReader& reader, json::CompileContext& context,
                Upstream& upstream) {
  Forbid(reader, "binding", "an upstream of type \"origin\" has a \"url\", no \"binding\"",
         context);
  const json::Value url = reader.Require("url");
  if (!url.present() || !json::Expect(url, json::Kind::kString, context)) return;
  std::string scratch;
  upstream.target = std::string(url.string(&scratch));
  if (const char* fault = CheckUrl(upstream.target)) {
    context.AddIssue(url, "invalid_url", absl::StrCat(Quoted(upstream.target), ": ", fault));
    return;
  }
  // The upstream path, which starts with a slash, is appended.
  if (upstream.target.back() == '/') upstream.target.pop_back();
}

Upstream ReadUpstream(Named&& member, json::CompileContext& context) {
  Upstream upstream;
  upstream.name = std::move(member.name);
  if (!json::Expect(member.value, json::Kind::kObject, context)) return upstream;
  const json::ObjectReader reader(member.value, kKeys, context);
  reader.Require("type");
  const std::optional<uint32_t> type = reader.Enum("type", kTypes);
  upstream.timeout_ms = ReadDuration(reader, "timeout", kTimeout, context);
  upstream.limits_source = reader.Get("limits");
  upstream.service = type == kService;
  if (type == kService) ReadService(reader, context, upstream);
  if (type == kOrigin) ReadOrigin(reader, context, upstream);
  return upstream;
}

}  // namespace

void ReadUpstreams(json::Value section, json::CompileContext& context, Model& model) {
  for (Named& member : ReadNamed(section, model.upstream_names, context)) {
    model.upstreams.push_back(ReadUpstream(std::move(member), context));
  }
}

}  // namespace sluice::policy

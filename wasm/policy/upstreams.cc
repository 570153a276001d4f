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
#include "sluice/policy/route_paths.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 5> kKeys = {"type", "binding", "url", "timeout", "limits"};
constexpr std::array<std::string_view, 2> kTypes = {"service", "origin"};
enum Type : uint32_t { kService, kOrigin };

constexpr DurationRange kTimeout = {.fallback_ms = 30'000, .min_ms = 1, .max_ms = 600'000};

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

#include "sluice/policy/route_paths.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

// The parameters that the route's match.path has, as they are written.
std::vector<std::string> ParametersOf(const PathTemplate& path) {
  std::vector<std::string> written;
  for (const TemplateSegment& segment : path.segments) {
    if (segment.kind == SegmentKind::kLiteral) continue;
    written.push_back(
        absl::StrCat("{", segment.text, segment.kind == SegmentKind::kRest ? "...}" : "}"));
  }
  return written;
}

void CheckParameters(const PathTemplate& path, json::Value value, const Route& route,
                     json::CompileContext& context) {
  if (!route.match_path.has_value()) return;
  const std::vector<std::string> matched = ParametersOf(*route.match_path);
  for (const std::string& parameter : ParametersOf(path)) {
    if (std::find(matched.begin(), matched.end(), parameter) != matched.end()) continue;
    const std::vector<std::string_view> known(matched.begin(), matched.end());
    context.AddIssue(value, "unknown_parameter",
                     absl::StrCat("the route's match.path has no ", Quoted(parameter),
                                  DidYouMean(parameter, known)));
  }
}

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

bool EndsWithRest(const PathTemplate& path) {
  return path.segments.back().kind == SegmentKind::kRest;
}

// A path that the rest is moved to the front of gets shorter each time, so that it ends somewhere.
bool Returns(const PathTemplate& to, const PathTemplate& from) {
  const bool shortens = EndsWithRest(to) && to.segments.size() < from.segments.size();
  return !shortens && Overlap(to, from);
}

// Of a checked origin, without its port.
std::string HostOf(std::string_view origin) {
  origin.remove_prefix(origin.find("://") + 3);
  const size_t colon = origin.find(':', origin.rfind(']') + 1);
  return std::string(origin.substr(0, colon));
}

}  // namespace

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

std::optional<PathTemplate> ReadUpstreamPath(json::Value value, const Route& route,
                                             json::CompileContext& context) {
  std::optional<PathTemplate> path = ReadTemplate(value, context);
  if (path.has_value()) CheckParameters(*path, value, route, context);
  return path;
}

std::optional<Redirect> ReadRedirect(json::Value value, const Route& route,
                                     json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  const std::string_view text = value.string(&scratch);
  Redirect redirect;
  std::string_view path = text;
  const char* fault = nullptr;
  if (text.empty() || text[0] != '/') {
    fault = text.starts_with("https://") ? CheckOrigin(path)
                                         : "it must start with \"/\" or \"https://\"";
    if (fault == nullptr) {
      redirect.origin = absl::AsciiStrToLower(text.substr(0, text.size() - path.size()));
      redirect.host = HostOf(redirect.origin);
    }
    if (path.empty()) path = "/";
  }
  if (fault == nullptr && path.find_first_of("?#") != std::string_view::npos) {
    fault = "it may have no query and no fragment: the request's query goes along";
  }
  if (fault != nullptr) {
    context.AddIssue(value, "invalid_url",
                     absl::StrCat("the redirect ", Quoted(text), ": ", fault));
    return std::nullopt;
  }
  std::optional<PathTemplate> read = ReadTemplateText(path, value, context);
  if (!read.has_value()) return std::nullopt;
  CheckParameters(*read, value, route, context);
  if (route.match_path.has_value()) {
    redirect.returns = Returns(*read, *route.match_path);
    if (redirect.returns && redirect.origin.empty() && Covers(*read, *route.match_path)) {
      context.AddIssue(
          value, "redirect_loop",
          absl::StrCat("whatever the route matches is where the redirect ", Quoted(text),
                       " leads, so it would never end: give it a path that is none of "
                       "the route's"));
    }
  }
  redirect.path = *std::move(read);
  return redirect;
}

void CheckPathFact(const FactRef& fact, const Route& route, json::Value where,
                   json::CompileContext& context) {
  if (fact.kind != FactKind::kPath || !route.match_path.has_value()) return;
  const std::vector<std::string_view> known = route.match_path->parameters();
  if (std::find(known.begin(), known.end(), fact.name) != known.end()) return;
  context.AddIssue(where, "unknown_parameter",
                   absl::StrCat("this refers to path:", fact.name,
                                ", a parameter that the route's match.path doesn't have",
                                DidYouMean(fact.name, known)));
}

}  // namespace sluice::policy

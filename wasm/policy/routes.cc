#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/body_rule.h"
#include "sluice/policy/model.h"
#include "sluice/policy/reading.h"
#include "sluice/policy/route_cache.h"
#include "sluice/policy/route_charges.h"
#include "sluice/policy/route_experiment.h"
#include "sluice/policy/route_inputs.h"
#include "sluice/policy/route_paths.h"
#include "sluice/policy/router.h"
#include "sluice/policy/schemas.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 17> kRouteKeys = {
    "id",     "match",    "auth",  "limits",      "experiment",      "mint",
    "flags",  "upstream", "path",  "query",       "params",          "request",
    "inputs", "response", "cache", "sharedCache", "rateLimitHeaders"};
constexpr std::array<std::string_view, 4> kMatchKeys = {"path", "methods", "hosts", "headers"};
constexpr std::array<std::string_view, 6> kMessageKeys = {
    "schema", "transform", "onInvalidBody", "maxBodyBytes", "setHeaders", "removeHeaders"};

constexpr std::array<std::string_view, 3> kMints = {"navigation", "always", "never"};  // as Mint
constexpr uint32_t kMaxHosts = 64;

// An array with something in it; absent otherwise.
json::Value FilledArray(json::Value array, std::string_view all_of_what, uint32_t max_size,
                        json::CompileContext& context) {
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return {};
  if (array.size() == 0) {
    context.AddIssue(
        array, "empty_list",
        absl::StrCat("nothing would match: remove the list to match all ", all_of_what));
    return {};
  }
  if (array.size() <= max_size) return array;
  context.AddIssue(array, "too_many", absl::StrCat("at most ", max_size, " may be here"));
  return {};
}

// As RouterBucket has it: "*.example.com" is ".example.com".
std::optional<std::string> ReadHost(json::Value value, json::CompileContext& context) {
  if (!json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  std::string host(value.string(&scratch));
  absl::AsciiStrToLower(&host);
  const bool wildcard = host.starts_with("*.");
  if (wildcard) host.erase(0, 2);
  if (IsHostName(host)) return wildcard ? absl::StrCat(".", host) : host;
  context.AddIssue(value, "invalid_host",
                   "expected a host like \"shop.example.com\" or \"*.example.com\": no scheme, no "
                   "port, other scripts in Punycode (xn--…)");
  return std::nullopt;
}

void ReadHosts(json::Value array, json::CompileContext& context, Route& route) {
  array = FilledArray(array, "hosts", kMaxHosts, context);
  if (!array.present()) return;
  for (const json::Value element : json::Elements(array)) {
    std::optional<std::string> host = ReadHost(element, context);
    if (!host.has_value()) continue;
    if (std::find(route.hosts.begin(), route.hosts.end(), *host) != route.hosts.end()) {
      context.AddIssue(element, "duplicate_value", "this host is there already");
      continue;
    }
    route.hosts.push_back(*std::move(host));
  }
}

void ReadMethod(json::Value value, json::CompileContext& context, Route& route) {
  if (!json::Expect(value, json::Kind::kString, context)) return;
  std::string scratch;
  const std::string_view method = value.string(&scratch);
  const uint32_t bit = MethodBit(method);
  if (bit == kOtherMethodBit) {
    const std::vector<std::string_view> known(kMethods.begin(), kMethods.end());
    context.AddIssue(value, "unknown_value",
                     absl::StrCat("expected one of ", absl::StrCat(Enumerate(known)),
                                  DidYouMean(absl::AsciiStrToUpper(method), known)));
  } else if ((route.methods & bit) != 0) {
    context.AddIssue(value, "duplicate_value", "this method is there already");
  }
  route.methods |= bit;
}

void ReadMatch(json::Value value, json::CompileContext& context, Route& route) {
  if (!value.present() || !json::Expect(value, json::Kind::kObject, context)) return;
  const json::ObjectReader reader(value, kMatchKeys, context);
  route.match_path = ReadTemplate(reader.Require("path"), context);
  ReadHosts(reader.Get("hosts"), context, route);
  route.match_headers = ReadMatchHeaders(reader.Get("headers"), context);
  const json::Value methods =
      FilledArray(reader.Get("methods"), "methods", kMethods.size(), context);
  if (!methods.present()) {
    route.methods = kAllMethods;
    return;
  }
  for (const json::Value element : json::Elements(methods)) ReadMethod(element, context, route);
}

RateLimitHeaders ReadRateLimitHeaders(json::Value value, json::CompileContext& context) {
  if (!value.present() || value.is(json::Kind::kTrue)) return RateLimitHeaders::kStandard;
  if (value.is(json::Kind::kString) && value.StringEquals("x")) return RateLimitHeaders::kAlsoX;
  if (!value.is(json::Kind::kFalse)) {
    context.AddIssue(value, "wrong_type",
                     "expected a boolean, or \"x\" to add the X-RateLimit headers");
  }
  return RateLimitHeaders::kNone;
}

void CheckRequestSchema(const Route& route, json::CompileContext& context) {
  const uint32_t bodiless = MethodBit("GET") | MethodBit("HEAD");
  const json::Value source = route.request_body.schema.source;
  if (!source.present() || route.methods == 0 || (route.methods & ~bodiless) != 0) return;
  context.AddIssue(source, "not_applicable",
                   "the route takes GET and HEAD only, whose bodies mean nothing: remove this, or "
                   "say \"query\" for the parameters of the query");
}

void ReadRequest(json::Value value, json::CompileContext& context, Model& model, Route& route) {
  if (!value.present() || !json::Expect(value, json::Kind::kObject, context)) return;
  const json::ObjectReader reader(value, kMessageKeys, context);
  route.request_body = ReadBodyRule(reader, Direction::kRequest, false, model, context);
  CheckRequestSchema(route, context);
  route.request_set = ReadSetHeaders(reader.Get("setHeaders"), context);
  route.request_remove = ReadHeaderNames(reader.Get("removeHeaders"), context);
}

bool HasVariantThatTransforms(const Route& route) {
  const auto transforms = [](const Variant& variant) { return variant.transform != kAbsent; };
  return std::any_of(
      route.experiments.begin(), route.experiments.end(), [&](const Experiment& experiment) {
        return std::any_of(experiment.variants.begin(), experiment.variants.end(), transforms);
      });
}

void ReadResponse(json::Value value, json::CompileContext& context, Model& model, Route& route) {
  if (!value.present() || !json::Expect(value, json::Kind::kObject, context)) return;
  const json::ObjectReader reader(value, kMessageKeys, context);
  route.response_body =
      ReadBodyRule(reader, Direction::kResponse, HasVariantThatTransforms(route), model, context);
  route.response_set = ReadSetHeaders(reader.Get("setHeaders"), context);
  route.response_remove = ReadHeaderNames(reader.Get("removeHeaders"), context);
}

void ReadId(const json::ObjectReader& reader, json::CompileContext& context, Model& model,
            Route& route) {
  const json::Value value = reader.Require("id");
  std::optional<std::string> id = reader.String("id");
  if (!id.has_value()) return;
  if (!IsName(*id)) {
    context.AddIssue(value, "invalid_name", absl::StrCat(Quoted(*id), " is no id", kNameHint));
  } else if (!model.route_ids.Add(*id)) {
    context.AddIssue(value, "duplicate_id",
                     absl::StrCat("another route has the id ", Quoted(*id), " already"));
  }
  route.id = *std::move(id);
}

void ReadMint(const json::ObjectReader& reader, json::CompileContext& context, Route& route) {
  route.mint = static_cast<Mint>(reader.Enum("mint", kMints).value_or(0));
  if (!route.experiments.empty() || route.flags.has_value()) return;
  Forbid(reader, "mint", "an id is minted for an experiment or flags, and the route has neither",
         context);
}

Route ReadRoute(json::Value value, json::CompileContext& context, Model& model) {
  Route route;
  route.source = value;
  route.request_body.max_bytes = kDefaultBodyBytes;
  route.response_body.max_bytes = kDefaultBodyBytes;
  if (!json::Expect(value, json::Kind::kObject, context)) return route;
  const json::ObjectReader reader(value, kRouteKeys, context);
  ReadId(reader, context, model, route);
  ReadMatch(reader.Require("match"), context, route);
  ReadParameterSchemas(reader, context, model, route);
  route.auth = Resolve(reader.Get("auth"), model.auth_names, "unknown_auth", "auth rule", context)
                   .value_or(kAbsent);
  route.charges = ReadCharges(reader.Get("limits"), model, context);
  route.upstream = Resolve(reader.Require("upstream"), model.upstream_names, "unknown_upstream",
                           "upstream", context)
                       .value_or(kAbsent);
  route.path = ReadUpstreamPath(reader.Get("path"), route, context);
  route.experiments = ReadExperiments(reader.Get("experiment"), route, model, context);
  route.flags = ReadFlags(reader.Get("flags"), model, context);
  ReadMint(reader, context, route);
  ReadRequest(reader.Get("request"), context, model, route);
  ReadInputs(reader.Get("inputs"), model, context, route);
  ReadResponse(reader.Get("response"), context, model, route);
  CheckInputs(route, model, context);
  CheckCharges(route, model, context);
  ReadRouteCache(reader, model, context, route);
  route.rate_limit_headers = ReadRateLimitHeaders(reader.Get("rateLimitHeaders"), context);
  return route;
}

}  // namespace

void ReadRoutes(json::Value section, json::CompileContext& context, Model& model) {
  if (!section.present() || !json::Expect(section, json::Kind::kArray, context)) return;
  for (const json::Value element : json::Elements(section)) {
    model.routes.push_back(ReadRoute(element, context, model));
  }
}

}  // namespace sluice::policy

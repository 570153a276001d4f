#include "sluice/policy/route_cache.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/base64url.h"
#include "sluice/base/bytes.h"
#include "sluice/base/issues.h"
#include "sluice/base/sha256.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/reading.h"
#include "sluice/policy/router.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kCacheKeys = {"ttl", "vary"};
constexpr DurationRange kTtl = {1'000, 1'000, uint64_t{30} * 86'400'000};
constexpr size_t kMarkBytes = 16;

template <typename List, typename T>
bool Has(const List& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void AddNew(uint32_t number, std::vector<uint32_t>& numbers) {
  if (number != kAbsent && !Has(numbers, number)) numbers.push_back(number);
}

// Those that a request can go to as its main one.
std::vector<uint32_t> UpstreamsOf(const Route& route) {
  std::vector<uint32_t> numbers;
  AddNew(route.upstream, numbers);
  for (const Experiment& experiment : route.experiments) {
    for (const Variant& variant : experiment.variants) AddNew(variant.upstream, numbers);
  }
  return numbers;
}

std::vector<uint32_t> ResponseTransformsOf(const Route& route) {
  std::vector<uint32_t> numbers;
  AddNew(route.response_body.transform, numbers);
  for (const Experiment& experiment : route.experiments) {
    for (const Variant& variant : experiment.variants) AddNew(variant.transform, numbers);
  }
  return numbers;
}

// What a request can be charged.
std::vector<const Charge*> ChargesOf(const Route& route, const Model& model) {
  std::vector<const Charge*> charges;
  charges.reserve(kMaxCharges);
  for (const Charge& charge : route.charges) charges.push_back(&charge);
  for (const uint32_t number : UpstreamsOf(route)) {
    for (const Charge& charge : model.upstreams[number].charges) charges.push_back(&charge);
  }
  return charges;
}

bool IsKeyHeader(std::string_view name, const Model& model) {
  return std::any_of(model.auth.begin(), model.auth.end(),
                     [&](const auto& auth) { return auth.header == name; });
}

// What a limit that tells people apart counts by, or null.
const char* CountsPeopleBy(const Limit& limit, const Model& model) {
  for (const FactRef& fact : limit.subject) {
    switch (fact.kind) {
      case FactKind::kIdentity:
        return "identity";
      case FactKind::kClaim:
        return "a claim";
      case FactKind::kVisitor:
        return "visitor";
      case FactKind::kCookie:
        return "a cookie";
      case FactKind::kHeader:
        if (fact.name == "cookie" || fact.name == "authorization" ||
            IsKeyHeader(fact.name, model)) {
          return "a credential";
        }
        break;
      case FactKind::kIp:
      case FactKind::kPath:
      // No limit counts by those that follow.
      case FactKind::kUrl:
      case FactKind::kHost:
      case FactKind::kWholePath:
      case FactKind::kMethod:
      case FactKind::kQuery:
      case FactKind::kDevice:
        break;
    }
  }
  return nullptr;
}

// Why answers can't be kept by this request header, or null. `key_header` is the auth rule's.
const char* WhyNotBy(std::string_view name, std::string_view key_header) {
  constexpr std::array<std::string_view, 5> kConditions = {
      "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"};
  constexpr std::array<std::string_view, 3> kRequestsOwn = {"traceparent", "tracestate",
                                                            "x-request-id"};
  if (name == "*") return "no two requests would be alike, so nothing could be kept";
  if (name == "cookie" || name == "authorization" || name == key_header) {
    return "it says who asks, and what is kept is for all: the upstream doesn't get it here";
  }
  if (name == "range" || Has(kConditions, name)) {
    return "the cache answers ranges and conditions out of the whole answer";
  }
  if (name == "accept-encoding") return "the upstream is asked for bytes without a coding";
  if (name == "cache-control" || name == "pragma") return "what a client wants isn't heeded";
  if (Has(kRequestsOwn, name)) return "it is another one for each request";
  return nullptr;
}

class CacheReader {
 public:
  CacheReader(const json::ObjectReader& reader, const Model& model, json::CompileContext& context,
              Route& route)
      : reader_(reader), model_(model), context_(context), route_(route) {}

  void ReadShared() {
    route_.shared_cache = reader_.Bool("sharedCache").value_or(false);
    if (!route_.shared_cache) return;
    constexpr std::string_view kInside =
        "; \"cache\" keeps answers inside the gateway, behind auth, limits and experiments";
    if (reader_.Get("auth").present()) {
      RefuseShared(absl::StrCat("a shared cache would answer without checking the key", kInside));
    }
    if (reader_.Get("experiment").present()) {
      RefuseShared(
          absl::StrCat("a shared cache would hand the variant of one user to all, and nobody "
                       "would be counted",
                       kInside));
    }
    if (reader_.Get("flags").present()) {
      RefuseShared("a shared cache would hand what was made with the flags of one user to all");
    }
    if (!route_.inputs.empty()) {
      RefuseShared("an answer that is composed is always private: remove this");
    }
    for (const Charge* charge : ChargesOf(route_, model_)) CheckSharedLimit(*charge);
    CheckNoCookie();
  }

  void ReadCache() {
    const json::Value value = reader_.Get("cache");
    if (!value.present() || !json::Expect(value, json::Kind::kObject, context_)) return;
    const json::ObjectReader reader(value, kCacheKeys, context_);
    RouteCache cache;
    if (reader.Require("ttl").present()) cache.ttl_ms = ReadDuration(reader, "ttl", kTtl, context_);
    ReadVary(reader.Get("vary"), cache);
    CheckCombinations(reader, cache);
    route_.cache = std::move(cache);
  }

 private:
  void RefuseShared(std::string message) {
    context_.AddIssue(reader_.Get("sharedCache"), "not_applicable", std::move(message));
  }

  void CheckSharedLimit(const Charge& charge) {
    const Limit& limit = model_.limits[charge.limit];
    const char* by = CountsPeopleBy(limit, model_);
    if (by == nullptr) return;
    RefuseShared(absl::StrCat("the limit ", Quoted(limit.name), " counts by ", by,
                              ", and nobody is counted whom a shared cache answers"));
  }

  void CheckNoCookie() {
    const bool sets = std::any_of(route_.response_set.begin(), route_.response_set.end(),
                                  [](const Header& header) { return header.name == "set-cookie"; });
    if (!sets) return;
    context_.AddIssue(reader_.Get("response").Find("setHeaders"), "not_applicable",
                      "an answer with a cookie isn't for a shared cache: remove \"set-cookie\" or "
                      "the route's \"sharedCache\"");
  }

  void ReadVary(json::Value array, RouteCache& cache) {
    cache.vary = ReadHeaderNames(array, context_);
    if (!array.is(json::Kind::kArray)) return;
    const std::string_view key_header =
        route_.auth == kAbsent ? std::string_view() : model_.auth[route_.auth].header;
    for (const std::string& name : cache.vary) {
      const bool is_visitor = name == model_.features.visitor_header;
      const char* why = is_visitor ? "it says who asks, and the client's own isn't passed on"
                                   : WhyNotBy(name, key_header);
      if (why == nullptr && Has(route_.request_remove, name)) {
        why = "\"removeHeaders\" takes it away, so no answer can differ by it";
      }
      if (why == nullptr) continue;
      context_.AddIssue(array, "invalid_vary",
                        absl::StrCat("answers can't be kept by ", Quoted(name), ": ", why));
    }
  }

  void CheckCombinations(const json::ObjectReader& reader, const RouteCache& cache) {
    const uint32_t read_methods = MethodBit("GET") | MethodBit("HEAD");
    if ((route_.methods & ~read_methods) != 0) {
      context_.AddIssue(reader.object(), "not_applicable",
                        "only GET and HEAD are answered from a cache: give the route's match "
                        "\"methods\": [\"GET\"]");
    }
    if (reader_.Get("flags").present()) {
      context_.AddIssue(reader.object(), "not_applicable",
                        "what the upstream makes of one user's flags can't be kept for others: use "
                        "an experiment's variants, by which answers are kept");
    }
    if (route_.request_body.transform != kAbsent) {
      context_.AddIssue(route_.request_body.source, "not_applicable",
                        "a route with a cache sends no body upstream");
    }
    for (const Input& input : route_.inputs) CheckInput(input, cache);
    for (const Charge* charge : ChargesOf(route_, model_)) {
      if (!charge->settle.has_value()) continue;
      context_.AddIssue(
          reader.object(), "not_applicable",
          absl::StrCat("what an answer cost ", Quoted(model_.limits[charge->limit].name),
                       " is said by the upstream, which isn't asked for what is "
                       "kept: give the limit a cost that is a number"));
    }
  }

  void CheckInput(const Input& input, const RouteCache& cache) {
    const json::Value list = reader_.Get("inputs").Find(input.name).Find("forwardHeaders");
    for (const std::string& name : input.forward_headers) {
      if (Has(cache.vary, name)) continue;
      context_.AddIssue(list, "not_applicable",
                        absl::StrCat("what is kept would be made with ", Quoted(name),
                                     " of one request and handed to all: list it in the \"vary\" "
                                     "of the route's cache, or don't forward it"));
    }
  }

  const json::ObjectReader& reader_;
  const Model& model_;
  json::CompileContext& context_;
  Route& route_;
};

}  // namespace

void ReadRouteCache(const json::ObjectReader& reader, const Model& model,
                    json::CompileContext& context, Route& route) {
  CacheReader cache(reader, model, context, route);
  cache.ReadShared();
  cache.ReadCache();
}

bool IsPersonal(const Route& route, const Model& model) {
  if (route.shared_cache) return false;
  return route.auth != kAbsent || route.source.Find("experiment").present() ||
         route.source.Find("flags").present() || !ChargesOf(route, model).empty();
}

std::string CacheMark(const Route& route, const Model& model) {
  const json::Value policy = route.source.document()->root();
  Sha256 hash;
  const auto add = [&](json::Value value) {
    const std::string_view text = value.present() ? value.raw() : "";
    // Its length first, so that no two lists of texts are one text.
    hash.Update(absl::StrCat(text.size(), ":"));
    hash.Update(text);
  };
  add(route.source);
  std::vector<uint32_t> upstreams = UpstreamsOf(route);
  for (const Input& input : route.inputs) AddNew(input.upstream, upstreams);
  for (const uint32_t number : upstreams) {
    add(policy.Find("upstreams").Find(model.upstreams[number].name));
  }
  for (const uint32_t number : ResponseTransformsOf(route)) {
    add(policy.Find("transforms").Find(model.transform_names[number]));
  }
  // Schemas refer to each other, so all of them may have a say in what passes.
  if (route.response_body.schema.source.present()) {
    add(policy.Find("schemas"));
    add(policy.Find("schemaOptions"));
  }
  const Sha256::Digest digest = hash.Finish();
  std::string mark(Base64UrlSize(kMarkBytes), '\0');
  EncodeBase64Url(ByteSpan(digest).first(kMarkBytes), mark.data());
  return mark;
}

}  // namespace sluice::policy

// A realistic policy; any bytes as facts, and any text as a path.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/policy/facts.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/path.h"
#include "sluice/policy/policy.h"

namespace {

using namespace sluice;          // NOLINT(google-build-using-namespace)
using namespace sluice::policy;  // NOLINT(google-build-using-namespace)

constexpr std::string_view kPolicy = R"({
  "version": 1,
  "upstreams": {"u": {"type": "service", "binding": "U"}, "v": {"type": "origin", "url": "https://v.example"}},
  "auth": {"k": {"type": "apiKey", "header": "x-api-key", "keys": [
    {"sha256": "4141414141414141414141414141414141414141414141414141414141414141", "identity": "a/b"}]}},
  "limits": {
    "ip": {"algorithm": "gcra", "rate": {"units": 5, "per": "2s"}, "subject": ["ip", "path:id"], "phase": "preAuth"},
    "all": {"algorithm": "gcra", "rate": {"units": 5, "per": "2s"},
            "subject": ["identity", "cookie:sid", "visitor", "header:x-tenant"]}},
  "features": {
    "attributes": {"id": ["header:x-id", "visitor"], "rest": "path:rest", "n": {"fact": "query:n", "type": "number"},
      "b": {"fact": "cookie:b", "type": "boolean"}, "l": {"fact": "header:x-list", "type": "list"},
      "url": "url", "device": "device", "host": "host", "path": "path", "method": "method"},
    "keys": {"current": "K"}, "visitorCookie": {"name": "v", "adopt": ["old"]},
    "sticky": {"cookie": "s", "maxBytes": 128}, "override": {"query": "o", "cookie": "o"},
    "consent": {"fact": "cookie:c", "is": ["1"], "before": "query:g", "exposures": true},
    "exposures": {"user": "hash"},
    "payload": {"savedGroups": {"g": ["x", 1]}, "features": {
      "page": {"defaultValue": "a", "rules": [
        {"condition": {"n": {"$gt": 1}, "l": {"$elemMatch": {"$in": ["a"]}}}, "force": "b"},
        {"variations": ["a", "b"], "hashVersion": 2, "parentConditions": [{"id": "over", "condition": {"value": 1}}]}]},
      "over": {"defaultValue": 1, "rules": [
        {"condition": {"$or": [{"device": "mobile", "b": true}, {"path": {"$regex": "^/p.*x$"}}]}, "force": 2}]},
      "at": {"defaultValue": {"é": "\n"}, "rules": [{"variations": [1, 2], "hashAttribute": "method",
        "urlPatterns": [{"type": "regex", "pattern": "a+b", "include": true}]}]},
      "rest": {"defaultValue": "a", "rules": [
        {"variations": ["a", "b"], "hashAttribute": "rest", "fallbackAttribute": "id", "condition": {"id": {"$inGroup": "g"}}}]}}}},
  "transforms": {"t": [{"pick": ["$.a"]}]},
  "routes": [
    {"id": "order", "match": {"path": "/orders/{id}", "methods": ["GET"]}, "auth": "k", "limits": ["ip", "all"],
     "upstream": "u", "path": "/o/{id}"},
    {"id": "mobile", "match": {"path": "/orders/{id}", "headers": {"x-client": "mobile"}}, "upstream": "v"},
    {"id": "new", "match": {"path": "/orders/new"}, "upstream": "u"},
    {"id": "page", "match": {"path": "/page/{a}/{b}", "hosts": ["*.example.com", "example.com"]}, "limits": ["all"],
     "experiment": [{"feature": "page", "variants": {"b": {"upstream": "v", "path": "/{b}/{a}"}}},
                    {"feature": "at", "variants": {"1": {"redirect": "/{a}/{b}"}, "2": {"redirect": "https://h.example/{b}"}}}],
     "mint": "always", "upstream": "u"},
    {"id": "rest", "match": {"path": "/{x}/{rest...}"}, "upstream": "u", "path": "/{rest...}",
     "experiment": {"feature": "rest", "variants": {"b": {"redirect": "/{rest...}"}}},
     "flags": {"features": "*", "header": "x-flags"}}
  ]
})";
constexpr uint32_t kRoutes = 5;

void Check(bool condition) {
  if (!condition) std::abort();
}

const Policy& ThePolicy() {
  static const Policy* const policy = [] {
    Issues issues;
    absl::StatusOr<std::unique_ptr<Policy>> compiled =
        Policy::Compile(kPolicy, PolicyBudget(), issues);
    Check(compiled.ok());
    Check((*compiled)->SetSecret(0, AsBytes("0123456789abcdef")).ok());
    return compiled->release();
  }();
  return *policy;
}

void CheckFrame(const OutputBuffer& frame, uint32_t charges_word) {
  const auto word = [&](uint32_t number) { return LoadWord(frame.bytes().data() + 4 * number); };
  Check(word(1) == frame.size());
  for (uint32_t i = 0; i < word(charges_word); ++i) {
    const uint32_t charge = word(charges_word + 1) / 4 + i * kChargeWords;
    const size_t offset = word(charge + kChargeSubjectOffset);
    Check(offset <= frame.size() && word(charge + kChargeSubjectLength) <= frame.size() - offset);
    const size_t operations = word(charge + kChargeOperationsOffset);
    const size_t length = word(charge + kChargeOperationsLength);
    Check(length == 0 || (operations <= frame.size() && length <= frame.size() - operations));
  }
}

void CheckText(const OutputBuffer& plan, uint32_t offset_word, bool is_header) {
  const auto word = [&](uint32_t number) { return LoadWord(plan.bytes().data() + 4 * number); };
  const size_t offset = word(offset_word);
  if (offset == kAbsent) return;
  Check(offset <= plan.size() && word(offset_word + 1) <= plan.size() - offset);
  if (!is_header) return;
  for (const char c : plan.text().substr(offset, word(offset_word + 1))) {
    Check(c >= ' ' && c <= '~');
  }
}

// What comes of an assignment lies in the frame, and what becomes a header's value can be one.
void CheckAssignment(const OutputBuffer& plan) {
  const auto word = [&](uint32_t number) { return LoadWord(plan.bytes().data() + 4 * number); };
  CheckText(plan, kPlanFlagsOffset, true);
  CheckText(plan, kPlanRedirectOffset, false);
  Check(word(kPlanCookieCount) <= kMaxCookies);
  for (uint32_t i = 0; i < word(kPlanCookieCount); ++i) {
    CheckText(plan, word(kPlanCookiesOffset) / 4 + i * kCookieWords, true);
  }
  const uint32_t exposures = word(kPlanExposureCount);
  Check(exposures == 0 || word(kPlanExposuresOffset) % 4 == 0);
  Check(4 * exposures * kExposureWords <= plan.size());
  for (uint32_t i = 0; i < exposures; ++i) {
    const uint32_t exposure = word(kPlanExposuresOffset) / 4 + i * kExposureWords;
    for (uint32_t text = 0; text < kExposureVariationIndex; text += 2) {
      CheckText(plan, exposure + text, false);
    }
  }
}

void Serve(ByteSpan facts) {
  static Scratch& scratch = *new Scratch;  // kept, as an instance keeps it
  limit::Ledger ledger({1, 2}, 64);
  const LocalLimits limits = {ledger, 1e12};
  OutputBuffer match(1 << 20);
  uint32_t matched = kAbsent;
  if (ThePolicy().Match(facts, limits, scratch, match).ok()) {
    CheckFrame(match, kMatchChargeCount);
    matched = LoadWord(match.bytes().data() + 4 * kMatchRoute);
  }
  for (uint32_t route = 0; route <= kRoutes; ++route) {
    OutputBuffer plan(1 << 20);
    const absl::Status decided = ThePolicy().Decide(route, facts, limits, scratch, plan);
    if (decided.ok()) {
      CheckFrame(plan, kPlanChargeCount);
      CheckAssignment(plan);
    }
    // What was matched can be decided, unless the query is none or the URL's parts aren't JSON.
    const std::optional<Facts> view = Facts::Parse(facts);
    const std::string_view query = view.has_value() ? view->Get(kSlotQuery).value_or("") : "";
    const bool has_url = view.has_value() && view->Get(kSlotUrl).has_value();
    Check(route != matched || decided.ok() || (!query.empty() && query[0] != '?') || has_url ||
          ErrorCodeOf(decided) == ErrorCode::kBudgetExceeded);
  }
}

// A normalized path has no dot segments and no empty ones but the last, and normalizing it again
// changes nothing.
void CheckNormalized(std::string_view path) {
  OutputBuffer scratch(2 * kMaxPathBytes);
  const NormalizedPath once = NormalizePath(path, scratch);
  if (once.fault != nullptr) return;
  const std::string text(once.text);
  Check(text.find("//") == std::string::npos && text.find("/./") == std::string::npos &&
        text.find("/../") == std::string::npos);
  const std::string_view last = std::string_view(text).substr(text.rfind('/'));
  Check(last != "/." && last != "/..");
  const NormalizedPath twice = NormalizePath(text, scratch);
  Check(twice.fault == nullptr && twice.text == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Serve({data, size});
  CheckNormalized(AsText({data, size}));
  return 0;
}

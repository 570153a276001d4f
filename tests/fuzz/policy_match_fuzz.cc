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
  "features": {"attributes": {"id": "visitor", "rest": "path:rest"},
    "payload": {"features": {
      "page": {"defaultValue": "a", "rules": [{"variations": ["a", "b"], "hashVersion": 2}]},
      "rest": {"defaultValue": "a", "rules": [{"variations": ["a", "b"], "hashAttribute": "rest"}]}}}},
  "transforms": {"t": [{"pick": ["$.a"]}]},
  "routes": [
    {"id": "order", "match": {"path": "/orders/{id}", "methods": ["GET"]}, "auth": "k", "limits": ["ip", "all"],
     "upstream": "u", "path": "/o/{id}"},
    {"id": "mobile", "match": {"path": "/orders/{id}", "headers": {"x-client": "mobile"}}, "upstream": "v"},
    {"id": "new", "match": {"path": "/orders/new"}, "upstream": "u"},
    {"id": "page", "match": {"path": "/page/{a}/{b}", "hosts": ["*.example.com", "example.com"]}, "limits": ["all"],
     "experiment": {"feature": "page", "variants": {"b": {"upstream": "v", "path": "/{b}/{a}"}}}, "upstream": "u"},
    {"id": "rest", "match": {"path": "/{x}/{rest...}"}, "upstream": "u", "path": "/{rest...}",
     "experiment": {"feature": "rest"}}
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

void Serve(ByteSpan facts) {
  Scratch scratch;
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
    if (decided.ok()) CheckFrame(plan, kPlanChargeCount);
    // What was matched can be decided, unless the query is none.
    const std::optional<Facts> view = Facts::Parse(facts);
    const std::string_view query = view.has_value() ? view->Get(kSlotQuery).value_or("") : "";
    Check(route != matched || decided.ok() || (!query.empty() && query[0] != '?'));
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

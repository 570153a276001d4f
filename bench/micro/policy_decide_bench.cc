// What the core does for one request: match and decide, on a small and on a large policy.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "sluice/base/bytes.h"
#include "sluice/base/signed_text.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/policy.h"

namespace {

using namespace sluice;          // NOLINT(google-build-using-namespace)
using namespace sluice::policy;  // NOLINT(google-build-using-namespace)

// Six routes like those of the storefront; the others are plain ones among them.
std::string PolicyText(int routes, std::string_view keys = "") {
  std::string text =
      absl::StrCat(R"({
    "version": 1,
    "upstreams": {"u": {"type": "service", "binding": "U"}},
    "auth": {"k": {"type": "apiKey", "header": "x-api-key", "keys": [
      {"sha256": "7878787878787878787878787878787878787878787878787878787878787878", "identity": "acme"}]}},
    "limits": {
      "perIp": {"algorithm": "gcra", "rate": {"units": 600, "per": "60s"}, "subject": ["ip"], "phase": "preAuth"},
      "perCustomer": {"algorithm": "gcra", "rate": {"units": 30, "per": "60s"}, "subject": ["identity"]}},
    "features": {)",
                   keys, R"("attributes": {"id": "visitor"}, "payload": {"features": {
      "page": {"defaultValue": "a", "rules": [{"variations": ["a", "b", "c"], "hashVersion": 2}]}}}},
    "routes": [
      {"id": "order", "match": {"methods": ["GET"], "path": "/orders/{id}"}, "auth": "k",
       "limits": ["perIp", "perCustomer"], "upstream": "u"},
      {"id": "mobile", "match": {"methods": ["GET"], "path": "/orders/{id}", "headers": {"x-client": "mobile"}},
       "auth": "k", "limits": ["perIp", "perCustomer"], "upstream": "u"},
      {"id": "orders", "match": {"methods": ["GET"], "path": "/orders"}, "upstream": "u"},
      {"id": "product", "match": {"methods": ["GET"], "path": "/products/{sku}"}, "upstream": "u",
       "path": "/products/classic/{sku}", "limits": ["perIp"],
       "experiment": {"feature": "page", "variants": {"b": {"path": "/products/b/{sku}"}}}},
      {"id": "live", "match": {"path": "/live/{rest...}"}, "upstream": "u"},
      {"id": "plain", "match": {"path": "/plain"}, "upstream": "u"})");
  for (int i = 6; i < routes; ++i) {
    absl::StrAppend(&text, R"(,{"id": "r)", i, R"(", "upstream": "u", "match": {"path": "/api/v)",
                    i % 10, "/resource", i, R"(/{id}/items/{item}"}})");
  }
  return text + "]}";
}

std::string Frame(const std::map<uint32_t, std::string>& facts) {
  const uint32_t slots = facts.rbegin()->first + 1;
  OutputBuffer frame(4096);
  frame.AppendWord(kFactsVersion);
  uint32_t length = 12 + 8 * slots;
  for (const auto& [slot, value] : facts) length += static_cast<uint32_t>(value.size());
  frame.AppendWord(length);
  frame.AppendWord(slots);
  uint32_t at = 12 + 8 * slots;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const auto fact = facts.find(slot);
    const bool present = fact != facts.end();
    frame.AppendWord(present ? at : kAbsent);
    frame.AppendWord(present ? static_cast<uint32_t>(fact->second.size()) : 0);
    if (present) at += static_cast<uint32_t>(fact->second.size());
  }
  for (const auto& [slot, value] : facts) frame.Append(value);
  return std::string(frame.text());
}

struct Request {
  std::string name;
  std::map<uint32_t, std::string> facts;
};

Request Order() {
  return {"order",
          {{kSlotMethod, "GET"},
           {kSlotHost, "shop.example.com"},
           {kSlotPath, "/orders/A-10042"},
           {kSlotQuery, "?view=full"},
           {kSlotIp, "203.0.113.7"},
           {kSlotDigest, std::string(32, 'x')}}};
}
constexpr std::string_view kKey = "sixteen bytes and more";
constexpr std::string_view kBrowser =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36";

// The visitor's cookie is in slot 9, the browser in slot 12: header:x-client is 8, and what minting
// looks at 10 and 11.
Request Product() {
  return {"product",
          {{kSlotMethod, "GET"},
           {kSlotHost, "shop.example.com"},
           {kSlotPath, "/products/SKU-7781"},
           {kSlotIp, "203.0.113.7"},
           {9, "a=b; theme=dark; __Host-sluice-visitor=AAECAwQFBgcICQoLDA0ODw; c=d"},
           {12, std::string(kBrowser)}}};
}
Request SignedProduct() {
  TextSigner signer;
  signer.SetKey(SigningKey::kCurrent, AsBytes(kKey));
  OutputBuffer value(256);
  signer.Sign(kVisitorPurpose, "__Host-sluice-visitor", "AAECAwQFBgcICQoLDA0ODw", value);
  Request request = Product();
  request.name = "signed product";
  request.facts[9] = absl::StrCat("a=b; theme=dark; __Host-sluice-visitor=", value.text(), "; c=d");
  return request;
}
Request Deep() {
  return {"deep",
          {{kSlotMethod, "POST"},
           {kSlotHost, "shop.example.com"},
           {kSlotPath, "/api/v7/resource507/4711/items/12"}}};
}
Request ToNormalize() {
  return {"to normalize",
          {{kSlotMethod, "GET"},
           {kSlotHost, "shop.example.com"},
           {kSlotPath, "/x/..//orders/%41-10042%2f"},
           {kSlotDigest, std::string(32, 'x')}}};
}

void MatchAndDecide(benchmark::State& state, int routes, const Request& request,
                    std::string_view keys = "") {
  Issues issues;
  absl::StatusOr<std::unique_ptr<Policy>> policy =
      Policy::Compile(PolicyText(routes, keys), PolicyBudget(), issues);
  if (!policy.ok() || (!keys.empty() && !(*policy)->SetSecret(0, AsBytes(kKey)).ok())) {
    state.SkipWithError("the policy has faults");
    return;
  }
  const std::string facts = Frame(request.facts);
  Scratch scratch;
  limit::Ledger ledger({1, 2});
  const LocalLimits limits = {ledger, 1'763'000'000'000};
  OutputBuffer out(1 << 20);
  for (auto _ : state) {
    out.Clear();
    if (!(*policy)->Match(AsBytes(facts), limits, scratch, out).ok()) std::abort();
    const uint32_t route = LoadWord(out.bytes().data() + 4 * kMatchRoute);
    if (route == kAbsent) continue;
    out.Clear();
    if (!(*policy)->Decide(route, AsBytes(facts), limits, scratch, out).ok()) std::abort();
    benchmark::DoNotOptimize(out.bytes().data());
  }
}

void Compile(benchmark::State& state) {
  const std::string text = PolicyText(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    Issues issues;
    if (!Policy::Compile(text, PolicyBudget(), issues).ok()) std::abort();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

BENCHMARK_CAPTURE(MatchAndDecide, order_of_6, 6, Order());
BENCHMARK_CAPTURE(MatchAndDecide, order_of_1000, 1000, Order());
BENCHMARK_CAPTURE(MatchAndDecide, product_of_6, 6, Product());
BENCHMARK_CAPTURE(MatchAndDecide, product_of_1000, 1000, Product());
BENCHMARK_CAPTURE(MatchAndDecide, signed_product_of_6, 6, SignedProduct(),
                  R"("keys": {"current": "K"},)");
BENCHMARK_CAPTURE(MatchAndDecide, deep_of_1000, 1000, Deep());
BENCHMARK_CAPTURE(MatchAndDecide, refused_target, 6, ToNormalize());
BENCHMARK(Compile)->Arg(6)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);

}  // namespace

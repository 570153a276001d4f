// A request allocates nothing: matching and deciding call neither operator new nor, once their
// buffers have grown to what comes by, malloc for them.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "support.h"

namespace {
size_t g_allocations = 0;

void* Allocate(std::size_t size) {
  ++g_allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace sluice::policy {
namespace {

TEST(Allocation, ARequestAllocatesNothing) {
  TestPolicy policy(R"({
    "version": 1,
    "upstreams": {"u": {"type": "service", "binding": "U"}},
    "auth": {"k": {"type": "apiKey", "header": "x-api-key", "keys": [
      {"sha256": "7878787878787878787878787878787878787878787878787878787878787878", "identity": "acme",
       "claims": {"plan": "pro"}}]}},
    "limits": {
      "pre": {"algorithm": "gcra", "rate": {"units": 5, "per": "2s"}, "subject": ["ip"], "phase": "preAuth",
              "allow": ["10.0.0.0/8"], "deny": ["2001:db8::/32"], "overrides": [{"subject": "::/64", "burst": 9}]},
      "l": {"algorithm": "gcra", "rate": {"units": 5, "per": "2s"}, "subject": ["claim:plan", "path:x", "cookie:c", "visitor"],
            "allow": ["pro/a*"], "overrides": [{"subject": "pro/c*", "burst": 7}, {"claim": {"plan": "pro"}, "burst": 9}]}},
    "features": {"attributes": {"id": ["header:x-id", "visitor"], "url": "url", "q": "query:q", "n": {"fact": "query:n", "type": "number"},
                                "l": {"fact": "header:h", "type": "list"}},
                 "keys": {"current": "K"}, "sticky": {}, "override": {}, "consent": {"fact": "cookie:c", "is": ["2"]},
                 "payload": {"features": {"f": {"defaultValue": "a", "rules": [
                   {"condition": {"$or": [{"url": {"$regex": "x$"}}, {"n": {"$gt": 7}}, {"l": {"$elemMatch": {"$eq": "z"}}}]}, "force": "b"},
                   {"variations": ["a", "b"]}]},
                   "g": {"defaultValue": "é", "rules": [{"variations": ["é", {}], "condition": {"q": "a b c d e f g"}}]}}}},
    "transforms": {"t": [{"compose": {"i": {}}}]},
    "routes": [
      {"id": "r", "match": {"path": "/a/{x}/{y...}", "headers": {"h": "1"}, "hosts": ["*.example.com"]},
       "auth": "k", "limits": ["pre", "l"], "upstream": "u", "path": "/{x}/{y...}",
       "inputs": {"i": {"upstream": "u", "path": "/i/{x}"}}, "response": {"transform": "t"},
       "experiment": {"feature": "f", "variants": {"b": {"path": "/b"}}},
       "flags": {"features": "*", "header": "x-flags"}},
      {"id": "s", "match": {"path": "/a/b/c", "methods": ["PUT"]}, "upstream": "u"}]
  })");
  FactsFrame request;
  request.Set(kSlotMethod, "GET")
      .Set(kSlotPath, "/a//b%20/./c")
      .Set(kSlotHost, "a.b.example.com")
      .Set(kSlotQuery, "?n=3&q=a+b%20c+d%20e+f+g&sluice-override=x.y")
      .Set(kSlotUrl,
           R"({"href": "https://a.b.example.com/a", "path": "/a", "host": "a.b.example.com"})")
      .Set(kSlotIp, "::1")
      .Set(kSlotRandom, std::string(16, 'r'))
      .Set(kSlotDigest, std::string(32, 'x'))
      .Set(policy.Slot("header:h"), "1")
      .Set(policy.Slot("header:sec-fetch-mode"), "navigate")
      .Set(policy.Slot("header:user-agent"), "Mozilla/5.0")
      .Set(policy.Slot("header:cookie"), "a=1; c=2; b=3");
  const std::string facts = request.Encode();
  ASSERT_TRUE(policy.policy().SetSecret(0, AsBytes("a key of cookies")).ok());
  const std::string not_allowed =
      FactsFrame().Set(kSlotMethod, "GET").Set(kSlotPath, "/a/b/c").Encode();
  const std::string bad = FactsFrame().Set(kSlotMethod, "GET").Set(kSlotPath, "/%2F").Encode();

  Scratch scratch;
  OutputBuffer out(1 << 16);
  const auto serve = [&] {
    bool ok = true;
    for (const std::string* frame : {&facts, &not_allowed, &bad}) {
      out.Clear();
      ok = ok && (*policy).Match(AsBytes(*frame), policy.limits(), scratch, out).ok();
    }
    out.Clear();
    return ok && (*policy).Decide(0, AsBytes(facts), policy.limits(), scratch, out).ok();
  };
  const auto capacity = [&] {
    return out.capacity() + scratch.path.capacity() + scratch.value.capacity() +
           scratch.text.capacity() + scratch.attributes.capacity() + scratch.visitor.capacity();
  };
  const bool first = serve();  // the features' engine keeps its memory in the scratch
  const size_t grown = capacity();
  const size_t before = g_allocations;
  const bool second = serve();
  EXPECT_EQ(g_allocations, before);
  EXPECT_EQ(capacity(), grown);
  EXPECT_TRUE(first && second);
  const DecodedFrame plan{std::string(out.text())};
  EXPECT_EQ(plan.Charges(kPlanChargeCount)[0].subject, "pro/b /2/");
  EXPECT_EQ(plan.Cookies().size(), 2u);
  EXPECT_EQ(plan.Word(kPlanExposureCount), 2u);
  EXPECT_EQ(plan.InputPaths(), std::vector<std::string>{"/i/b%20"});
}

}  // namespace
}  // namespace sluice::policy

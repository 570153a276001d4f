#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "support.h"

namespace sluice::policy {
namespace {

// Of a route that says nothing of its requests.
constexpr std::string_view kPlainRequest =
    R"("request":{"setHeaders":[],"removeHeaders":[],"transform":null,"schema":null,)"
    R"("onInvalidBody":"fail","maxBodyBytes":4194304},"inputs":[],)";

TEST(Describe, TheSmallestPolicy) {
  TestPolicy policy(R"({"version": 1, "routes": []})");
  EXPECT_EQ(
      policy.description_text(),
      R"({"formatVersion":5,"slots":["method","host","path","query","ip","random","digest","url"],)"
      R"("matchSlots":[0,2],"upstreams":[],"auth":[],"limits":[],"visitorHeader":null,"overrideCookie":null,"exposures":null,)"
      R"("warnings":[],"warningCount":0,"urlPatterns":[],"transforms":[],"schemas":[],"secrets":[],"routes":[]})");
}

TEST(Describe, SaysAllThatTheShimNeeds) {
  constexpr std::string_view kText = R"({
    "version": 1,
    "upstreams": {"s": {"type": "service", "binding": "S", "timeout": "10s"},
                  "o": {"type": "origin", "url": "https://example.com/v1/",
                        "limits": [{"limit": "t", "cost": {"reserve": 3, "from": "/a"}}]}},
    "auth": {"k": {"type": "apiKey", "header": "X-Api-Key", "keys": []}},
    "limits": {"l": {"algorithm": "fixed_window", "rate": {"units": 5, "per": "2s"}, "subject": ["cookie:c", "ip"],
                     "onOutage": "local", "localShare": 0.5, "timeout": "20ms"},
               "p": {"algorithm": "gcra", "rate": {"units": 5, "per": "2s"}, "subject": ["ip", "header:X-T"],
                     "phase": "preAuth", "mode": "shadow", "durability": "checkpoint", "lease": false,
                     "denyCacheMax": "0s", "colocate": "g", "shards": 4, "retryJitter": "1500ms"},
               "t": {"algorithm": "gcra", "rate": {"units": 5, "per": "2s"}, "subject": [], "onOutage": "open"}},
    "features": {"attributes": {"id": "visitor"}, "visitorCookie": {"name": "__Host-v", "maxAge": "1d"},
                 "keys": {"current": "COOKIE_KEY"}, "override": {"cookie": "__Host-o"},
                 "payload": {"features": {"f": {"defaultValue": 1,
                    "rules": [{"key": "e", "variations": ["a", {"b": 1.0}, 3], "hashVersion": 2}]},
                    "g": {"defaultValue": true}}}},
    "transforms": {"t": []},
    "routes": [
      {"id": "r", "match": {"path": "/a/{x}", "hosts": ["h"], "headers": {"X-C": "1"}},
       "auth": "k", "limits": [{"limit": "l", "cost": {"reserve": 2, "from": "/u/n", "event": "done"}}, "p"], "upstream": "o",
       "experiment": {"feature": "f", "variants": {"a": {"setHeaders": {"X-V": "1"}, "transform": "t"}}},
       "request": {"setHeaders": {"X-E": "1"}, "removeHeaders": ["X-D"],
                   "transform": "t", "onInvalidBody": "pass", "maxBodyBytes": 9},
       "response": {"onInvalidBody": "pass", "maxBodyBytes": 7, "setHeaders": {"A": "b"}, "removeHeaders": ["Server"]},
       "rateLimitHeaders": "x"},
      {"id": "q", "match": {"path": "/a/b"}, "upstream": "s"},
      {"id": "z", "match": {"path": "/z"}, "upstream": "s"}]
  })";
  TestPolicy policy(kText);
  // slots: 8 header:x-c, 9 header:x-t, 10 header:cookie, then what assigning takes.
  const json::Value limits = policy.description().Find("limits");
  std::vector<std::string> ids;
  for (const json::Value limit : json::Elements(limits)) {
    std::string scratch;
    const std::string_view rule = limit.Find("rule").string(&scratch);
    ASSERT_EQ(rule.size(), 64u);
    ids.emplace_back(rule.substr(48));
  }
  const std::string rule_l = absl::StrCat(
      R"("units":5,"burst":0,"rule":"0100000005000000000000000000000)", "0d007000000000000", ids[0],
      R"(","localRule":"0100000002000000000000000000000)", "0d007000000000000", ids[0], "\"");
  const std::string rule_p =
      absl::StrCat(R"("units":5,"burst":5,"rule":"0200000005000000050000000000000)",
                   "0d007000000000000", ids[1], R"(","localRule":null)");
  const std::string rule_t =
      absl::StrCat(R"("units":5,"burst":5,"rule":"0200000005000000050000000000000)",
                   "0d007000000000000", ids[2], R"(","localRule":null)");
  EXPECT_EQ(
      policy.description_text(),
      absl::StrCat(
          R"({"formatVersion":5,"slots":["method","host","path","query","ip","random","digest","url",)",
          R"("header:x-c","header:x-t","header:cookie","header:sec-fetch-mode","header:sec-fetch-dest","header:accept","header:user-agent"],"matchSlots":[0,1,2,4,8,9],)",
          R"("upstreams":[{"name":"s","type":"service","binding":"S","timeoutMs":10000,"limits":[]},)",
          R"({"name":"o","type":"origin","url":"https://example.com/v1","timeoutMs":30000,"limits":[{"limit":2,"settle":{"from":"/a","event":null}}]}],)",
          R"("auth":[{"name":"k","type":"apiKey","header":"x-api-key"}],)",
          R"("limits":[{"name":"l","algorithm":"fixed_window","periodMs":2000,)", rule_l,
          R"(,"rules":[{)", rule_l,
          R"(}],"phase":"request","mode":"enforce","durability":"strict",)",
          R"("lease":{"durationMs":2000,"units":5},"denyCacheMaxMs":2000,"onOutage":"local",)",
          R"("timeoutMs":20,"penaltyMs":null,"object":"l","subjectAddressBits":[null,64],"shards":1,"retryJitterMs":0},)",
          R"({"name":"p","algorithm":"gcra","periodMs":2000,)", rule_p, R"(,"rules":[{)", rule_p,
          R"(}],"phase":"preAuth","mode":"shadow","durability":"checkpoint",)",
          R"("lease":null,"denyCacheMaxMs":0,"onOutage":"closed","timeoutMs":250,)",
          R"("penaltyMs":null,"object":"+g","subjectAddressBits":[64,null],"shards":4,"retryJitterMs":1500},)",
          R"({"name":"t","algorithm":"gcra","periodMs":2000,)", rule_t, R"(,"rules":[{)", rule_t,
          R"(}],"phase":"request","mode":"enforce","durability":"strict",)",
          R"("lease":{"durationMs":2000,"units":5},"denyCacheMaxMs":2000,"onOutage":"open",)",
          R"("timeoutMs":250,"penaltyMs":null,"object":"t","subjectAddressBits":[],"shards":1,"retryJitterMs":0}],)",
          R"("visitorHeader":null,"overrideCookie":"__Host-o","exposures":{"queue":"SLUICE_EXPOSURES","analytics":null,"sample":1},)",
          R"("warnings":[],"warningCount":0,"urlPatterns":[],"transforms":[{"name":"t","inputs":[]}],"schemas":[],"secrets":[)",
          R"({"binding":"COOKIE_KEY","pointer":"/features/keys/current","byteOffset":)",
          kText.find("\"COOKIE_KEY\""), R"(,"optional":false,"minBytes":16}],"routes":[)",
          R"({"id":"r","needs":[2,3,4,5,6,10,11,12,13,14],"auth":0,"limits":[{"limit":0,"settle":{"from":"/u/n","event":"done"}},{"limit":1,"settle":null}],)",
          R"("experiments":[{"feature":"f","variants":[{"value":"a","setHeaders":[["x-v","1"]]}]}],"flags":null,"vary":["x-c"],)",
          R"("request":{"setHeaders":[["x-e","1"]],"removeHeaders":["x-d","x-api-key"],)",
          R"("transform":0,"schema":null,"onInvalidBody":"pass","maxBodyBytes":9},"inputs":[],)",
          R"("response":{"setHeaders":[["a","b"]],"removeHeaders":["server"],"schema":null,"onInvalidBody":"pass",)",
          R"("maxBodyBytes":7},"personal":true,"sharedCache":false,"cache":null,"rateLimitHeaders":"x"},)",
          R"({"id":"q","needs":[2,3],"auth":null,"limits":[],"experiments":[],"flags":null,"vary":["x-c"],)",
          kPlainRequest,
          R"("response":{"setHeaders":[],"removeHeaders":[],"schema":null,"onInvalidBody":"fail","maxBodyBytes":4194304},)",
          R"("personal":false,"sharedCache":false,"cache":null,"rateLimitHeaders":true},)",
          R"({"id":"z","needs":[2,3],"auth":null,"limits":[],"experiments":[],"flags":null,"vary":[],)",
          kPlainRequest,
          R"("response":{"setHeaders":[],"removeHeaders":[],"schema":null,"onInvalidBody":"fail","maxBodyBytes":4194304},)",
          R"("personal":false,"sharedCache":false,"cache":null,"rateLimitHeaders":true}]})"));
}

}  // namespace
}  // namespace sluice::policy

// What the tests of faulty policies share: one that has none, and how a fault is put into it.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/issues.h"
#include "sluice/base/status.h"
#include "sluice/policy/policy.h"

namespace sluice::policy {

// Everything a policy can say, without fault.
inline constexpr std::string_view kPolicy = R"({
  "version": 1,
  "upstreams": {
    "shop": {"type": "service", "binding": "SHOP", "timeout": "10s"},
    "billing": {"type": "origin", "url": "https://billing.example.com/v1/",
                "limits": [{"limit": "tokens", "cost": {"reserve": 50, "from": "/usage/total", "event": "done"}}]}
  },
  "auth": {
    "customers": {"type": "apiKey", "header": "X-Api-Key", "keys": [
      {"sha256": "8649cdebee753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b0873", "identity": "acme",
       "claims": {"plan": "pro"}},
      {"sha256": "0aef9a797b1f4523f91fe6c361cd0df88248789ca6cb8cad188d5030ac2f717e", "identity": "globex"}
    ]}
  },
  "limits": {
    "perIp": {"algorithm": "gcra", "rate": {"units": 600, "per": "60s"}, "burst": 60,
              "subject": ["ip", "header:X-Tenant"], "phase": "preAuth",
              "durability": "memory", "mayForget": true, "onOutage": "open", "timeout": "100ms",
              "ipv6Prefix": 56, "lease": false, "allow": ["10.0.0.0/8"], "deny": ["192.0.2.1", "192.0.2.7/evil"],
              "penalty": "10m", "retryJitter": "2s"},
    "perCustomer": {"algorithm": "fixed_window", "rate": {"units": 30, "per": "10s"},
                    "subject": ["identity", "path:id", "cookie:sid", "visitor"], "durability": "strict"},
    "tokens": {"algorithm": "token_bucket", "rate": {"units": 900, "per": "1d"}, "burst": 100,
               "subject": ["claim:plan"], "mode": "enforce", "durability": "checkpoint",
               "lease": {"duration": "9s", "units": 80}, "denyCacheMax": "0s",
               "onOutage": "local", "localShare": 0.5, "shards": 4, "colocate": "llm",
               "overrides": [{"claim": {"plan": "pro"}, "rate": {"units": 1800, "per": "24h"}},
                             {"subject": "basic-*", "burst": 70}]}
  },
  "features": {
    "attributes": {"id": "visitor"},
    "visitorCookie": {"name": "__Host-visitor", "maxAge": "365d"},
    "payload": {"features": {
      "page": {"defaultValue": "classic", "rules": [
        {"variations": ["classic", "grid"], "weights": [0.5, 0.5], "hashVersion": 2}]}
    }}
  },
  "transforms": {"slim": [{"pick": ["$.id"]}]},
  "schemaOptions": {"dialect": "2020-12", "assertFormat": true, "patterns": "linear"},
  "schemas": {
    "order": {"type": "object", "required": ["address"], "properties": {"address": {"$ref": "address"}}},
    "address": {"$ref": "#/$defs/lines", "$defs": {"lines": {"type": "array", "items": {"type": "string"}}}}
  },
  "routes": [
    {
      "id": "order",
      "match": {"hosts": ["shop.example.com", "*.shop.example.com"], "methods": ["GET", "POST"],
                "path": "/orders/{id}/{rest...}", "headers": {"X-Client": "mobile"}},
      "auth": "customers",
      "limits": ["perIp", {"limit": "perCustomer", "cost": 5}],
      "experiment": {"feature": "page", "variants": {
        "grid": {"upstream": "billing", "path": "/v2/{id}", "setHeaders": {"x-v": "2"}, "transform": "slim"}}},
      "upstream": "shop",
      "path": "/internal/{id}/{rest...}",
      "request": {"setHeaders": {"x-edge": "sluice"}, "removeHeaders": ["x-debug"]},
      "response": {"transform": "slim", "onInvalidBody": "pass", "maxBodyBytes": 1024,
                   "setHeaders": {"x-powered-by": "us"}, "removeHeaders": ["server"]},
      "rateLimitHeaders": false
    },
    {"id": "rest", "match": {"path": "/{rest...}"}, "upstream": "shop"},
    {"id": "list", "match": {"path": "/lists/{kind}", "methods": ["PUT"]}, "upstream": "shop",
     "query": {"properties": {"limit": {"type": "integer"}}},
     "params": {"required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}}},
     "request": {"schema": {"schema": "order", "contentTypes": ["application/json", "application/vnd.order+json"],
                            "required": false, "onInvalid": "refuse"}, "maxBodyBytes": 2048},
     "response": {"schema": {"schema": "address", "status": [200, 201], "onInvalid": "enforce", "detail": true}}}
  ]
})";

struct Compiled {
  Issues issues;
  absl::Status status;
};

inline Compiled Compile(std::string_view text) {
  Compiled result;
  result.status = Policy::Compile(text, PolicyBudget(), result.issues).status();
  return result;
}

inline std::string Show(const Issues& issues) {
  std::string text;
  for (const Issue& issue : issues.list()) {
    absl::StrAppend(&text, issue.code, " at «", issue.pointer, "» (", issue.byte_offset,
                    "): ", issue.message, "\n");
  }
  return text;
}

// What replaces what in the policy, and the one fault that it makes: the issue is at `pointer`,
// where the changed text has `at` for the first time.
struct Fault {
  std::string_view from;
  std::string_view to;
  std::string_view code;
  std::string_view pointer;
  std::string_view at;
  std::string_view hint = "";  // in the message
};
inline void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.to; }

// The policy with that change has this one fault, where it says and as it says.
inline void ExpectFault(std::string_view policy, const Fault& fault) {
  ASSERT_NE(policy.find(fault.from), std::string_view::npos) << fault.from;
  const std::string text = absl::StrReplaceAll(policy, {{fault.from, fault.to}});
  const Compiled compiled = Compile(text);
  EXPECT_EQ(ErrorCodeOf(compiled.status), ErrorCode::kInvalidPolicy);
  ASSERT_EQ(compiled.issues.total(), 1u) << Show(compiled.issues);
  const Issue& issue = compiled.issues.list()[0];
  EXPECT_EQ(issue.code, fault.code) << issue.message;
  EXPECT_EQ(issue.pointer, fault.pointer) << issue.message;
  EXPECT_EQ(issue.byte_offset, text.find(fault.at)) << issue.message;
  EXPECT_THAT(issue.message, testing::HasSubstr(fault.hint));
}

class FaultTest : public testing::TestWithParam<Fault> {};

}  // namespace sluice::policy

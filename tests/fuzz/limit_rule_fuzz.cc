// CompileRule on arbitrary JSON: a rule that is valid, survives its encoding and can be charged; or
// at least one issue, each at a place in the text.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "../support/check.h"
#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {
namespace {

void CheckEncoding(const Rule& rule) {
  OutputBuffer out(Rule::kEncodedBytes);
  EncodeRule(rule, out);
  const std::optional<Rule> decoded = DecodeRule(out.bytes());
  CHECK(decoded.has_value());
  CHECK(decoded->algorithm == rule.algorithm && decoded->window == rule.window);
  CHECK(decoded->units == rule.units && decoded->burst == rule.burst);
  CHECK(decoded->period_ms == rule.period_ms && decoded->id == rule.id);
}

// All that the rule admits at once, and not one more.
void CheckQuota(const Rule& rule, double now_ms) {
  State state;
  CHECK(Charge(rule, 0, now_ms, state).remaining == rule.quota());
  const Verdict all = Charge(rule, rule.quota(), now_ms, state);
  CHECK(all.allowed && all.remaining == 0 && all.reset_ms >= 1);
  CHECK(IsPlausible(rule, state) && !Expired(rule, state, now_ms));
  const Verdict more = Charge(rule, 1, now_ms, state);
  CHECK(!more.allowed && more.retry_after_ms >= 1 && more.retry_after_ms <= all.reset_ms);
  CHECK(Expired(rule, state, now_ms + all.reset_ms));
}

void Check(std::string_view text) {
  json::Document document;
  if (!document.Parse(text).ok()) return;
  json::CompileContext context;
  const std::optional<Rule> rule = CompileRule("fuzz", document.root(), context);
  CHECK(rule.has_value() == context.issues().empty());
  for (const Issue& issue : context.issues().list()) {
    CHECK(!issue.code.empty() && !issue.message.empty() && issue.byte_offset < text.size());
  }
  if (!rule.has_value()) return;
  CHECK(IsValid(*rule) && rule->id != 0);
  CHECK(!AlgorithmName(rule->algorithm).empty());
  CheckEncoding(*rule);
  for (const double now_ms : {0.0, 1'763'000'000'123.0}) CheckQuota(*rule, now_ms);
}

}  // namespace
}  // namespace sluice::limit

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::limit::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}

// The limits, for the shim.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/rule.h"
#include "sluice/policy/limit_names.h"
#include "sluice/policy/limits.h"

namespace sluice::policy {
namespace {

std::string HexOf(const limit::Rule& rule) {
  constexpr std::string_view kHex = "0123456789abcdef";
  OutputBuffer encoded(limit::Rule::kEncodedBytes);
  limit::EncodeRule(rule, encoded);
  std::string hex;
  for (const uint8_t byte : encoded.bytes()) {
    hex += kHex[byte >> 4];
    hex += kHex[byte & 15];
  }
  return hex;
}

uint32_t ShareOf(uint32_t units, double share) {
  return std::max(1u, static_cast<uint32_t>(static_cast<double>(units) * share));
}

// The rule that an isolate decides by when it is on its own: as the limit's, with its share. A log
// is no state that it keeps; gcra admits at most burst + units - 1 in a period, so these do as
// well. Its burst times the period must fit its arithmetic.
limit::Rule LocalRule(limit::Rule rule, double share) {
  rule.units = ShareOf(rule.units, share);
  if (limit::HasBurst(rule.algorithm)) rule.burst = ShareOf(rule.burst, share);
  if (rule.algorithm == limit::Algorithm::kSlidingLog) {
    rule.algorithm = limit::Algorithm::kGcra;
    rule.burst = static_cast<uint32_t>(
        std::min<uint64_t>((uint64_t{rule.units} + 1) / 2, limit::kMaxBurstTime / rule.period_ms));
    rule.units = rule.units - rule.burst + 1;
  }
  return rule;
}

class LimitDescriber {
 public:
  LimitDescriber(const Limit& limit, json::Writer& writer) : limit_(limit), writer_(writer) {}

  void Write() {
    writer_.BeginObject();
    Text("name", limit_.name);
    if (limit_.rule.has_value()) {
      Text("algorithm", limit::AlgorithmName(limit_.rule->algorithm));
      Number("periodMs", limit_.rule->period_ms);
      WriteRule(*limit_.rule);
      writer_.Key("rules");
      writer_.BeginArray();
      WriteRuleObject(*limit_.rule);
      for (const Override& item : limit_.overrides) WriteRuleObject(item.rule);
      writer_.EndArray();
    }
    WriteTerms();
    writer_.EndObject();
  }

 private:
  void Text(std::string_view key, std::string_view value) {
    writer_.Key(key);
    writer_.String(value);
  }
  void Number(std::string_view key, uint64_t value) {
    writer_.Key(key);
    writer_.Uint(value);
  }

  void WriteRuleObject(const limit::Rule& rule) {
    writer_.BeginObject();
    WriteRule(rule);
    writer_.EndObject();
  }

  void WriteRule(const limit::Rule& rule) {
    Number("units", rule.units);
    Number("burst", rule.burst);
    Text("rule", HexOf(rule));
    writer_.Key("localRule");
    if (limit_.on_outage == OnOutage::kLocal) {
      writer_.String(HexOf(LocalRule(rule, limit_.local_share)));
    } else {
      writer_.Null();
    }
  }

  void WriteTerms() {
    Text("phase", kPhases[static_cast<size_t>(limit_.phase)]);
    Text("mode", kModes[static_cast<size_t>(limit_.mode)]);
    Text("durability", kDurabilities[static_cast<size_t>(limit_.durability)]);
    WriteLease();
    Number("denyCacheMaxMs", limit_.deny_cache_ms);
    Text("onOutage", kOutages[static_cast<size_t>(limit_.on_outage)]);
    Number("timeoutMs", limit_.timeout_ms);
    writer_.Key("penaltyMs");
    if (limit_.penalty_ms == 0) {
      writer_.Null();
    } else {
      writer_.Uint(limit_.penalty_ms);
    }
    // "+" is in no name.
    Text("object", limit_.group.empty() ? limit_.name : absl::StrCat("+", limit_.group));
    WriteSubject();
    Number("shards", limit_.shards);
    Number("retryJitterMs", limit_.retry_jitter_ms);
  }

  void WriteSubject() {
    writer_.Key("subjectAddressBits");
    writer_.BeginArray();
    for (const FactRef& part : limit_.subject) {
      if (part.kind == FactKind::kIp) {
        writer_.Uint(limit_.ipv6_prefix);
      } else {
        writer_.Null();
      }
    }
    writer_.EndArray();
  }

  void WriteLease() {
    writer_.Key("lease");
    if (limit_.lease.duration_ms == 0 || !limit_.rule.has_value()) {
      writer_.Null();
      return;
    }
    writer_.BeginObject();
    Number("durationMs", limit_.lease.duration_ms);
    Number("units", limit_.lease.units == 0 ? limit_.rule->quota() : limit_.lease.units);
    writer_.EndObject();
  }

  const Limit& limit_;
  json::Writer& writer_;
};

}  // namespace

void DescribeLimits(const std::vector<Limit>& limits, json::Writer& writer) {
  writer.BeginArray();
  for (const Limit& limit : limits) LimitDescriber(limit, writer).Write();
  writer.EndArray();
}

}  // namespace sluice::policy

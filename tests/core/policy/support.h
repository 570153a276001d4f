// What the policy tests share: policies from text, facts frames, decoded match and plan frames.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"
#include "sluice/limit/ledger.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/policy.h"

namespace sluice::policy {

inline void AppendWordTo(uint32_t word, std::string& out) {
  for (uint32_t shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(word >> shift));
}

// Facts by slot number, as a frame.
class FactsFrame {
 public:
  FactsFrame& Set(uint32_t slot, std::string_view value) {
    facts_[slot] = std::string(value);
    return *this;
  }
  std::string Encode() const {
    const uint32_t slots = facts_.empty() ? 0 : facts_.rbegin()->first + 1;
    std::string pairs;
    std::string bytes;
    for (uint32_t slot = 0; slot < slots; ++slot) {
      const auto fact = facts_.find(slot);
      const bool present = fact != facts_.end();
      AppendWordTo(present ? 12 + 8 * slots + static_cast<uint32_t>(bytes.size()) : kAbsent, pairs);
      AppendWordTo(present ? static_cast<uint32_t>(fact->second.size()) : 0, pairs);
      if (present) bytes += fact->second;
    }
    std::string frame;
    AppendWordTo(kFactsVersion, frame);
    AppendWordTo(static_cast<uint32_t>(12 + pairs.size() + bytes.size()), frame);
    AppendWordTo(slots, frame);
    return frame + pairs + bytes;
  }

 private:
  std::map<uint32_t, std::string> facts_;
};

struct DecodedCharge {
  uint32_t limit;
  uint32_t cost;
  std::string subject;
  bool operator==(const DecodedCharge&) const = default;
};
inline void PrintTo(const DecodedCharge& charge, std::ostream* out) {
  *out << "{" << charge.limit << ", " << charge.cost << ", \"" << charge.subject << "\"}";
}

// A match or plan frame.
class DecodedFrame {
 public:
  explicit DecodedFrame(std::string bytes) : bytes_(std::move(bytes)) {
    EXPECT_GE(bytes_.size(), 8u);
    EXPECT_EQ(Word(1), bytes_.size()) << "length";
  }

  uint32_t Word(uint32_t number) const {
    const ByteSpan bytes = AsBytes(bytes_);
    if (bytes.size() < 4 * (size_t{number} + 1)) return kAbsent;
    return LoadWord(bytes.data() + 4 * size_t{number});
  }
  Outcome outcome() const { return static_cast<Outcome>(Word(2)); }
  std::optional<std::string> Text(uint32_t offset_word) const {
    if (Word(offset_word) == kAbsent) return std::nullopt;
    EXPECT_LE(Word(offset_word), bytes_.size());
    return bytes_.substr(Word(offset_word), Word(offset_word + 1));
  }
  std::vector<DecodedCharge> Charges(uint32_t count_word) const {
    std::vector<DecodedCharge> charges;
    for (uint32_t i = 0; i < Word(count_word); ++i) {
      EXPECT_EQ(Word(count_word + 1) % 4, 0u) << "charges are aligned";
      const uint32_t word = Word(count_word + 1) / 4 + i * kChargeWords;
      charges.push_back({Word(word + kChargeLimit), Word(word + kChargeCost),
                         *Text(word + kChargeSubjectOffset)});
    }
    return charges;
  }

  // The variants that apply, by the route's experiments.
  std::vector<uint32_t> Variants() const {
    std::vector<uint32_t> variants;
    for (uint32_t i = 0; i < Word(kPlanVariantCount); ++i) {
      variants.push_back(Word(Word(kPlanVariantsOffset) / 4 + i));
    }
    return variants;
  }

  // The values of Set-Cookie.
  std::vector<std::string> Cookies() const {
    std::vector<std::string> cookies;
    for (uint32_t i = 0; i < Word(kPlanCookieCount); ++i) {
      cookies.push_back(*Text(Word(kPlanCookiesOffset) / 4 + i * kCookieWords));
    }
    return cookies;
  }

  // The paths of a plan's inputs.
  std::vector<std::string> InputPaths() const {
    std::vector<std::string> paths;
    for (uint32_t i = 0; i < Word(kPlanInputCount); ++i) {
      EXPECT_EQ(Word(kPlanInputsOffset) % 4, 0u) << "inputs are aligned";
      paths.push_back(*Text(Word(kPlanInputsOffset) / 4 + i * kInputWords));
    }
    return paths;
  }

 private:
  std::string bytes_;
};

// A policy under test, with what is needed to run it.
class TestPolicy {
 public:
  // Fails the test if the text has faults.
  explicit TestPolicy(std::string_view text) {
    Issues issues;
    absl::StatusOr<std::unique_ptr<Policy>> policy = Policy::Compile(text, PolicyBudget(), issues);
    for (const Issue& issue : issues.list()) {
      ADD_FAILURE() << issue.code << " at " << issue.pointer << ": " << issue.message;
    }
    if (!policy.ok()) {
      ADD_FAILURE() << policy.status().message();
      return;
    }
    policy_ = *std::move(policy);
    OutputBuffer out(1 << 24);
    policy_->Describe(out);
    description_text_ = std::string(out.text());
    EXPECT_TRUE(description_.Parse(description_text_).ok()) << description_text_;
  }

  const Policy& operator*() const { return *policy_; }
  // To set secrets.
  Policy& policy() { return *policy_; }
  limit::Ledger& ledger() { return ledger_; }
  LocalLimits limits() { return {ledger_, now_ms_}; }
  void SetTime(double now_ms) { now_ms_ = now_ms; }
  json::Value description() const { return description_.root(); }
  const std::string& description_text() const { return description_text_; }

  // Number of the slot with this name; fails the test if there is none.
  uint32_t Slot(std::string_view name) const {
    uint32_t number = 0;
    for (const json::Value slot : json::Elements(description().Find("slots"))) {
      if (slot.StringEquals(name)) return number;
      ++number;
    }
    ADD_FAILURE() << "no slot " << name << " in " << description_text_;
    return 1000;
  }
  std::string RouteId(uint32_t number) const {
    uint32_t at = 0;
    for (const json::Value route : json::Elements(description().Find("routes"))) {
      std::string scratch;
      if (at++ == number) return std::string(route.Find("id").string(&scratch));
    }
    return "(none)";
  }

  absl::StatusOr<DecodedFrame> TryMatch(std::string_view frame) {
    OutputBuffer out(1 << 20);
    const absl::Status status = policy_->Match(AsBytes(frame), limits(), scratch_, out);
    if (!status.ok()) return status;
    return DecodedFrame(std::string(out.text()));
  }
  DecodedFrame Match(const FactsFrame& facts) {
    absl::StatusOr<DecodedFrame> frame = TryMatch(facts.Encode());
    EXPECT_TRUE(frame.ok()) << frame.status().message();
    EXPECT_EQ(frame->Word(0), kMatchVersion);
    return *std::move(frame);
  }
  absl::StatusOr<DecodedFrame> TryDecide(uint32_t route, std::string_view frame) {
    OutputBuffer out(1 << 20);
    const absl::Status status = policy_->Decide(route, AsBytes(frame), limits(), scratch_, out);
    if (!status.ok()) return status;
    return DecodedFrame(std::string(out.text()));
  }
  DecodedFrame Decide(uint32_t route, const FactsFrame& facts) {
    absl::StatusOr<DecodedFrame> frame = TryDecide(route, facts.Encode());
    EXPECT_TRUE(frame.ok()) << frame.status().message();
    EXPECT_EQ(frame->Word(0), kPlanVersion);
    return *std::move(frame);
  }

  // Id of the route for a request, or what else came of it.
  std::string Route(std::string_view method, std::string_view path, std::string_view host = "",
                    const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    FactsFrame facts;
    facts.Set(kSlotMethod, method).Set(kSlotPath, path).Set(kSlotHost, host);
    for (const auto& [name, value] : headers) facts.Set(Slot("header:" + name), value);
    const DecodedFrame frame = Match(facts);
    switch (frame.outcome()) {
      case Outcome::kProceed:
        return RouteId(frame.Word(kMatchRoute));
      case Outcome::kNotFound:
        return "404";
      case Outcome::kMethodNotAllowed:
        return "405 " + *frame.Text(kMatchDetailOffset);
      case Outcome::kBadTarget:
        return "400 " + *frame.Text(kMatchDetailOffset);
      default:
        return "?";
    }
  }

 private:
  std::unique_ptr<Policy> policy_;
  std::string description_text_;
  json::Document description_;
  Scratch scratch_;
  limit::Ledger ledger_{{1, 2}};
  double now_ms_ = 1'763'000'000'000;
};

}  // namespace sluice::policy

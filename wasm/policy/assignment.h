// What a request's user is assigned: the values of the route's features, and what follows of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/base/signed_text.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/features.h"
#include "sluice/experiment/sticky_cookie.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/policy.h"
#include "sluice/policy/program.h"
#include "sluice/policy/request.h"
#include "sluice/policy/visitor.h"

namespace sluice::policy {

constexpr size_t kMaxFlagsBytes = 8192;
// Users of longer values make no exposure.
constexpr size_t kMaxExposedValueBytes = 512;

// What a policy has beside its tables to assign with. Borrowed.
struct AssignmentParts {
  const experiment::Program* features;  // null: the policy has none
  const TextSigner& signer;
  double now_ms;
  Scratch& scratch;
};

// One request's. The order: bot, consent, override, sticky buckets, attributes (whose need of the
// visitor finds or mints its id), the features' engine. Refers to what it is made from.
class Assignment {
 public:
  Assignment(const AssignmentParts& parts, const RouteRow& route, const RequestFacts& request)
      : parts_(parts),
        rules_(*request.program.feature_rules),
        route_(route),
        request_(request),
        visitor_(request, parts.signer, parts.scratch.visitor) {}

  // To be called once, before the others. missing_secret where cookies are signed and the key
  // wasn't given; budget_exceeded.
  absl::Status Run();

  // Whom limits count as the visitor; of a route without features too. Nobody whose id is made by
  // this very request: without a cookie, everybody could be as many as they like.
  std::optional<std::string_view> FindVisitor() { return visitor_.FindKnown(); }

  // The visitor's id for the upstream: nobody before consent, whoever stands for the visitor then.
  // After Run.
  std::optional<std::string_view> KnownVisitor() {
    return visitor_.Consents() ? visitor_.Find() : std::nullopt;
  }

  // The variant that applies, by the number of the route's experiment, or kAbsent.
  uint32_t VariantOf(uint32_t experiment) const;

  uint32_t cookie_count() const;
  // Writes the cookies from word `first_word` of the frame on, and the pair of words for them.
  void WriteCookies(uint32_t first_word, FrameWriter& frame);
  // Writes the value of the flags header, unless it is over kMaxFlagsBytes: then there is none.
  void WriteFlags(FrameWriter& frame);
  // After WriteFlags: of flags that nobody is told there are none.
  void WriteExposures(FrameWriter& frame);

 private:
  bool IsBot() const;
  bool MayMint() const;
  std::string_view CookieHeader() const;
  bool HasCookie(StringRef name) const;
  std::string_view Text(StringRef text) const { return text.In(request_.program.pool); }
  // The number of forced variations, which come to `forced`.
  size_t ReadOverride(absl::Span<experiment::ForcedVariation> forced);
  experiment::StickyCookie* ReadSticky();
  absl::Status Evaluate(absl::Span<const experiment::ForcedVariation> forced,
                        experiment::StickyCookie* sticky);
  bool Exposes();
  absl::Span<const experiment::ExposureDecision> ToBeTold();
  // False: it is over kMaxFlagsBytes, and nothing is appended.
  bool AppendFlags(OutputBuffer& out) const;

  AssignmentParts parts_;
  const FeaturesRow& rules_;
  const RouteRow& route_;
  const RequestFacts& request_;
  Visitor visitor_;
  bool is_bot_ = false;
  bool keeps_sticky_ = false;
  bool ends_visitor_ = false;  // consent was taken back
  bool ends_sticky_ = false;
  bool withholds_flags_ = false;
  std::string_view kept_override_;  // a token that came with the query
  experiment::Decisions decisions_;
};

}  // namespace sluice::policy

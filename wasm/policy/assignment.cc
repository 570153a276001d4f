#include "sluice/policy/assignment.h"

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "sluice/base/status.h"
#include "sluice/experiment/override_token.h"
#include "sluice/policy/cookie.h"
#include "sluice/policy/query.h"
#include "sluice/policy/request_attributes.h"
#include "sluice/policy/user_agent.h"

namespace sluice::policy {

using experiment::ForcedVariation;
using experiment::StickyCookie;

std::string_view Assignment::CookieHeader() const {
  return request_.facts.Get(rules_.cookie_slot).value_or("");
}

bool Assignment::HasCookie(StringRef name) const {
  return FindCookie(CookieHeader(), Text(name)).has_value();
}

bool Assignment::IsBot() const {
  if (rules_.bots.count == 0) return false;
  const Program& program = request_.program;
  return ContainsPart(request_.facts.Get(rules_.user_agent_slot).value_or(""),
                      program.strings.subspan(rules_.bots.first, rules_.bots.count), program.pool,
                      rules_.bot_filter);
}

// A page that is navigated to, and not in a frame: a browser that keeps no cookies for frames of
// other sites would be a new visitor each time. Where browsers don't say, only pages take HTML.
bool Assignment::MayMint() const {
  if (is_bot_ || route_.mint == Mint::kNever) return false;
  if (route_.mint == Mint::kAlways) return true;
  if (rules_.fetch_mode_slot == kAbsent) return false;
  const std::optional<std::string_view> mode = request_.facts.Get(rules_.fetch_mode_slot);
  if (mode.has_value()) {
    return *mode == "navigate" &&
           request_.facts.Get(rules_.fetch_dest_slot).value_or("document") == "document";
  }
  return absl::StrContainsIgnoreCase(request_.facts.Get(rules_.accept_slot).value_or(""),
                                     "text/html");
}

size_t Assignment::ReadOverride(absl::Span<ForcedVariation> forced) {
  if (rules_.override_cookie.length == 0) return 0;
  experiment::OverrideToken& token = parts_.scratch.override;
  const std::optional<std::string_view> named =
      FindQueryParameter(request_.facts.Get(kSlotQuery).value_or(""), Text(rules_.override_query));
  const std::string_view name = Text(rules_.override_cookie);
  if (named.has_value() && token.Verify(parts_.signer, *named, parts_.now_ms)) {
    if (FindCookie(CookieHeader(), name) != named) kept_override_ = *named;
  } else if (!AnyCookie(CookieHeader(), name, [&](std::string_view value) {
               return token.Verify(parts_.signer, value, parts_.now_ms);
             })) {
    return 0;
  }
  size_t count = 0;
  for (const experiment::OverrideVariation& variation : token.forced()) {
    const std::optional<uint32_t> number = parts_.features->FindExperiment(variation.experiment);
    if (!number.has_value() || count == forced.size()) continue;
    forced[count++] = {*number, static_cast<int32_t>(variation.variation)};
  }
  return count;
}

// Null: buckets aren't sticky for this request.
StickyCookie* Assignment::ReadSticky() {
  if (rules_.sticky_max_bytes == 0 || is_bot_ || !visitor_.Consents()) return nullptr;
  StickyCookie& sticky = parts_.scratch.sticky;
  sticky.Clear();
  const std::string_view name = Text(rules_.sticky_cookie);
  AnyCookie(CookieHeader(), name, [&](std::string_view value) {
    const std::optional<SignedText> verified = parts_.signer.Verify(kStickyPurpose, name, value);
    if (!verified.has_value() || !sticky.Read(verified->text)) return false;
    keeps_sticky_ = verified->key == SigningKey::kPrevious && !sticky.empty();
    return true;
  });
  return &sticky;
}

absl::Status Assignment::Evaluate(absl::Span<const ForcedVariation> forced, StickyCookie* sticky) {
  RequestAttributes attributes(request_, visitor_, MayMint(), parts_.scratch.value,
                               parts_.scratch.attributes);
  const Program& program = request_.program;
  if (!attributes.Read(
          program.attributes.subspan(route_.attributes.first, route_.attributes.count))) {
    return MakeError(ErrorCode::kBudgetExceeded, "the request's attributes are too long");
  }
  const experiment::DecideInput input = {
      .attributes = attributes.values(),
      .forced = forced,
      .sticky = sticky,
      .url_parts = request_.facts.Get(kSlotUrl),
      .features = program.features.subspan(route_.features.first, route_.features.count),
      // The others are the flags'.
      .leading = route_.experiments.count,
      .qa_mode = is_bot_};
  absl::StatusOr<experiment::Decisions> decided =
      experiment::Decide(*parts_.features, input, parts_.scratch.evaluate);
  if (!decided.ok()) return decided.status();
  decisions_ = *decided;
  return absl::OkStatus();
}

absl::Status Assignment::Run() {
  if ((rules_.flags & kSigns) != 0 && parts_.signer.current() == nullptr) {
    return MakeError(ErrorCode::kMissingSecret,
                     "the key that cookies are signed with was not set: features.keys names it");
  }
  if ((route_.flags & kAssigns) == 0 || parts_.features == nullptr) return absl::OkStatus();
  is_bot_ = IsBot();
  if (is_bot_) {
    visitor_.Hide();
  } else if (!visitor_.Consents()) {
    ends_visitor_ = HasCookie(rules_.visitor_cookie);
    ends_sticky_ = rules_.sticky_max_bytes != 0 && HasCookie(rules_.sticky_cookie);
  }
  ForcedVariation forced[experiment::OverrideToken::kMaxExperiments];
  const size_t forced_count = ReadOverride(absl::MakeSpan(forced));
  StickyCookie* const sticky = ReadSticky();
  SLUICE_RETURN_IF_ERROR(Evaluate(absl::MakeConstSpan(forced, forced_count), sticky));
  if (sticky != nullptr && (sticky->changed() || keeps_sticky_)) {
    sticky->Fit(rules_.sticky_max_bytes - TextSigner::kOverhead, parts_.features->sticky_buckets());
    if (sticky->changed()) keeps_sticky_ = true;
  }
  return absl::OkStatus();
}

uint32_t Assignment::VariantOf(uint32_t experiment) const {
  const Program& program = request_.program;
  const ExperimentRow& row = program.experiments[route_.experiments.first + experiment];
  if (row.place >= decisions_.features.size()) return kAbsent;
  const uint32_t text = decisions_.features[row.place].text;
  for (const VariantValue& value :
       program.variant_values.subspan(row.values.first, row.values.count)) {
    if (value.text == text) return value.variant;
  }
  return kAbsent;
}

bool Assignment::Exposes() {
  if ((rules_.flags & kExposes) == 0 || is_bot_) return false;
  return (rules_.flags & kExposesBeforeConsent) != 0 || visitor_.Consents();
}

}  // namespace sluice::policy

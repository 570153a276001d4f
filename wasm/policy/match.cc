// Crossing 1: which route, and what is charged before authentication.
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/status.h"
#include "sluice/policy/charge_writer.h"
#include "sluice/policy/compiled.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/path.h"
#include "sluice/policy/request.h"

namespace sluice::policy {
namespace {

std::string_view WithoutFinalDot(std::string_view host) {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  return host;
}

absl::Status Finish(Outcome outcome, FrameWriter& frame, OutputBuffer& out) {
  frame.Set(kMatchVersionWord, kMatchVersion);
  frame.Set(kMatchLength, frame.offset());
  frame.Set(kMatchOutcome, static_cast<uint32_t>(outcome));
  if (frame.AppendTo(out)) return absl::OkStatus();
  return MakeError(ErrorCode::kBudgetExceeded, "the match frame is over its size");
}

// A frame without a route.
absl::Status Refuse(Outcome outcome, std::string_view detail, Scratch& scratch, OutputBuffer& out) {
  FrameWriter frame(kMatchWords, scratch.text);
  frame.Set(kMatchChargeCount, 0);
  if (!detail.empty()) frame.SetText(kMatchDetailOffset, detail);
  return Finish(outcome, frame, out);
}

absl::Status RefuseMethod(uint32_t allowed, Scratch& scratch, OutputBuffer& out) {
  scratch.value.Clear();
  for (size_t i = 0; i < kMethods.size(); ++i) {
    if ((allowed >> i & 1) == 0) continue;
    if (scratch.value.size() != 0) scratch.value.Append(", ");
    scratch.value.Append(kMethods[i]);
  }
  return Refuse(Outcome::kMethodNotAllowed, scratch.value.text(), scratch, out);
}

}  // namespace

absl::Status Policy::Match(ByteSpan facts_frame, LocalLimits limits, Scratch& scratch,
                           OutputBuffer& out) const {
  const std::optional<Facts> facts = Facts::Parse(facts_frame);
  if (!facts.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "the facts are no frame of version 1");
  }
  const std::optional<std::string_view> path = facts->Get(kSlotPath);
  const std::optional<std::string_view> method = facts->Get(kSlotMethod);
  if (!path.has_value() || !method.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "match needs the slots of method and path");
  }

  const NormalizedPath normalized = NormalizePath(*path, scratch.path);
  if (normalized.fault != nullptr) {
    return Refuse(Outcome::kBadTarget, normalized.fault, scratch, out);
  }
  const Program& program = compiled_->program;
  RequestFacts request = {program, *facts, normalized.text, {}, {}, {}, {}};
  const Router::Result result =
      program.router.Match(normalized.text, WithoutFinalDot(facts->Get(kSlotHost).value_or("")),
                           MethodBit(*method), *facts, request.captures);
  if (result.route == kAbsent) {
    if (result.allow == 0) return Refuse(Outcome::kNotFound, "", scratch, out);
    return RefuseMethod(result.allow, scratch, out);
  }
  const Range charges = program.routes[result.route].pre_auth_charges;
  FrameWriter frame(kMatchWords + charges.count * kChargeWords, scratch.text);
  frame.Set(kMatchRoute, result.route);
  ChargeWriter(request, limits, scratch.value, frame)
      .Write({charges}, kMatchChargeCount, kMatchWords);
  return Finish(Outcome::kProceed, frame, out);
}

}  // namespace sluice::policy

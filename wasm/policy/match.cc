// Crossing 1: which route, and what is charged before authentication.
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/status.h"
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

void WriteAllow(uint32_t methods, FrameWriter& frame) {
  frame.Set(kMatchDetailOffset, frame.offset());
  const uint32_t begin = frame.offset();
  for (size_t i = 0; i < kMethods.size(); ++i) {
    if ((methods >> i & 1) == 0) continue;
    if (frame.offset() != begin) frame.out().Append(", ");
    frame.out().Append(kMethods[i]);
  }
  frame.Set(kMatchDetailLength, frame.offset() - begin);
}

absl::Status Finish(Outcome outcome, FrameWriter& frame) {
  frame.Set(kMatchOutcome, static_cast<uint32_t>(outcome));
  frame.Set(kMatchLength, frame.offset());
  if (!frame.out().exhausted()) return absl::OkStatus();
  return MakeError(ErrorCode::kBudgetExceeded, "the match frame is over its size");
}

}  // namespace

absl::Status Policy::Match(ByteSpan facts_frame, Scratch& scratch, OutputBuffer& out) const {
  const std::optional<Facts> facts = Facts::Parse(facts_frame);
  if (!facts.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "the facts are no frame of version 1");
  }
  const std::optional<std::string_view> path = facts->Get(kSlotPath);
  const std::optional<std::string_view> method = facts->Get(kSlotMethod);
  if (!path.has_value() || !method.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "match needs the slots of method and path");
  }

  FrameWriter frame(out, kMatchWords);
  frame.Set(kMatchVersionWord, kMatchVersion);
  frame.Set(kMatchChargeCount, 0);
  const NormalizedPath normalized = NormalizePath(*path, scratch.path);
  if (normalized.fault != nullptr) {
    frame.SetText(kMatchDetailOffset, normalized.fault);
    return Finish(Outcome::kBadTarget, frame);
  }
  const Program& program = compiled_->program;
  RequestFacts request = {program, *facts, normalized.text, {}, {}, {}};
  const Router::Result result =
      program.router.Match(normalized.text, WithoutFinalDot(facts->Get(kSlotHost).value_or("")),
                           MethodBit(*method), *facts, request.captures);
  if (result.route == kAbsent) {
    if (result.allow == 0) return Finish(Outcome::kNotFound, frame);
    WriteAllow(result.allow, frame);
    return Finish(Outcome::kMethodNotAllowed, frame);
  }
  frame.Set(kMatchRoute, result.route);
  WriteCharges(request, program.routes[result.route].pre_auth_charges, kMatchChargeCount,
               scratch.value, frame);
  return Finish(Outcome::kProceed, frame);
}

}  // namespace sluice::policy

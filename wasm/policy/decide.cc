// Crossing 2: what to do with a request on its route.
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/status.h"
#include "sluice/policy/api_keys.h"
#include "sluice/policy/charge_writer.h"
#include "sluice/policy/compiled.h"
#include "sluice/policy/cookie.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/path.h"
#include "sluice/policy/request.h"

namespace sluice::policy {
namespace {

// The route's fields after its experiment had a say.
struct Choice {
  uint32_t variant = kAbsent;
  uint32_t upstream = kAbsent;
  uint32_t transform = kAbsent;
  Range path = kNoRange;
};

absl::Status Invalid(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

// The id of the visitor cookie, else one minted into `minted` where the route may.
std::optional<std::string_view> FindVisitor(const Program& program, const RouteRow& route,
                                            const Facts& facts, std::optional<VisitorId>& minted) {
  if ((route.flags & kReadsVisitor) == 0) return std::nullopt;
  if (const std::optional<std::string_view> header = facts.Get(program.cookie_slot)) {
    const std::optional<std::string_view> id = FindCookie(*header, program.visitor_cookie);
    if (id.has_value() && IsVisitorId(*id)) return id;
  }
  const std::optional<std::string_view> random = facts.Get(kSlotRandom);
  const bool may_mint = (route.flags & kMintsVisitor) != 0;
  if (!may_mint || !random.has_value() || random->size() != kVisitorIdBytes) return std::nullopt;
  minted = MintVisitorId(AsBytes(*random));
  return std::string_view(minted->data(), minted->size());
}

void ApplyVariant(const Program& program, const RouteRow& route, uint32_t number, Choice& choice) {
  choice.variant = number;
  if (number == kAbsent) return;
  const VariantRow& variant = program.variants[route.variants.first + number];
  if (variant.upstream != kAbsent) choice.upstream = variant.upstream;
  if (variant.transform != kAbsent) choice.transform = variant.transform;
  if (variant.path.first != kAbsent) choice.path = variant.path;
}

Choice Choose(const RequestFacts& request, const RouteRow& route,
              const std::optional<experiment::Program>& features, OutputBuffer& scratch) {
  Choice choice = {kAbsent, route.upstream, route.transform, route.path};
  if (route.feature == kAbsent || !features.has_value()) return choice;
  const Program& program = request.program;
  uint32_t variant = route.default_variant;
  if (route.hashed != kAbsent) {
    const std::string_view value = request.Value(program.facts[route.hashed], scratch).value_or("");
    const experiment::Assignment assignment = experiment::Assign(*features, route.feature, value);
    if (assignment.variation >= 0) {
      variant =
          program.variant_map[route.first_map_word + static_cast<uint32_t>(assignment.variation)];
    }
  }
  ApplyVariant(program, route, variant, choice);
  return choice;
}

void AppendTemplate(const RequestFacts& request, Range path, FrameWriter& frame) {
  ExpandTemplate(request.program.Segments(path), request.program.pool, request.path,
                 request.captures, frame.text());
}

void WritePath(const RequestFacts& request, Range path, FrameWriter& frame) {
  const uint32_t begin = frame.offset();
  frame.Set(kPlanPathOffset, begin);
  if (path.first == kAbsent) {
    frame.text().Append(request.path);
  } else {
    AppendTemplate(request, path, frame);
  }
  frame.text().Append(request.facts.Get(kSlotQuery).value_or(""));
  frame.Set(kPlanPathLength, frame.offset() - begin);
}

// The Set-Cookie value of a visitor id that was minted, from word `first_word` of the frame on.
void WriteVisitorCookie(const Program& program, std::string_view id, uint32_t first_word,
                        FrameWriter& frame) {
  const uint32_t begin = frame.offset();
  OutputBuffer& text = frame.text();
  text.Append(program.visitor_cookie);
  text.Append('=');
  text.Append(id);
  text.Append(program.visitor_attributes);
  frame.Set(first_word + kCookieOffset, begin);
  frame.Set(first_word + kCookieLength, frame.offset() - begin);
}

// The paths of the inputs, from word `first_word` of the frame on.
void WriteInputs(const RequestFacts& request, Range inputs, uint32_t first_word,
                 FrameWriter& frame) {
  frame.Set(kPlanInputCount, inputs.count);
  frame.Set(kPlanInputsOffset, 4 * first_word);
  for (uint32_t i = 0; i < inputs.count; ++i) {
    const uint32_t word = first_word + i * kInputWords;
    const uint32_t begin = frame.offset();
    AppendTemplate(request, request.program.inputs[inputs.first + i].path, frame);
    frame.Set(word + kInputPathOffset, begin);
    frame.Set(word + kInputPathLength, frame.offset() - begin);
  }
}

absl::Status Finish(Outcome outcome, FrameWriter& frame, OutputBuffer& out) {
  frame.Set(kPlanVersionWord, kPlanVersion);
  frame.Set(kPlanLength, frame.offset());
  frame.Set(kPlanOutcome, static_cast<uint32_t>(outcome));
  if (frame.AppendTo(out)) return absl::OkStatus();
  return MakeError(ErrorCode::kBudgetExceeded, "the plan is over its size");
}

absl::Status Unauthorized(Scratch& scratch, OutputBuffer& out) {
  FrameWriter frame(kPlanWords, scratch.text);
  for (const uint32_t count : {kPlanVariantCount, kPlanCookieCount, kPlanExposureCount,
                               kPlanChargeCount, kPlanInputCount}) {
    frame.Set(count, 0);
  }
  return Finish(Outcome::kUnauthorized, frame, out);
}

// The key of the credential that came, if the route's rule knows it.
const ApiKeyRow* Authenticate(const Program& program, const RouteRow& route, const Facts& facts) {
  const Range keys = program.auth[route.auth].keys;
  return FindApiKey(program.keys.subspan(keys.first, keys.count),
                    AsBytes(facts.Get(kSlotDigest).value_or("")));
}

}  // namespace

absl::Status Policy::Decide(uint32_t route_number, ByteSpan facts_frame, LocalLimits limits,
                            Scratch& scratch, OutputBuffer& out) const {
  const Program& program = compiled_->program;
  if (route_number >= program.routes.size()) return Invalid("there is no route of this number");
  const RouteRow& route = program.routes[route_number];
  const std::optional<Facts> facts = Facts::Parse(facts_frame);
  if (!facts.has_value()) return Invalid("the facts are no frame of version 1");
  const NormalizedPath path = NormalizePath(facts->Get(kSlotPath).value_or(""), scratch.path);
  const std::string_view query = facts->Get(kSlotQuery).value_or("");
  if (path.fault != nullptr) return Invalid("the path is not the one that was matched");
  if (!query.empty() && query[0] != '?') return Invalid("the query doesn't start with \"?\"");

  RequestFacts request = {program, *facts, path.text, {}, {}, {}, {}};
  if (!MatchTemplate(program.Segments(route.match_path), program.pool, path.text,
                     request.captures)) {
    return Invalid("the path is not the one that was matched");
  }

  if (route.auth != kAbsent) {
    const ApiKeyRow* key = Authenticate(program, route, *facts);
    if (key == nullptr) return Unauthorized(scratch, out);
    request.identity = key->identity.In(program.pool);
    request.claims = program.claims.subspan(key->claims.first, key->claims.count);
  }
  std::optional<VisitorId> minted;
  request.visitor = FindVisitor(program, route, *facts, minted);

  const Choice choice = Choose(request, route, compiled_->features, scratch.value);
  const Range upstream_charges = program.upstreams[choice.upstream].charges;
  const uint32_t first_input_word =
      kPlanWords + (route.charges.count + upstream_charges.count) * kChargeWords;
  const uint32_t first_variant_word = first_input_word + route.inputs.count * kInputWords;
  const uint32_t variant_count = route.feature == kAbsent ? 0 : 1;
  const uint32_t first_cookie_word = first_variant_word + variant_count;
  const uint32_t cookie_count = minted.has_value() ? 1 : 0;
  FrameWriter frame(first_cookie_word + cookie_count * kCookieWords, scratch.text);
  ChargeWriter(request, limits, scratch.value, frame)
      .Write({route.charges, upstream_charges}, kPlanChargeCount, kPlanWords);
  if (request.identity.has_value()) frame.SetText(kPlanIdentityOffset, *request.identity);
  frame.Set(kPlanVariantCount, variant_count);
  frame.Set(kPlanVariantsOffset, 4 * first_variant_word);
  if (variant_count != 0) frame.Set(first_variant_word, choice.variant);
  frame.Set(kPlanCookieCount, cookie_count);
  frame.Set(kPlanCookiesOffset, 4 * first_cookie_word);
  if (cookie_count != 0) WriteVisitorCookie(program, *request.visitor, first_cookie_word, frame);
  frame.Set(kPlanExposureCount, 0);
  frame.Set(kPlanUpstream, choice.upstream);
  frame.Set(kPlanTransform, choice.transform);
  WritePath(request, choice.path, frame);
  WriteInputs(request, route.inputs, first_input_word, frame);
  return Finish(Outcome::kProceed, frame, out);
}

}  // namespace sluice::policy

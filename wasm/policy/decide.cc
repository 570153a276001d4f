// Crossing 2: what to do with a request on its route.
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"
#include "sluice/policy/api_keys.h"
#include "sluice/policy/assignment.h"
#include "sluice/policy/charge_writer.h"
#include "sluice/policy/compiled.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/path.h"
#include "sluice/policy/query.h"
#include "sluice/policy/request.h"
#include "sluice/policy/validate.h"

namespace sluice::policy {
namespace {

// The route's fields after its experiments had a say.
struct Choice {
  uint32_t upstream;
  uint32_t transform;
  Range path;
  const VariantRow* redirect = nullptr;  // the variant that has one
  uint32_t variants[kMaxExperiments];    // by the number of the experiment
};

absl::Status Invalid(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

// The first variant that sets a thing wins.
Choice Choose(const Program& program, const RouteRow& route, const Assignment& assignment) {
  Choice choice = {kAbsent, kAbsent, kNoRange, nullptr, {}};
  for (uint32_t i = 0; i < route.experiments.count; ++i) {
    const uint32_t number = assignment.VariantOf(i);
    choice.variants[i] = number;
    if (number == kAbsent) continue;
    const Range variants = program.experiments[route.experiments.first + i].variants;
    const VariantRow& variant = program.variants[variants.first + number];
    if (choice.upstream == kAbsent) choice.upstream = variant.upstream;
    if (choice.transform == kAbsent) choice.transform = variant.transform;
    if (choice.path.first == kAbsent) choice.path = variant.path;
    const bool redirects = variant.redirect.first != kAbsent;
    if (choice.redirect == nullptr && redirects) choice.redirect = &variant;
  }
  if (choice.upstream == kAbsent) choice.upstream = route.upstream;
  if (choice.transform == kAbsent) choice.transform = route.transform;
  if (choice.path.first == kAbsent) choice.path = route.path;
  return choice;
}

void AppendTemplate(const RequestFacts& request, Range path, FrameWriter& frame) {
  ExpandTemplate(request.program.Segments(path), request.program.pool, request.path,
                 request.captures, frame.text());
}

// Whoever has an override's token sees what it chooses: it goes nowhere from here.
void AppendQuery(const RequestFacts& request, OutputBuffer& out) {
  const std::string_view query = request.facts.Get(kSlotQuery).value_or("");
  const StringRef token = request.program.feature_rules->override_query;
  if (token.length == 0) return out.Append(query);
  AppendQueryWithout(query, token.In(request.program.pool), out);
}

void WritePath(const RequestFacts& request, Range path, FrameWriter& frame) {
  const uint32_t begin = frame.offset();
  frame.Set(kPlanPathOffset, begin);
  if (path.first == kAbsent) {
    frame.text().Append(request.path);
  } else {
    AppendTemplate(request, path, frame);
  }
  AppendQuery(request, frame.text());
  frame.Set(kPlanPathLength, frame.offset() - begin);
}

// Whether a redirect brought the request here, or could have: followed again it might never end.
bool IsReached(const RequestFacts& request, const VariantRow& variant) {
  if (variant.reached.first == kAbsent) return false;
  const std::string_view pool = request.program.pool;
  const bool same_host = variant.host.length == 0 ||
                         variant.host.In(pool) == request.facts.Get(kSlotHost).value_or("");
  Captures captures;
  return same_host &&
         MatchTemplate(request.program.Segments(variant.reached), pool, request.path, captures);
}

// Not for methods whose requests a client wouldn't repeat.
void WriteRedirect(const RequestFacts& request, const VariantRow& variant, FrameWriter& frame) {
  const std::string_view method = request.facts.Get(kSlotMethod).value_or("");
  if ((method != "GET" && method != "HEAD") || IsReached(request, variant)) return;
  const uint32_t begin = frame.offset();
  frame.text().Append(variant.origin.In(request.program.pool));
  AppendTemplate(request, variant.redirect, frame);
  AppendQuery(request, frame.text());
  frame.Set(kPlanRedirectOffset, begin);
  frame.Set(kPlanRedirectLength, frame.offset() - begin);
}

void WriteVariants(const Choice& choice, uint32_t count, uint32_t first_word, FrameWriter& frame) {
  frame.Set(kPlanVariantCount, count);
  frame.Set(kPlanVariantsOffset, 4 * first_word);
  for (uint32_t i = 0; i < count; ++i) frame.Set(first_word + i, choice.variants[i]);
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

// The URL as the host's parser has it; kept in the scratch.
std::optional<std::string_view> ReadUrl(const Facts& facts, Scratch& scratch) {
  const std::optional<std::string_view> parts = facts.Get(kSlotUrl);
  if (!parts.has_value() || !scratch.url.Parse(*parts).ok()) return std::nullopt;
  const json::Value href = scratch.url.root().Find("href");
  if (!href.is(json::Kind::kString)) return std::nullopt;
  return href.string(&scratch.url_text);
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
  const bool has_rules = route.query.schema != kAbsent || route.params.schema != kAbsent;
  if (has_rules) CheckParameters(*compiled_->schemas, route, request, scratch);
  if ((route.flags & kReadsUrl) != 0) request.url = ReadUrl(*facts, scratch);
  Assignment assignment({compiled_->features.has_value() ? &*compiled_->features : nullptr,
                         compiled_->signer, limits.now_ms, scratch},
                        route, request);
  if ((route.flags & (kAssigns | kReadsVisitor)) != 0) {
    SLUICE_RETURN_IF_ERROR(assignment.Run());
    if ((route.flags & kReadsVisitor) != 0) request.visitor = assignment.FindVisitor();
  }

  const Choice choice = Choose(program, route, assignment);
  const Range upstream_charges = program.upstreams[choice.upstream].charges;
  const uint32_t first_input_word =
      kPlanWords + (route.charges.count + upstream_charges.count) * kChargeWords;
  const uint32_t first_variant_word = first_input_word + route.inputs.count * kInputWords;
  const uint32_t first_cookie_word = first_variant_word + route.experiments.count;
  FrameWriter frame(first_cookie_word + assignment.cookie_count() * kCookieWords, scratch.text);
  ChargeWriter(request, limits, scratch.value, frame)
      .Write({route.charges, upstream_charges}, kPlanChargeCount, kPlanWords);
  if (request.identity.has_value()) frame.SetText(kPlanIdentityOffset, *request.identity);
  frame.Set(kPlanUpstream, choice.upstream);
  frame.Set(kPlanTransform, choice.transform);
  WritePath(request, choice.path, frame);
  WriteInputs(request, route.inputs, first_input_word, frame);
  WriteVariants(choice, route.experiments.count, first_variant_word, frame);
  if (choice.redirect != nullptr) WriteRedirect(request, *choice.redirect, frame);
  assignment.WriteCookies(first_cookie_word, frame);
  assignment.WriteFlags(frame);
  if ((route.flags & kTellsVisitor) != 0) {
    if (const auto id = assignment.KnownVisitor()) frame.SetText(kPlanVisitorOffset, *id);
  }
  assignment.WriteExposures(frame);
  if (has_rules && scratch.faults.size() != 0) {
    frame.SetText(kPlanFaultsOffset, scratch.faults.text());
  }
  return Finish(Outcome::kProceed, frame, out);
}

}  // namespace sluice::policy

// Decides features for one request, from C++ to C++: the same evaluation as evaluate.h's, without
// JSON text on the way in and without a frame on the way out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sluice/experiment/evaluate.h"
#include "sluice/experiment/features.h"
#include "sluice/experiment/sticky_cookie.h"

namespace sluice::experiment {

enum class AttributeType : uint8_t {
  kText,
  kNumber,
  kBoolean,
  kList,  // of texts
  kJson,
};

// The value of an attribute in a request. What isn't there is left out.
struct AttributeValue {
  uint32_t attribute;  // Program::FindAttribute; one that there isn't is passed over
  AttributeType type = AttributeType::kText;
  // A text, valid UTF-8. Of a list: its elements between commas, blanks around them dropped; the
  // empty text is the empty list. Of JSON: its text.
  std::string_view text = {};  // NOLINT(readability-redundant-member-init)
  double number = 0;           // finite; a boolean is true if it isn't 0
};

struct ForcedVariation {
  uint32_t experiment;  // Program::FindExperiment
  int32_t variation;    // one that there isn't keeps the user out of the experiment
};

// All borrowed. (Initialized for designated initializers.)
// NOLINTBEGIN(readability-redundant-member-init)
struct DecideInput {
  absl::Span<const AttributeValue> attributes = {};  // of several with one number the last counts
  // No exposure follows; of several of one experiment the first counts.
  absl::Span<const ForcedVariation> forced = {};
  StickyCookie* sticky = nullptr;  // what is new is put there; null: not sticky
  // As in EvaluateInput; for URL targets, wanted where Dependencies::url.
  std::optional<std::string_view> url_parts = std::nullopt;
  absl::Span<const uint32_t> features = {};  // which to decide, by number
  size_t leading = 0;                        // the first so many of them are decided first
  bool everything = false;                   // instead: all, and the payload's own experiments
  bool qa_mode = false;                      // nobody is in an experiment but who is forced
  bool disabled = false;                     // no experiments at all
};
// NOLINTEND(readability-redundant-member-init)

// A feature's value: JSON text, and its number (Program::text), kNoText for null. Equal values that
// are written the same have the same number.
struct Decision {
  uint32_t text;
  std::string_view value;
  Source source;
};

// That the user is in an experiment, by hash or by sticky bucket.
struct ExposureDecision {
  uint32_t feature;
  std::string_view experiment;  // its key
  std::string_view variation;   // its key
  uint32_t variation_index;
  std::string_view attribute;  // the name of what was hashed
  std::string_view value;      // and its value, as it was hashed
  bool sticky;                 // the variation comes from a sticky bucket
};

// What came of it. Borrows from program, input and scratch: until its next evaluation.
struct Decisions {
  absl::Span<const Decision> features;  // as DecideInput::features
  // Of those features and of what they depend on; each experiment, attribute and variation once.
  absl::Span<const ExposureDecision> exposures;
  size_t leading_exposures = 0;  // the first so many are of DecideInput::leading
};

// invalid_argument for a feature that there isn't or url_parts that are no object; invalid_json for
// an attribute of type kJson; budget_exceeded. O(features × rules + work of conditions); allocates
// only what `scratch` lacks. Not told: tracks of rules, which are made for one user by GrowthBook's
// remote evaluation.
absl::StatusOr<Decisions> Decide(const Program& program, const DecideInput& input,
                                 EvaluateScratch& scratch);

// The same as a results frame, which is appended (evaluate.h). No sticky cookie.
absl::Status Evaluate(const Program& program, const DecideInput& input, EvaluateScratch& scratch,
                      OutputBuffer& out);

}  // namespace sluice::experiment

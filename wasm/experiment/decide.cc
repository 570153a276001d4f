#include "sluice/experiment/decide.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "sluice/base/status.h"
#include "sluice/experiment/evaluation.h"
#include "sluice/json/writer.h"

namespace sluice::experiment {

using json::Kind;
using json::Value;

absl::StatusOr<Decisions> Decide(const Program& program, const DecideInput& input,
                                 EvaluateScratch& scratch) {
  return Evaluation(program, scratch.parts()).Run(input);
}

absl::Status Evaluate(const Program& program, const DecideInput& input, EvaluateScratch& scratch,
                      OutputBuffer& out) {
  return Evaluation(program, scratch.parts()).Run(input, out);
}

absl::StatusOr<Decisions> Evaluation::Run(const DecideInput& input) {
  SLUICE_RETURN_IF_ERROR(Evaluate(input));
  return Collect();
}

absl::Status Evaluation::Run(const DecideInput& input, OutputBuffer& out) {
  SLUICE_RETURN_IF_ERROR(Evaluate(input));
  return Write(out);
}

absl::Status Evaluation::Evaluate(const DecideInput& input) {
  Forget();
  qa_mode_ = input.qa_mode;
  disabled_ = input.disabled;
  cookie_ = input.sticky;
  SLUICE_RETURN_IF_ERROR(ReadAttributes(input.attributes));
  SLUICE_RETURN_IF_ERROR(ReadUrl(input.url_parts));
  for (const ForcedVariation& forced : input.forced) {
    KeyOverride* const override = OverrideOf(forced.experiment);
    if (override != nullptr && override->forced == KeyOverride::kAbsent) {
      override->forced = forced.variation;
    }
  }
  const size_t leading = std::min(input.leading, input.features.size());
  for (const uint32_t feature : input.features.first(leading)) {
    SLUICE_RETURN_IF_ERROR(Want(feature));
  }
  if (leading > 0) SLUICE_RETURN_IF_ERROR(DecideWanted(/*runs=*/false));
  leading_exposures_ = parts_.exposures.size();
  if (input.everything) {
    WantAll();
  } else {
    for (const uint32_t feature : input.features.subspan(leading)) {
      SLUICE_RETURN_IF_ERROR(Want(feature));
    }
  }
  return DecideWanted(/*runs=*/input.everything);
}

// What isn't a plain value goes through one document, an array of them all.
absl::Status Evaluation::ReadAttributes(absl::Span<const AttributeValue> attributes) {
  parts_.lists.Clear();
  parts_.lists.Append('[');
  for (const AttributeValue& attribute : attributes) {
    JsValue value;
    switch (attribute.type) {
      case AttributeType::kText:
        value.kind = Kind::kString;
        value.text = attribute.text;
        break;
      case AttributeType::kNumber:
        value = NumberValue(attribute.number);
        break;
      case AttributeType::kBoolean:
        value.kind = attribute.number != 0 ? Kind::kTrue : Kind::kFalse;
        break;
      case AttributeType::kList:
      case AttributeType::kJson:
        AppendJson(attribute);
        continue;
    }
    conditions_.SetAttribute(attribute.attribute, value);
  }
  if (parts_.lists.size() <= 1) return absl::OkStatus();
  parts_.lists.Append(']');
  if (parts_.lists.exhausted()) {
    return MakeBudgetError(Budget::kInputBytes, "the attributes are too long");
  }
  SLUICE_RETURN_IF_ERROR(parts_.attributes.Parse(parts_.lists.text()));
  uint32_t element = 1;
  for (const AttributeValue& attribute : attributes) {
    if (attribute.type < AttributeType::kList) continue;
    const Value value(&parts_.attributes, element);
    conditions_.SetAttribute(attribute.attribute, value);
    element = parts_.attributes.nodes()[element].next;
  }
  return absl::OkStatus();
}

void Evaluation::AppendJson(const AttributeValue& attribute) {
  OutputBuffer& out = parts_.lists;
  if (out.size() > 1) out.Append(',');
  if (attribute.type == AttributeType::kJson) return out.Append(attribute.text);
  out.Append('[');
  std::string_view rest = attribute.text;
  bool more = !absl::StripAsciiWhitespace(rest).empty();
  while (more) {
    const size_t comma = rest.find(',');
    json::AppendJsonString(absl::StripAsciiWhitespace(rest.substr(0, comma)), out);
    more = comma != std::string_view::npos;
    if (!more) break;
    out.Append(',');
    rest.remove_prefix(comma + 1);
  }
  out.Append(']');
}

Decisions Evaluation::Collect() {
  for (const uint32_t index : parts_.assigned) {
    const Detail& detail = parts_.details[index];
    const ExperimentRow& row = tables_.experiments[detail.experiment];
    const std::optional<uint64_t> group = CookieGroup(HashedSlot(row, detail));
    if (!group.has_value()) continue;
    cookie_->Put(*group, row.sticky_hash,
                 tables_.variations[row.variations.first + detail.variation].sticky_hash);
  }
  parts_.decisions.clear();
  for (const uint32_t feature : parts_.wanted) {
    const FeatureState& state = parts_.features[feature];
    parts_.decisions.push_back({state.value_text, program_.text(state.value_text), state.source});
  }
  parts_.exposed.clear();
  for (const Exposure& exposure : parts_.exposures) {
    const Detail& detail = parts_.details[exposure.detail];
    const ExperimentRow& row = tables_.experiments[detail.experiment];
    const uint32_t slot = HashedSlot(row, detail);
    parts_.exposed.push_back(
        {.feature = row.feature,
         .experiment = Text(row.key),
         .variation = Text(tables_.variations[row.variations.first + detail.variation].key),
         .variation_index = detail.variation,
         .attribute = AttributeName(slot),
         .value = conditions_.AttributeText(slot),
         .sticky = (detail.flags & kStickyUsed) != 0});
  }
  return {parts_.decisions, parts_.exposed, leading_exposures_};
}

}  // namespace sluice::experiment

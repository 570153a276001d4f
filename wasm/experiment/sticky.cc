// Sticky buckets: what a user was given before.
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sluice/experiment/evaluation.h"

namespace sluice::experiment {

using json::Kind;
using json::Value;

// The assignments kept under the attribute's name and value. Where it has none, the SDK looks under
// the name alone ("id||"), but not for the fallback attribute.
Value Evaluation::AssignmentsOf(uint32_t slot, bool only_if_present) {
  const JsValue& attribute = conditions_->Attribute(slot);
  const bool present = IsTruthy(attribute);
  if (!present && only_if_present) return {};
  const PathRow& path = block_.Table<PathRow>(kSlots)[slot];
  const std::string_view name = Text(block_.Table<StringRef>(kSegments)[path.first]);
  std::string text;
  const std::string_view value = present ? ToKeyText(attribute, &text) : std::string_view();
  parts_.text.clear();
  absl::StrAppend(&parts_.text, name, "||", value);
  const Value documents = parts_.sticky.root();
  conditions_->Charge(1 + documents.size());
  const Value document = documents.Find(parts_.text);
  return document.is(Kind::kObject) ? document.Find("assignments") : Value();
}

Evaluation::StickyBucket Evaluation::FindSticky(const ExperimentRow& row) {
  if (!parts_.sticky.root().is(Kind::kObject)) return {-1, false};
  const Value own = AssignmentsOf(row.hash.slot, /*only_if_present=*/false);
  const Value fallback = AssignmentsOf(row.sticky_slot, /*only_if_present=*/true);
  if (IsBlocked(row, own) || IsBlocked(row, fallback)) return {-1, true};
  const std::string_view id = Text(row.sticky_id);
  conditions_->Charge(own.size() + fallback.size());
  Value key = own.is(Kind::kObject) ? own.Find(id) : Value();
  if (!key.present() && fallback.is(Kind::kObject)) key = fallback.Find(id);
  if (!key.is(Kind::kString)) return {-1, false};
  for (uint32_t i = 0; i < row.variations.count; ++i) {
    const StringRef candidate = variations_[row.variations.first + i].sticky_key;
    if (candidate.offset != kNone && key.StringEquals(Text(candidate))) {
      return {static_cast<int32_t>(i), false};
    }
  }
  return {-1, false};
}

// There is a bucket of a version that is too old to go on with: "key__0" to "key__(minimum - 1)".
bool Evaluation::IsBlocked(const ExperimentRow& row, Value assignments) {
  if (row.min_bucket_version == 0) return false;
  const std::string_view key = Text(row.key);
  std::string scratch;
  conditions_->Charge(assignments.size());
  for (const json::Member member : json::Members(assignments)) {
    std::string_view id = member.key.string(&scratch);
    if (!id.starts_with(key)) continue;
    id.remove_prefix(key.size());
    uint32_t version = 0;
    if (id.starts_with("__") && absl::SimpleAtoi(id.substr(2), &version) &&
        version < row.min_bucket_version && absl::StrCat(version) == id.substr(2)) {
      return true;
    }
  }
  return false;
}

// Only what is new there, or another than before.
void Evaluation::Remember(const ExperimentRow& row, const User& user, uint32_t index) {
  const Value assignments = parts_.sticky.root().is(Kind::kObject)
                                ? AssignmentsOf(user.slot, /*only_if_present=*/true)
                                : Value();
  conditions_->Charge(assignments.size());
  const Value before =
      assignments.is(Kind::kObject) ? assignments.Find(Text(row.sticky_id)) : Value();
  const VariationRow& variation =
      variations_[row.variations.first + parts_.details[index].variation];
  if (before.is(Kind::kString) && before.StringEquals(Text(variation.key))) return;
  parts_.assigned.push_back(index);
}

}  // namespace sluice::experiment

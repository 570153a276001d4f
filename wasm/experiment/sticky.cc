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

namespace {

// The bucket is one of "key__0" to "key__(minimum - 1)".
bool IsOldVersion(std::string_view id, std::string_view key, uint32_t minimum) {
  if (!id.starts_with(key)) return false;
  id.remove_prefix(key.size());
  uint32_t version = 0;
  return id.starts_with("__") && absl::SimpleAtoi(id.substr(2), &version) && version < minimum &&
         absl::StrCat(version) == id.substr(2);
}

}  // namespace

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
  const bool given = parts_.sticky.root().is(Kind::kObject);
  const Value own = given ? AssignmentsOf(row.hash.slot, /*only_if_present=*/false) : Value();
  const Value fallback = given ? AssignmentsOf(row.sticky_slot, /*only_if_present=*/true) : Value();
  if (IsBlocked(row, own) || IsBlocked(row, fallback)) return {-1, true};
  const std::string_view id = Text(row.sticky_id);
  conditions_->Charge(own.size() + fallback.size());
  std::string scratch;
  Value kept = own.is(Kind::kObject) ? own.Find(id) : Value();
  if (!kept.present() && fallback.is(Kind::kObject)) kept = fallback.Find(id);
  std::optional<std::string_view> key;
  if (kept.is(Kind::kString)) key = kept.string(&scratch);
  // An earlier rule of the feature may have given a bucket and passed on.
  for (const uint32_t index : parts_.assigned) {
    const Detail& detail = parts_.details[index];
    const ExperimentRow& other = experiments_[detail.experiment];
    if (row.feature == kNone || other.feature != row.feature) continue;
    const uint32_t slot =
        (detail.flags & kFallbackUsed) != 0 ? other.hash.fallback_slot : other.hash.slot;
    if (slot != row.hash.slot && slot != row.sticky_slot) continue;
    const std::string_view other_id = Text(other.sticky_id);
    if (IsOldVersion(other_id, Text(row.key), row.min_bucket_version)) return {-1, true};
    if (other_id != id ||
        (slot != row.hash.slot && own.is(Kind::kObject) && own.Find(id).present())) {
      continue;
    }
    key = Text(variations_[other.variations.first + detail.variation].key);
  }
  if (!key.has_value()) return {-1, false};
  for (uint32_t i = 0; i < row.variations.count; ++i) {
    const StringRef candidate = variations_[row.variations.first + i].sticky_key;
    if (candidate.offset != kNone && Text(candidate) == *key) {
      return {static_cast<int32_t>(i), false};
    }
  }
  return {-1, false};
}

// There is a bucket of a version that is too old to go on with.
bool Evaluation::IsBlocked(const ExperimentRow& row, Value assignments) {
  if (row.min_bucket_version == 0) return false;
  std::string scratch;
  conditions_->Charge(assignments.size());
  for (const json::Member member : json::Members(assignments)) {
    if (IsOldVersion(member.key.string(&scratch), Text(row.key), row.min_bucket_version)) {
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

// Sticky buckets: what a user was given before.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sluice/experiment/evaluation.h"
#include "sluice/experiment/sticky_cookie.h"

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

// Of the versions below a minimum that many, the highest, are looked for in a cookie, where a
// bucket is only a hash.
constexpr uint32_t kMaxOldVersions = 64;

}  // namespace

bool Evaluation::IsSticky(const ExperimentRow& row) const {
  if ((row.flags & kNotSticky) != 0) return false;
  return documents_ || (cookie_ != nullptr && (row.flags & kNotInCookie) == 0);
}

std::string_view Evaluation::AttributeName(uint32_t slot) const {
  const PathRow& path = tables_.conditions.slots[slot];
  return Text(tables_.conditions.segments[path.first]);
}

// The assignments kept under the attribute's name and value. Where it has none, the SDK looks under
// the name alone ("id||"), but not for the fallback attribute.
Value Evaluation::AssignmentsOf(uint32_t slot, bool only_if_present) {
  const JsValue& attribute = conditions_.Attribute(slot);
  const bool present = IsTruthy(attribute);
  if (!present && only_if_present) return {};
  std::string text;
  const std::string_view value = present ? ToKeyText(attribute, &text) : std::string_view();
  parts_.text.clear();
  absl::StrAppend(&parts_.text, AttributeName(slot), "||", value);
  const Value documents = parts_.sticky.root();
  conditions_.Charge(1 + documents.size());
  const Value document = documents.Find(parts_.text);
  return document.is(Kind::kObject) ? document.Find("assignments") : Value();
}

Evaluation::StickyBucket Evaluation::FindSticky(const ExperimentRow& row) {
  StickyBucket bucket = cookie_ != nullptr ? FindInCookie(row) : FindInDocuments(row);
  if (bucket.blocked) return bucket;
  // An earlier rule of the feature may have given a bucket and passed on.
  for (const uint32_t index : parts_.assigned) {
    const Detail& detail = parts_.details[index];
    const ExperimentRow& other = tables_.experiments[detail.experiment];
    if (row.feature == kNone || other.feature != row.feature) continue;
    const uint32_t slot = HashedSlot(other, detail);
    if (slot != row.hash.slot && slot != row.sticky_slot) continue;
    const std::string_view other_id = Text(other.sticky_id);
    if (IsOldVersion(other_id, Text(row.key), row.min_bucket_version)) return {.blocked = true};
    if (other_id != Text(row.sticky_id) || (slot != row.hash.slot && bucket.own)) continue;
    bucket.variation =
        VariationOf(row, Text(tables_.variations[other.variations.first + detail.variation].key));
  }
  return bucket;
}

// In documents one without a key of its own is never found again, as in the SDK; in a cookie its
// number is its key.
int32_t Evaluation::VariationOf(const ExperimentRow& row, std::string_view key) const {
  for (uint32_t i = 0; i < row.variations.count; ++i) {
    const VariationRow& variation = tables_.variations[row.variations.first + i];
    const StringRef candidate = cookie_ != nullptr ? variation.key : variation.sticky_key;
    if (candidate.offset != kNone && Text(candidate) == key) return static_cast<int32_t>(i);
  }
  return -1;
}

Evaluation::StickyBucket Evaluation::FindInDocuments(const ExperimentRow& row) {
  if (!parts_.sticky.root().is(Kind::kObject)) return {};
  const Value own = AssignmentsOf(row.hash.slot, /*only_if_present=*/false);
  const Value fallback = AssignmentsOf(row.sticky_slot, /*only_if_present=*/true);
  if (IsBlocked(row, own) || IsBlocked(row, fallback)) return {.blocked = true};
  const std::string_view id = Text(row.sticky_id);
  conditions_.Charge(own.size() + fallback.size());
  const Value kept = own.is(Kind::kObject) ? own.Find(id) : Value();
  const bool is_own = kept.present();
  const Value found = is_own || !fallback.is(Kind::kObject) ? kept : fallback.Find(id);
  std::string scratch;
  return {.variation = found.is(Kind::kString) ? VariationOf(row, found.string(&scratch)) : -1,
          .blocked = false,
          .own = is_own};
}

// The user's group in the cookie; nothing for who lacks the attribute.
std::optional<uint64_t> Evaluation::CookieGroup(uint32_t slot) {
  const JsValue& attribute = conditions_.Attribute(slot);
  if (!IsTruthy(attribute)) return std::nullopt;
  conditions_.Charge(16);
  std::string text;
  return StickyCookie::GroupHash(AttributeName(slot), ToKeyText(attribute, &text));
}

Evaluation::StickyBucket Evaluation::FindInCookie(const ExperimentRow& row) {
  StickyBucket bucket;
  std::optional<uint16_t> kept;
  for (const uint32_t slot : {row.hash.slot, row.sticky_slot}) {
    const std::optional<uint64_t> group = CookieGroup(slot);
    if (!group.has_value()) continue;
    if (IsBlockedInCookie(row, *group)) return {.blocked = true};
    if (!kept.has_value()) {
      kept = cookie_->Find(*group, row.sticky_hash);
      bucket.own = kept.has_value() && slot == row.hash.slot;
    }
  }
  for (uint32_t i = 0; i < row.variations.count && kept.has_value(); ++i) {
    const VariationRow& variation = tables_.variations[row.variations.first + i];
    if (variation.sticky_hash == *kept) bucket.variation = static_cast<int32_t>(i);
  }
  return bucket;
}

// There is a bucket of a version that is too old to go on with.
bool Evaluation::IsBlocked(const ExperimentRow& row, Value assignments) {
  if (row.min_bucket_version == 0) return false;
  std::string scratch;
  conditions_.Charge(assignments.size());
  for (const json::Member member : json::Members(assignments)) {
    if (IsOldVersion(member.key.string(&scratch), Text(row.key), row.min_bucket_version)) {
      return true;
    }
  }
  return false;
}

bool Evaluation::IsBlockedInCookie(const ExperimentRow& row, uint64_t group) {
  const uint32_t end = row.min_bucket_version;
  for (uint32_t version = end - std::min(end, kMaxOldVersions); version < end; ++version) {
    parts_.text.clear();
    absl::StrAppend(&parts_.text, Text(row.key), "__", version);
    conditions_.Charge(16);
    if (cookie_->Find(group, StickyCookie::BucketHash(parts_.text)).has_value()) return true;
  }
  return false;
}

// Only what is new there, or another than before.
void Evaluation::Remember(const ExperimentRow& row, uint32_t slot, uint32_t index) {
  const VariationRow& variation =
      tables_.variations[row.variations.first + parts_.details[index].variation];
  if (cookie_ != nullptr) {
    const std::optional<uint64_t> group = CookieGroup(slot);
    if (group.has_value() && cookie_->Find(*group, row.sticky_hash) != variation.sticky_hash) {
      parts_.assigned.push_back(index);
    }
    return;
  }
  const Value assignments = parts_.sticky.root().is(Kind::kObject)
                                ? AssignmentsOf(slot, /*only_if_present=*/true)
                                : Value();
  conditions_.Charge(assignments.size());
  const Value before =
      assignments.is(Kind::kObject) ? assignments.Find(Text(row.sticky_id)) : Value();
  if (before.is(Kind::kString) && before.StringEquals(Text(variation.key))) return;
  parts_.assigned.push_back(index);
}

}  // namespace sluice::experiment

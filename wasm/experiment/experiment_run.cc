#include <algorithm>
#include <cstdint>
#include <optional>

#include "sluice/experiment/evaluation.h"
#include "sluice/experiment/hash.h"

namespace sluice::experiment {

// The steps are those of the SDK's runExperiment, in its order.
Detail Evaluation::Experiment(uint32_t number, bool* assigned) {
  const ExperimentRow& row = tables_.experiments[number];
  conditions_.Charge(1);
  Detail detail = {number, 0, 0, kNone, 0};
  const User user = UserOf(row.hash, (row.flags & kNotSticky) == 0);
  if (user.is_fallback) detail.flags |= kFallbackUsed;
  if ((row.flags & kBandit) != 0) ChooseLeaf(row, detail);
  *assigned = !IsForcedFromOutside(row, detail) && Assign(row, user, detail);
  return detail;
}

// Its number among the details. Who is assigned is exposed, but for who is in a range without a
// variation.
uint32_t Evaluation::Keep(const Detail& detail, bool assigned) {
  parts_.details.push_back(detail);
  const uint32_t index = static_cast<uint32_t>(parts_.details.size() - 1);
  if (!assigned || (detail.flags & kInExperiment) == 0) return index;
  const ExperimentRow& row = tables_.experiments[detail.experiment];
  if (IsSticky(row)) Remember(row, HashedSlot(row, detail), index);
  Expose(row, index);
  return index;
}

// True if that is the end of it: too few variations, disabled, not at this URL, or a variation
// named by query string or caller.
bool Evaluation::IsForcedFromOutside(const ExperimentRow& row, Detail& detail) {
  const auto end = [&](int64_t variation) {
    SetVariation(row, variation, detail);
    return true;
  };
  if (row.variations.count < 2 || disabled_) return end(-1);
  if ((row.flags & kHasUrlTargets) != 0 && !IsUrlTargeted(row.url_targets)) return end(-1);
  if (!parts_.overridden.empty()) {
    const KeyOverride& override = parts_.overrides[row.key_number];
    if (override.query >= 0 && override.query < row.variations.count) return end(override.query);
    if (override.forced != KeyOverride::kAbsent) return end(override.forced);
  }
  if ((row.flags & kInactive) != 0) return end(-1);
  return false;
}

bool Evaluation::Assign(const ExperimentRow& row, const User& user, Detail& detail) {
  const auto end = [&](int64_t variation) {
    SetVariation(row, variation, detail);
    return false;
  };
  if (!user.present) return end(-1);
  StickyBucket sticky;
  if (IsSticky(row)) sticky = FindSticky(row);
  const bool found = sticky.variation >= 0;
  if (!found && IsExcluded(row, user)) return end(-1);
  const std::optional<double> n = Bucket(row.hash, user);
  if (!n.has_value()) return end(-1);
  const Rows ranges = RangesOf(row, detail);
  const int32_t variation =
      found ? sticky.variation
            : ChooseVariation(*n, tables_.ranges.subspan(ranges.first, ranges.count));
  if (sticky.blocked) {
    detail.flags |= kStickyUsed;
    return end(-1);
  }
  if (variation < 0) return end(-1);
  if ((row.flags & kHasForce) != 0) return end(row.force);
  if (qa_mode_ || (row.flags & kStopped) != 0) return end(-1);
  detail.bucket = *n;
  detail.flags |= kHashUsed | kHasBucket | (found ? kStickyUsed : 0);
  SetVariation(row, variation, detail);
  return true;
}

bool Evaluation::IsExcluded(const ExperimentRow& row, const User& user) {
  if ((row.flags & kHasFilters) != 0) {
    if (IsFilteredOut(row.filters)) return true;
  } else if ((row.flags & kHasNamespace) != 0) {
    const std::string_view value = conditions_.AttributeText(user.slot);
    conditions_.Charge(value.size() / 16);
    const std::optional<double> n = Hash(Text(row.namespace_seed), value, 1);
    if (*n < row.namespace_range.start || *n >= row.namespace_range.end) return true;
  }
  if (!conditions_.Holds(row.condition)) return true;
  uint32_t next = 0;
  while (true) {
    const Parents parents = CheckParents(row.parents, &next);
    if (parents != Parents::kPending) return parents != Parents::kMet;
    // Only the payload's own experiments have prerequisites, and those run when no feature does.
    const uint32_t parent = parts_.frames.back().feature;
    parts_.frames.pop_back();
    parts_.features[parent].evaluation = 0;
    Feature(parent);
  }
}

bool Evaluation::IsUrlTargeted(Rows targets) {
  bool has_include = false;
  bool included = false;
  for (const UrlTargetRow& target : tables_.url_targets.subspan(targets.first, targets.count)) {
    bool matches = false;
    if (url_.href.empty()) {
      // Not a URL, or none was given: no target matches.
    } else if (target.kind == UrlTargetKind::kRegex) {
      conditions_.Charge(url_.href.size() / 8);
      const regex::Regex& regex = program_.regexes()[target.number];
      matches = regex.MatchesPart(url_.href) || regex.MatchesPart(url_.path);
    } else if (target.kind == UrlTargetKind::kSimple) {
      conditions_.Charge(url_.href.size() / 8);
      matches = program_.url_patterns().Matches(target.number, url_);
    }
    if (target.include == 0) {
      if (matches) return false;
    } else {
      has_include = true;
      included |= matches;
    }
  }
  return targets.count > 0 && (included || !has_include);
}

void Evaluation::ChooseLeaf(const ExperimentRow& row, Detail& detail) {
  const absl::Span<const LeafRow> leaves = tables_.leaves;
  for (uint32_t i = 0; i < row.leaves.count; ++i) {
    detail.leaf = row.leaves.first + i;
    if (conditions_.Holds(leaves[detail.leaf].condition)) return;
  }
}

Rows Evaluation::RangesOf(const ExperimentRow& row, const Detail& detail) const {
  if (detail.leaf == kNone) return row.ranges;
  const LeafRow& leaf = tables_.leaves[detail.leaf];
  return leaf.text == kNone ? row.ranges : leaf.ranges;
}

// One that isn't there stands for the first, outside of the experiment.
void Evaluation::SetVariation(const ExperimentRow& row, int64_t variation, Detail& detail) const {
  const bool exists = variation >= 0 && variation < row.variations.count;
  detail.variation = exists ? static_cast<uint32_t>(variation) : 0;
  if (exists) detail.flags |= kInExperiment;
  if (row.variations.count == 0) return;
  if (tables_.variations[row.variations.first + detail.variation].passthrough != 0) {
    detail.flags |= kPassthrough;
  }
}

// Once for each experiment, user and variation.
void Evaluation::Expose(const ExperimentRow& row, uint32_t index) {
  const Detail& detail = parts_.details[index];
  uint32_t& last = parts_.last_exposure[row.key_number];
  for (uint32_t i = last; i != kNone; i = parts_.exposures[i].next) {
    const Detail& other = parts_.details[parts_.exposures[i].detail];
    const ExperimentRow& other_row = tables_.experiments[other.experiment];
    conditions_.Charge(1);
    if (other.variation == detail.variation &&
        HashedSlot(other_row, other) == HashedSlot(row, detail)) {
      return;
    }
  }
  if (last == kNone) parts_.exposed_keys.push_back(row.key_number);
  parts_.exposures.push_back({index, last});
  last = static_cast<uint32_t>(parts_.exposures.size() - 1);
}

}  // namespace sluice::experiment

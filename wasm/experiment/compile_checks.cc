// What compiles, and can't be meant.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/experiment/payload_compiler.h"

namespace sluice::experiment {

using json::Value;

// Sums of shares may be a little over 1.
constexpr double kEndOfShares = 1.01;
// A feature with more rules between a rollout and an experiment isn't one that somebody wrote.
constexpr size_t kMaxRulesBetween = 64;

double PayloadCompiler::Coverage(Value value, double fallback) {
  const double coverage = Number(value, fallback);
  if (coverage < 0 || coverage > 1) {
    context_.AddIssue(value, "out_of_range",
                      "coverage is a share of users, 0 (nobody) to 1 (everybody), and no "
                      "percentage: this one is as the nearer of the two");
  }
  return coverage;
}

void PayloadCompiler::CheckRange(Value where, const BucketRange& range) {
  if (range.start <= range.end && range.start >= 0 && range.end <= kEndOfShares) return;
  if (std::isnan(range.start) || std::isnan(range.end)) return;  // reported already
  context_.AddIssue(where, "out_of_range",
                    range.start > range.end
                        ? "this range ends before it starts: nobody is in it"
                        : "a range is of shares of users, 0 to 1, and not of percentages");
}

void PayloadCompiler::CheckBucketVersions(const RuleView& view, const ExperimentRow& row) {
  if (row.min_bucket_version == 0 || (row.flags & kNotSticky) != 0) return;
  if (Number(view[kBucketVersion], 0) >= row.min_bucket_version) return;
  context_.AddIssue(view[kMinBucketVersion], "out_of_range",
                    "this is above the experiment's own bucketVersion: where buckets are sticky, "
                    "whoever it assigns is excluded from it from then on");
}

bool PayloadCompiler::IsSameHash(const HashRow& x, const HashRow& y) const {
  return x.version == y.version && x.slot == y.slot && At(x.seed) == At(y.seed);
}

// Where both take the same number of a user, those whom the rollout leaves have the others.
void PayloadCompiler::CheckRollouts(const RuleView& rule, const ExperimentRow& row) {
  if (row.variations.count < 2 || rule[kRangesProperty].is(json::Kind::kArray)) return;
  size_t looked_at = 0;
  for (size_t i = rules_.size(); i-- > first_rule_ && ++looked_at <= kMaxRulesBetween;) {
    const RuleRow& before = rules_[i];
    if (before.kind != RuleKind::kForce || before.rollout == kNone) continue;
    const RolloutRow& rollout = rollouts_[before.rollout];
    if (rollout.range.end <= 0 || !IsSameHash(rollout.hash, row.hash)) continue;
    context_.AddIssue(rule.rule(), "shared_seed",
                      absl::StrCat("this experiment hashes users as the rollout before it (rule ",
                                   i - first_rule_,
                                   ") does: it gets only those whom the rollout leaves, and its "
                                   "weights don't hold. Give it a \"seed\" of its own"));
    return;
  }
}

void PayloadCompiler::ReportCycles() {
  const auto count = static_cast<uint32_t>(named_.size());
  for (const Value where : FindCycles(count, prerequisites_)) {
    context_.AddIssue(where, "cyclic_prerequisite",
                      "by way of this prerequisite the feature depends on itself: for whom the "
                      "rules get that far it is null");
  }
}

}  // namespace sluice::experiment

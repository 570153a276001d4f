// What a program for decisions has beside the library's: the texts of values, and hashes for a
// sticky cookie.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/base/text_order.h"
#include "sluice/experiment/payload_compiler.h"
#include "sluice/experiment/sticky_cookie.h"

namespace sluice::experiment {

using json::Value;

namespace {

// Finds texts that share a hash. O(1) each.
class HashTable {
 public:
  // For at most that many hashes.
  explicit HashTable(size_t count) {
    size_t slots = 16;
    while (slots < 2 * count) slots *= 2;
    slots_.assign(slots, kNone);
  }

  // The number of who put the same hash first; kNone for the first.
  uint32_t Put(uint32_t hash, uint32_t number, absl::Span<const uint32_t> hashes) {
    const size_t mask = slots_.size() - 1;
    size_t slot = hash * 0x9E3779B1u & mask;
    while (slots_[slot] != kNone && hashes[slots_[slot]] != hash) slot = (slot + 1) & mask;
    const uint32_t first = slots_[slot];
    if (first == kNone) slots_[slot] = number;
    return first;
  }

 private:
  std::vector<uint32_t> slots_;
};

// By default rules have version 1, under which experiments are correlated (docs/experiments.md).
void WarnOfVersion1(const std::vector<ExperimentRow>& rows, const std::vector<Value>& rules,
                    const ConditionCompiler& pool, json::CompileContext& context) {
  size_t first = rows.size();
  size_t count = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].feature == kNone || rows[i].hash.version != 1) continue;
    if (rules[i].Find("hashVersion").present()) continue;
    if (count++ == 0) first = i;
  }
  if (count == 0) return;
  const std::string more = count == 1 ? "" : absl::StrCat(" and ", count - 1, " more");
  context.AddIssue(
      rules[first], "hash_version_1",
      absl::StrCat("without \"hashVersion\" experiments (", Quoted(pool.At(rows[first].key)), more,
                   ") are assigned by version 1, and correlated with each other: say 2 for a new "
                   "one; for one that runs say 1, since 2 assigns its users anew"));
}

}  // namespace

// Different buckets with one hash can't be told apart.
void PayloadCompiler::HashBuckets() {
  HashTable table(experiments_.size());
  for (uint32_t i = 0; i < experiments_.size(); ++i) {
    ExperimentRow& row = experiments_[i];
    row.sticky_hash = StickyCookie::BucketHash(At(row.sticky_id));
    buckets_.push_back(row.sticky_hash);
    HashVariations(row, experiment_values_[i]);
    const uint32_t first = table.Put(row.sticky_hash, i, buckets_);
    if (first == kNone || At(experiments_[first].sticky_id) == At(row.sticky_id)) continue;
    context_.AddIssue(
        experiment_values_[i], "hash_collision",
        absl::StrCat("in a sticky cookie this experiment can't be told from ",
                     Quoted(At(experiments_[first].key)), ": neither is sticky there"));
    row.flags |= kNotInCookie;
    experiments_[first].flags |= kNotInCookie;
  }
  // Of several rules for one experiment all are as its first is.
  for (uint32_t i = 0; i < experiments_.size(); ++i) {
    const uint32_t first = table.Put(buckets_[i], i, buckets_);
    experiments_[i].flags |= experiments_[first].flags & kNotInCookie;
  }
  Sort(buckets_.begin(), buckets_.end());
  WarnOfVersion1(experiments_, experiment_values_, conditions_, context_);
}

void PayloadCompiler::HashVariations(ExperimentRow& row, Value where) {
  HashTable table(row.variations.count);
  std::vector<uint32_t> hashes;
  for (uint32_t i = 0; i < row.variations.count; ++i) {
    VariationRow& variation = variations_[row.variations.first + i];
    variation.sticky_hash = StickyCookie::VariationHash(At(variation.key));
    hashes.push_back(variation.sticky_hash);
    const uint32_t first = table.Put(variation.sticky_hash, i, hashes);
    if (first == kNone || (row.flags & kNotInCookie) != 0) continue;
    const std::string_view other = At(variations_[row.variations.first + first].key);
    if (other == At(variation.key)) {
      context_.AddIssue(where, "duplicate_key",
                        absl::StrCat("two variations have the key ", Quoted(other),
                                     ": exposures can't tell them apart, and in a sticky cookie "
                                     "this experiment isn't sticky"));
    } else {
      context_.AddIssue(where, "hash_collision",
                        absl::StrCat("in a sticky cookie variation ", Quoted(At(variation.key)),
                                     " can't be told from ", Quoted(other),
                                     ": this experiment isn't sticky there"));
    }
    row.flags |= kNotInCookie;
  }
}

void PayloadCompiler::KeepValues() {
  std::vector<StringRef> texts(texts_.size(), StringRef{0, 0});
  const auto keep = [&](uint32_t text) {
    if (text != kNone && texts[text].length == 0) texts[text] = Keep(JsonText(text));
  };
  for (const FeatureRow& row : features_) keep(row.default_text);
  for (const RuleRow& row : rules_) {
    if (row.kind == RuleKind::kForce) keep(row.value_text);
  }
  for (const VariationRow& row : variations_) keep(row.text);
  texts_ = std::move(texts);
}

std::vector<StringRef> PayloadCompiler::NumberKeys() {
  std::vector<std::string_view> texts;
  texts.reserve(experiments_.size());
  for (const ExperimentRow& row : experiments_) texts.push_back(At(row.key));
  std::vector<StringRef> keys;
  for (const uint32_t experiment : OrderOf(texts)) {
    ExperimentRow& row = experiments_[experiment];
    if (keys.empty() || !SameBytes(At(keys.back()), texts[experiment])) keys.push_back(row.key);
    row.key_number = static_cast<uint32_t>(keys.size() - 1);
  }
  return keys;
}

}  // namespace sluice::experiment

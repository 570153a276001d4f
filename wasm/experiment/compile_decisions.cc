// What a program for decisions has beside the library's: the texts of values, and hashes for a
// sticky cookie.
#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/experiment/payload_compiler.h"
#include "sluice/experiment/sticky_cookie.h"

namespace sluice::experiment {

using json::Value;

// Different buckets with one hash can't be told apart.
void PayloadCompiler::HashBuckets() {
  for (size_t i = 0; i < experiments_.size(); ++i) {
    experiments_[i].sticky_hash = StickyCookie::BucketHash(At(experiments_[i].sticky_id));
    HashVariations(experiments_[i], experiment_values_[i]);
  }
  std::vector<uint32_t> order(experiments_.size());
  std::iota(order.begin(), order.end(), 0);
  Sort(order.begin(), order.end(), [this](uint32_t x, uint32_t y) {
    const ExperimentRow& a = experiments_[x];
    const ExperimentRow& b = experiments_[y];
    return a.sticky_hash != b.sticky_hash ? a.sticky_hash < b.sticky_hash
                                          : a.sticky_id.offset < b.sticky_id.offset;
  });
  for (size_t begin = 0; begin < order.size();) {
    const ExperimentRow& first = experiments_[order[begin]];
    buckets_.push_back(first.sticky_hash);
    size_t end = begin + 1;
    while (end < order.size() && experiments_[order[end]].sticky_hash == first.sticky_hash) ++end;
    const ExperimentRow& last = experiments_[order[end - 1]];
    const bool collide = !(first.sticky_id == last.sticky_id);
    if (collide) {
      context_.AddIssue(experiment_values_[order[end - 1]], "hash_collision",
                        absl::StrCat("in a sticky cookie this experiment can't be told from ",
                                     Quoted(At(first.key)), ": neither is sticky there"));
    }
    for (; begin < end; ++begin) {
      if (collide) experiments_[order[begin]].flags |= kNotInCookie;
    }
  }
}

void PayloadCompiler::HashVariations(ExperimentRow& row, Value where) {
  std::vector<std::pair<uint16_t, StringRef>> hashes;
  for (uint32_t i = 0; i < row.variations.count; ++i) {
    VariationRow& variation = variations_[row.variations.first + i];
    variation.sticky_hash = StickyCookie::VariationHash(At(variation.key));
    hashes.emplace_back(variation.sticky_hash, variation.key);
  }
  Sort(hashes.begin(), hashes.end(),
       [](const auto& x, const auto& y) { return x.first < y.first; });
  for (size_t i = 1; i < hashes.size(); ++i) {
    const auto& [hash, key] = hashes[i];
    const auto& [other_hash, other_key] = hashes[i - 1];
    if (hash != other_hash || key == other_key) continue;
    context_.AddIssue(
        where, "hash_collision",
        absl::StrCat("in a sticky cookie variation ", Quoted(At(key)), " can't be told from ",
                     Quoted(At(other_key)), ": this experiment isn't sticky there"));
    row.flags |= kNotInCookie;
    return;
  }
}

std::vector<StringRef> PayloadCompiler::KeepValues() {
  std::vector<StringRef> texts(texts_.strings().size(), StringRef{0, 0});
  const auto keep = [&](uint32_t text) { texts[text] = Keep(texts_.text(text)); };
  for (const FeatureRow& row : features_) keep(row.default_text);
  for (const RuleRow& row : rules_) {
    if (row.kind == RuleKind::kForce) keep(row.value_text);
  }
  for (const VariationRow& row : variations_) keep(row.text);
  return texts;
}

std::vector<StringRef> PayloadCompiler::NumberKeys() {
  const size_t count = keys_.strings().size();
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  Sort(order.begin(), order.end(),
       [this](uint32_t x, uint32_t y) { return keys_.text(x) < keys_.text(y); });
  std::vector<uint32_t> ranks(count);
  std::vector<StringRef> keys;
  keys.reserve(count);
  for (const uint32_t key : order) {
    ranks[key] = static_cast<uint32_t>(keys.size());
    keys.push_back(Keep(keys_.text(key)));
  }
  for (ExperimentRow& row : experiments_) row.key_number = ranks[row.key_number];
  return keys;
}

}  // namespace sluice::experiment

// The tables of a payload's features and experiments; of this room only.
//
// Strings lie in the pool. A "text" is a number among the program's texts (JSON, interned), which
// JavaScript has; a "constant" is a node of the constants document, or kNone for null. Slots are
// attributes.
#pragma once

#include <cstdint>

#include "sluice/base/block.h"
#include "sluice/experiment/condition.h"
#include "sluice/experiment/hash.h"

namespace sluice::experiment {

constexpr uint32_t kNone = 0xFFFFFFFF;

// Behind those of the conditions.
enum FeatureTable : uint32_t {
  kFeatures = kConditionTables,  // FeatureRow, by key
  kRules,                        // RuleRow, by feature
  kRollouts,                     // RolloutRow
  kParents,                      // ParentRow
  kFilters,                      // FilterRow
  kRanges,                       // BucketRange
  kExperiments,                  // ExperimentRow
  kVariations,                   // VariationRow
  kLeaves,                       // LeafRow
  kTracks,                       // uint32_t: texts
  kUrlTargets,                   // UrlTargetRow
  kKeys,                         // StringRef: keys of experiments, in byte order
  kTexts,                        // StringRef, of values; empty unless they are to be kept
  kRuns,                         // uint32_t: the payload's own experiments
  kBuckets,                      // uint32_t: their hashes in a sticky cookie, ascending
  kPatternTexts,                 // StringRef: simple URL patterns; empty as texts are
};

// Consecutive rows of a table.
struct Rows {
  uint32_t first;
  uint32_t count;
};

struct FeatureRow {
  StringRef key;
  Rows rules;
  uint32_t has_parents;  // 1: one of its rules has prerequisites
  uint32_t default_text;
  uint32_t default_constant;
};

enum class RuleKind : uint32_t { kSkip, kForce, kExperiment };

struct RuleRow {
  RuleKind kind;
  uint32_t id_text;  // of what is a rule's id, "" included
  Rows parents;
  Rows filters;
  ClauseRange condition;  // kForce; kExperiment: the experiment's
  // kForce
  uint32_t value_text;
  uint32_t value_constant;
  uint32_t rollout;  // kNone: everyone
  Rows tracks;
  // kExperiment
  uint32_t experiment;
};

// How a user gets a number in [0, 1).
struct HashRow {
  StringRef seed;
  uint32_t seed_hash;  // HashSeed of it
  uint32_t version;
  uint32_t slot;
  uint32_t fallback_slot;  // kNone: none; only where sticky buckets are in use
};

struct RolloutRow {
  HashRow hash;
  uint32_t by_coverage;  // 1: n <= range.end, where 0 is nobody
  BucketRange range;
};

struct ParentRow {
  uint32_t feature;  // kNone: unknown, so null
  uint32_t gate;
  CodeRange condition;
};

struct FilterRow {
  HashRow hash;
  Rows ranges;
};

struct VariationRow {
  uint32_t text;
  uint32_t constant;
  StringRef key;         // under which it is told
  StringRef sticky_key;  // under which documents keep it; offset kNone: none
  uint16_t sticky_hash;  // of `key`, in a cookie
  uint16_t passthrough;
};

enum ExperimentFlag : uint32_t {
  kHasFilters = 1,
  kHasNamespace = 2,
  kHasUrlTargets = 4,
  kInactive = 8,  // or in need of what there isn't, as the browser's
  kStopped = 16,
  kHasForce = 32,
  kNotSticky = 64,
  kBandit = 128,
  kNotInCookie = 256,  // its bucket or one of its variations has another's hash there
};

struct ExperimentRow {
  uint32_t text;     // the rule, or the payload's experiment, as it is
  uint32_t feature;  // kNone: the payload's own
  uint32_t flags;
  StringRef key;
  uint32_t key_number;
  StringRef sticky_id;   // key__bucketVersion
  uint32_t sticky_hash;  // of that, in a cookie
  uint32_t sticky_slot;  // whose assignments count beside those of the hash attribute
  uint32_t min_bucket_version;
  int32_t force;
  HashRow hash;
  uint32_t attribute_text;
  uint32_t fallback_text;
  Rows variations;
  Rows ranges;
  Rows filters;
  ClauseRange condition;
  Rows parents;
  Rows url_targets;
  Rows leaves;  // the last is for who is in none
  StringRef namespace_seed;
  BucketRange namespace_range;
};

// A leaf of a contextual bandit.
struct LeafRow {
  uint32_t text;          // kNone: the one for who is in none
  uint32_t version_text;  // kNone: none
  ClauseRange condition;
  Rows ranges;
};

enum class UrlTargetKind : uint32_t { kNever, kRegex, kSimple };

struct UrlTargetRow {
  UrlTargetKind kind;
  uint32_t include;
  uint32_t number;  // of the regex, or of the simple pattern
};

// The tables of a program that its evaluation looks at, found once. Borrows the block.
struct FeatureTables {
  explicit FeatureTables(const Block& block);

  ConditionTables conditions;
  absl::Span<const FeatureRow> features;
  absl::Span<const RuleRow> rules;
  absl::Span<const RolloutRow> rollouts;
  absl::Span<const ParentRow> parents;
  absl::Span<const FilterRow> filters;
  absl::Span<const BucketRange> ranges;
  absl::Span<const ExperimentRow> experiments;
  absl::Span<const VariationRow> variations;
  absl::Span<const LeafRow> leaves;
  absl::Span<const uint32_t> tracks;
  absl::Span<const UrlTargetRow> url_targets;
  absl::Span<const StringRef> keys;
  absl::Span<const uint32_t> runs;
};

}  // namespace sluice::experiment

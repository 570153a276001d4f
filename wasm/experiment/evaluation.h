// One evaluation. Of this room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/experiment/condition_eval.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/evaluate.h"
#include "sluice/experiment/feature_tables.h"
#include "sluice/experiment/url_pattern.h"
#include "sluice/json/document.h"

namespace sluice::experiment {

constexpr size_t kMaxAttributesBytes = size_t{1} << 20;

enum DetailFlag : uint32_t {
  kInExperiment = 1,
  kHashUsed = 2,
  kStickyUsed = 4,
  kHasBucket = 8,
  kPassthrough = 16,
  kFallbackUsed = 32,
  kHasLeaf = 64,  // of a contextual bandit
};

// How an experiment came out.
struct Detail {
  uint32_t experiment;
  uint32_t flags;
  uint32_t variation;
  uint32_t leaf;  // kNone: no bandit
  double bucket;
};

struct FeatureState {
  static constexpr uint32_t kDecided = 1;

  uint32_t evaluation;  // in which it is being decided; with kDecided added to it: was decided
  Source source;
  uint32_t value_text;      // kNone: null
  uint32_t value_constant;  // kNone: null
  uint32_t id_text;         // kNone: ""
  uint32_t detail;          // kNone: none
};

// A feature whose rules are being tried.
struct FeatureFrame {
  uint32_t feature;
  uint32_t rule;
  uint32_t parent;
};

// What is said of one experiment's key from outside.
struct KeyOverride {
  static constexpr int64_t kAbsent = INT64_MIN;
  static constexpr int64_t kNowhere = -1;
  int64_t query = kAbsent;   // what the query string says; the first counts
  int64_t forced = kAbsent;  // what forcedVariations says
};

// A hashed attribute's JSON among those of a results frame.
struct WrittenValue {
  uint32_t slot;
  uint32_t offset;
  uint32_t length;
};

struct Exposure {
  uint32_t detail;
  uint32_t next;  // of the same key; kNone: none
};

struct EvaluateScratch::Parts {
  json::Document attributes;
  OutputBuffer lists{kMaxAttributesBytes};  // attributes that are lists or JSON
  json::Document forced;
  json::Document sticky;
  json::Document url;
  std::string url_texts[5];
  ConditionScratch condition;
  std::vector<FeatureState> features;
  std::vector<FeatureFrame> frames;
  std::vector<Detail> details;
  std::vector<uint32_t> runs;  // details of the payload's experiments
  std::vector<Exposure> exposures;
  std::vector<uint32_t> last_exposure;  // by number of key
  std::vector<uint32_t> exposed_keys;   // of which there is one
  std::vector<uint32_t> tracks;         // texts
  std::vector<uint32_t> assigned;       // details whose buckets are new
  std::vector<KeyOverride> overrides;   // by number of key
  std::vector<uint32_t> overridden;     // keys of which there is one, maybe more than once
  std::vector<uint32_t> wanted;
  std::vector<Decision> decisions;
  std::vector<ExposureDecision> exposed;
  OutputBuffer values{0};  // JSON of hashed attributes, on its way into a results frame
  std::vector<WrittenValue> written;
  std::string text;
};

class Evaluation {
 public:
  Evaluation(const Program& program, EvaluateScratch::Parts& parts);

  absl::Status Run(const EvaluateInput& input, OutputBuffer& out);
  absl::StatusOr<Decisions> Run(const DecideInput& input);
  absl::Status Run(const DecideInput& input, OutputBuffer& out);

 private:
  enum class Parents : uint8_t { kMet, kUnmet, kBlocking, kCyclic, kPending };
  enum class Phase : uint8_t { kUnseen, kActive, kDecided };

  // What the user's hash attribute comes to.
  struct User {
    uint32_t slot;
    bool is_fallback;
    bool present;  // the value is truthy
  };

  // Features (evaluation.cc).
  absl::Status ReadWanted(std::optional<ByteSpan> words);
  absl::Status Want(uint32_t feature);
  void WantAll();
  absl::Status DecideWanted(bool runs);
  void Forget();
  Phase PhaseOf(uint32_t feature) const {
    const uint32_t phase = parts_.features[feature].evaluation - conditions_.evaluation();
    if (phase == 0) return Phase::kActive;
    return phase == FeatureState::kDecided ? Phase::kDecided : Phase::kUnseen;
  }
  void Push(uint32_t feature);
  void Feature(uint32_t feature);
  void DecideWithParents(uint32_t feature);
  bool Advance(FeatureFrame& frame);
  bool Try(uint32_t feature, const RuleRow& rule);
  bool TryExperiment(uint32_t feature, const RuleRow& rule);
  void DecideDefault(uint32_t feature);
  Parents CheckParents(Rows parents, uint32_t* next);
  bool IsForced(const RuleRow& rule);
  bool IsFilteredOut(Rows filters);
  void Decide(uint32_t feature, Source source, uint32_t value_text, uint32_t value_constant,
              uint32_t id_text = kNone, uint32_t detail = kNone) {
    parts_.features[feature] = {conditions_.evaluation() + FeatureState::kDecided,
                                source,
                                value_text,
                                value_constant,
                                id_text,
                                detail};
  }
  void Track(Rows tracks);
  // The slot of what the detail's experiment hashed.
  uint32_t HashedSlot(const ExperimentRow& row, const Detail& detail) const {
    return (detail.flags & kFallbackUsed) != 0 ? row.hash.fallback_slot : row.hash.slot;
  }
  User UserOf(const HashRow& hash, bool with_fallback);
  std::optional<double> Bucket(const HashRow& hash, const User& user);

  // Experiments (experiment_run.cc).
  Detail Experiment(uint32_t number, bool* assigned);
  uint32_t Keep(const Detail& detail, bool assigned);
  bool Assign(const ExperimentRow& row, const User& user, Detail& detail);
  bool IsForcedFromOutside(const ExperimentRow& row, Detail& detail);
  bool IsExcluded(const ExperimentRow& row, const User& user);
  bool IsUrlTargeted(Rows targets);
  void ChooseLeaf(const ExperimentRow& row, Detail& detail);
  Rows RangesOf(const ExperimentRow& row, const Detail& detail) const;
  void SetVariation(const ExperimentRow& row, int64_t variation, Detail& detail) const;
  void Expose(const ExperimentRow& row, uint32_t detail);

  // Sticky buckets (sticky.cc).
  struct StickyBucket {
    int32_t variation = -1;
    bool blocked = false;
    bool own = false;  // found under the hash attribute's value, not the fallback's
  };
  bool IsSticky(const ExperimentRow& row) const;
  StickyBucket FindSticky(const ExperimentRow& row);
  StickyBucket FindInDocuments(const ExperimentRow& row);
  StickyBucket FindInCookie(const ExperimentRow& row);
  int32_t VariationOf(const ExperimentRow& row, std::string_view key) const;
  json::Value AssignmentsOf(uint32_t slot, bool only_if_present);
  bool IsBlocked(const ExperimentRow& row, json::Value assignments);
  bool IsBlockedInCookie(const ExperimentRow& row, uint64_t group);
  std::optional<uint64_t> CookieGroup(uint32_t slot);
  void Remember(const ExperimentRow& row, uint32_t slot, uint32_t detail);
  std::string_view AttributeName(uint32_t slot) const;

  // What comes from outside (overrides.cc).
  absl::Status ReadInputs(const EvaluateInput& input);
  absl::Status ReadUrl(std::optional<std::string_view> parts);
  void ReadForced(json::Value forced);
  void ReadQuery(std::string_view url);
  KeyOverride* OverrideOf(std::optional<uint32_t> key);

  // From C++ to C++ (decide.cc).
  absl::Status Evaluate(const DecideInput& input);
  absl::Status ReadAttributes(absl::Span<const AttributeValue> attributes);
  void AppendJson(const AttributeValue& attribute);
  Decisions Collect();

  // Output (results.cc).
  absl::Status Write(OutputBuffer& out);
  void WriteFeatures(OutputBuffer& out) const;
  void WriteDetails(size_t at, OutputBuffer& out);
  const WrittenValue& WriteValue(uint32_t slot);

  std::string_view Text(StringRef text) const { return text.In(tables_.conditions.pool); }

  const Program& program_;
  EvaluateScratch::Parts& parts_;
  const FeatureTables& tables_;
  UrlParts url_;
  ConditionMachine conditions_;
  bool documents_ = false;          // buckets are sticky, kept in documents
  StickyCookie* cookie_ = nullptr;  // buckets are sticky, kept there
  bool by_condition_ = false;       // nobody is named from outside or was given a variation before
  bool qa_mode_ = false;
  bool disabled_ = false;
  size_t leading_exposures_ = 0;
};

}  // namespace sluice::experiment

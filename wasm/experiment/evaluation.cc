#include "sluice/experiment/evaluation.h"

#include <numeric>

#include "sluice/base/retained.h"
#include "sluice/base/status.h"
#include "sluice/experiment/hash.h"

namespace sluice::experiment {
namespace {

using json::Value;

bool IsInRange(double n, const BucketRange& range) { return n >= range.start && n < range.end; }

}  // namespace

EvaluateScratch::EvaluateScratch() : parts_(std::make_unique<Parts>()) {}
EvaluateScratch::~EvaluateScratch() = default;

void EvaluateScratch::Trim(size_t max_bytes) {
  Parts& parts = *parts_;
  for (json::Document* document : {&parts.attributes, &parts.forced, &parts.sticky, &parts.url}) {
    if (document->retained_bytes() > max_bytes) document->Release();
  }
  TrimVector(parts.condition.slots, max_bytes);
  TrimVector(parts.condition.clauses, max_bytes);
  TrimVector(parts.condition.frames, max_bytes);
  for (OutputBuffer* buffer : {&parts.lists, &parts.values}) {
    if (buffer->capacity() > max_bytes) buffer->Release();
  }
  TrimVector(parts.features, max_bytes);
  TrimVector(parts.frames, max_bytes);
  TrimVector(parts.details, max_bytes);
  for (std::string* text :
       {&parts.text, &parts.condition.decoded, &parts.condition.text, &parts.condition.folded}) {
    if (text->capacity() > max_bytes) std::string().swap(*text);
  }
  for (Slot& slot : parts.condition.slots) {
    const bool is_large =
        slot.decoded.capacity() + slot.text_memory.capacity() + slot.version.capacity() >
        max_bytes / 16;
    if (is_large) slot = Slot();
  }
}

absl::Status Evaluate(const Program& program, const EvaluateInput& input, EvaluateScratch& scratch,
                      OutputBuffer& out) {
  return Evaluation(program, scratch.parts()).Run(input, out);
}

Evaluation::Evaluation(const Program& program, EvaluateScratch::Parts& parts)
    : program_(program),
      parts_(parts),
      tables_(program.tables()),
      conditions_(tables_.conditions, program.constants(), program.regexes(), kEvaluateSteps,
                  parts.condition) {}

absl::Status Evaluation::Run(const EvaluateInput& input, OutputBuffer& out) {
  Forget();
  SLUICE_RETURN_IF_ERROR(ReadInputs(input));
  SLUICE_RETURN_IF_ERROR(ReadWanted(input.features));
  SLUICE_RETURN_IF_ERROR(DecideWanted(/*runs=*/!input.features.has_value()));
  return Write(out);
}

// What the last evaluation, maybe of another program, left behind. Few features cost little,
// however many there are.
void Evaluation::Forget() {
  if (conditions_.restarted()) parts_.features.clear();
  for (const uint32_t key : parts_.exposed_keys) parts_.last_exposure[key] = kNone;
  for (const uint32_t key : parts_.overridden) parts_.overrides[key] = {};
  if (parts_.features.size() < tables_.features.size()) {
    parts_.features.resize(tables_.features.size());
  }
  const size_t keys = tables_.keys.size();
  if (parts_.last_exposure.size() < keys) parts_.last_exposure.resize(keys, kNone);
  parts_.exposed_keys.clear();
  parts_.overridden.clear();
  parts_.wanted.clear();
  parts_.frames.clear();
  parts_.details.clear();
  parts_.runs.clear();
  parts_.exposures.clear();
  parts_.tracks.clear();
  parts_.assigned.clear();
}

absl::Status Evaluation::DecideWanted(bool runs) {
  by_condition_ = parts_.overridden.empty() && !documents_ && cookie_ == nullptr;
  for (const uint32_t feature : parts_.wanted) {
    if (conditions_.exhausted()) break;
    Feature(feature);
  }
  if (runs) {
    for (const uint32_t run : tables_.runs) {
      if (conditions_.exhausted()) break;
      bool assigned = false;
      const Detail detail = Experiment(run, &assigned);
      parts_.runs.push_back(Keep(detail, assigned));
    }
  }
  if (!conditions_.exhausted()) return absl::OkStatus();
  return MakeBudgetError(Budget::kSteps,
                         "evaluating these features for these attributes is too much work");
}

absl::Status Evaluation::Want(uint32_t feature) {
  if (feature >= tables_.features.size()) {
    return MakeError(ErrorCode::kInvalidArgument, "no feature has this number");
  }
  parts_.wanted.push_back(feature);
  return absl::OkStatus();
}

void Evaluation::WantAll() {
  parts_.wanted.resize(tables_.features.size());
  std::iota(parts_.wanted.begin(), parts_.wanted.end(), 0u);
}

absl::Status Evaluation::ReadWanted(std::optional<ByteSpan> words) {
  if (!words.has_value()) {
    WantAll();
    return absl::OkStatus();
  }
  for (size_t at = 0; at + 4 <= words->size(); at += 4) {
    SLUICE_RETURN_IF_ERROR(Want(LoadWord(words->data() + at)));
  }
  return absl::OkStatus();
}

void Evaluation::Push(uint32_t feature) {
  parts_.features[feature].evaluation = conditions_.evaluation();
  parts_.frames.push_back({feature, 0, 0});
}

void Evaluation::Feature(uint32_t feature) {
  if (PhaseOf(feature) != Phase::kUnseen) return;
  const FeatureRow& row = tables_.features[feature];
  if (row.has_parents != 0) return DecideWithParents(feature);
  conditions_.Charge(1);
  const RuleRow* const rules = tables_.rules.data() + row.rules.first;
  for (uint32_t i = 0; i < row.rules.count; ++i) {
    if (Try(feature, rules[i])) return;
  }
  DecideDefault(feature);
}

// Prerequisites are evaluated on a stack of their own, however long their chain.
void Evaluation::DecideWithParents(uint32_t feature) {
  const size_t bottom = parts_.frames.size();
  Push(feature);
  while (parts_.frames.size() > bottom && !conditions_.exhausted()) {
    if (Advance(parts_.frames.back())) parts_.frames.pop_back();
  }
}

// True once the feature is decided; false if a prerequisite comes first.
bool Evaluation::Advance(FeatureFrame& frame) {
  const uint32_t feature = frame.feature;
  const FeatureRow& row = tables_.features[feature];
  conditions_.Charge(1);
  for (; frame.rule < row.rules.count; ++frame.rule, frame.parent = 0) {
    const RuleRow& rule = tables_.rules[row.rules.first + frame.rule];
    const Parents parents = CheckParents(rule.parents, &frame.parent);
    if (parents == Parents::kPending) return false;
    if (parents == Parents::kCyclic || parents == Parents::kBlocking) {
      const bool cyclic = parents == Parents::kCyclic;
      Decide(feature, cyclic ? Source::kCyclicPrerequisite : Source::kPrerequisite, kNone, kNone);
      return true;
    }
    if (parents != Parents::kUnmet && Try(feature, rule)) return true;
  }
  DecideDefault(feature);
  return true;
}

void Evaluation::DecideDefault(uint32_t feature) {
  const FeatureRow& row = tables_.features[feature];
  Decide(feature, Source::kDefaultValue, row.default_text, row.default_constant);
}

// Whether the rule, whose prerequisites are met, decides the feature.
bool Evaluation::Try(uint32_t feature, const RuleRow& rule) {
  if (rule.filters.count > 0 && IsFilteredOut(rule.filters)) return false;
  if (rule.kind == RuleKind::kExperiment) return TryExperiment(feature, rule);
  if (rule.kind != RuleKind::kForce || !IsForced(rule)) return false;
  if (rule.tracks.count > 0) Track(rule.tracks);
  Decide(feature, Source::kForce, rule.value_text, rule.value_constant, rule.id_text);
  return true;
}

bool Evaluation::TryExperiment(uint32_t feature, const RuleRow& rule) {
  if (by_condition_ && !conditions_.Holds(rule.condition)) return false;
  bool assigned = false;
  const Detail detail = Experiment(rule.experiment, &assigned);
  // What nobody will be told of isn't kept.
  if ((detail.flags & kInExperiment) == 0) return false;
  const uint32_t number = Keep(detail, assigned);
  if ((detail.flags & kPassthrough) != 0) return false;
  const VariationRow& variation =
      tables_.variations[tables_.experiments[rule.experiment].variations.first + detail.variation];
  Decide(feature, Source::kExperiment, variation.text, variation.constant, rule.id_text, number);
  return true;
}

// Goes on at `*next`. A pending parent lies on top of the stack.
Evaluation::Parents Evaluation::CheckParents(Rows parents, uint32_t* next) {
  for (; *next < parents.count; ++*next) {
    const ParentRow& parent = tables_.parents[parents.first + *next];
    Value value;
    if (parent.feature != kNone) {
      const FeatureState& state = parts_.features[parent.feature];
      const Phase phase = PhaseOf(parent.feature);
      // What is active has led here.
      if (phase == Phase::kActive) return Parents::kCyclic;
      if (phase == Phase::kUnseen) {
        Push(parent.feature);
        return Parents::kPending;
      }
      if (state.source == Source::kCyclicPrerequisite) return Parents::kCyclic;
      if (state.value_constant != kNone) value = {&program_.constants(), state.value_constant};
    }
    if (!conditions_.HoldsForParent(parent.condition, value)) {
      return parent.gate != 0 ? Parents::kBlocking : Parents::kUnmet;
    }
  }
  return Parents::kMet;
}

Evaluation::User Evaluation::UserOf(const HashRow& hash, bool with_fallback) {
  if (IsTruthy(conditions_.Attribute(hash.slot))) return {hash.slot, false, true};
  if (with_fallback && hash.fallback_slot != kNone && (documents_ || cookie_ != nullptr) &&
      IsTruthy(conditions_.Attribute(hash.fallback_slot))) {
    return {hash.fallback_slot, true, true};
  }
  return {hash.slot, false, false};
}

std::optional<double> Evaluation::Bucket(const HashRow& hash, const User& user) {
  const std::string_view value = conditions_.AttributeText(user.slot);
  conditions_.Charge(value.size() / 16);
  if (hash.version == 2) return HashWithSeed(hash.seed_hash, value);
  return Hash(Text(hash.seed), value, hash.version);
}

bool Evaluation::IsForced(const RuleRow& rule) {
  if (!conditions_.Holds(rule.condition)) return false;
  if (rule.rollout == kNone) return true;
  const RolloutRow& rollout = tables_.rollouts[rule.rollout];
  if (rollout.by_coverage != 0 && rollout.range.end == 0) return false;
  const User user = UserOf(rollout.hash, /*with_fallback=*/true);
  if (!user.present) return false;
  const std::optional<double> n = Bucket(rollout.hash, user);
  if (!n.has_value()) return false;
  return rollout.by_coverage != 0 ? *n <= rollout.range.end : IsInRange(*n, rollout.range);
}

bool Evaluation::IsFilteredOut(Rows filters) {
  for (const FilterRow& filter : tables_.filters.subspan(filters.first, filters.count)) {
    const User user = UserOf(filter.hash, /*with_fallback=*/false);
    if (!user.present) return true;
    const std::optional<double> n = Bucket(filter.hash, user);
    if (!n.has_value() ||
        ChooseVariation(*n, tables_.ranges.subspan(filter.ranges.first, filter.ranges.count)) < 0) {
      return true;
    }
  }
  return false;
}

void Evaluation::Track(Rows tracks) {
  for (const uint32_t text : tables_.tracks.subspan(tracks.first, tracks.count)) {
    parts_.tracks.push_back(text);
  }
}

}  // namespace sluice::experiment

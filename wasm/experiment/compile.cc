#include "sluice/json/compile.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/block.h"
#include "sluice/base/interner.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/base/status.h"
#include "sluice/experiment/features.h"
#include "sluice/experiment/hash.h"
#include "sluice/experiment/program_tables.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

// Properties of a rule; the enum numbers the names.
enum Property : uint32_t {
  kKey,
  kVariations,
  kWeights,
  kCoverage,
  kHashAttribute,
  kHashVersion,
  kSeed,
  kMeta,
  kName,
  kPhase,
  kId,
  kPropertyCount,
};
constexpr std::array<std::string_view, kPropertyCount> kPropertyNames = {
    "key",  "variations", "weights", "coverage", "hashAttribute", "hashVersion", "seed",
    "meta", "name",       "phase",   "id"};

constexpr std::array<std::string_view, 3> kPayloadKeys = {"features", "status", "dateUpdated"};
constexpr std::array<std::string_view, 2> kFeatureKeys = {"defaultValue", "rules"};
constexpr std::array<std::string_view, 3> kMetaKeys = {"key", "name", "passthrough"};

struct RuleView {
  std::array<Value, kPropertyCount> properties;
  bool supported = true;

  Value operator[](Property property) const { return properties[property]; }
};

class Compiler {
 public:
  explicit Compiler(json::CompileContext& context) : context_(context) {}

  void Payload(Value payload);
  Program Build();

 private:
  struct Row {
    FeatureRow feature;
    Value key;
  };

  void Feature(Value key, Value value);
  void Experiment(Value rule, FeatureRow& row);
  RuleView ReadRule(Value rule);
  uint32_t Variations(const RuleView& rule, Value object, FeatureRow& row);
  std::vector<double> Weights(Value weights, uint32_t variations);
  double Coverage(Value coverage);
  uint32_t HashVersion(Value version);
  void Meta(Value meta);

  // The string, or `fallback` where it is absent or empty, as in GrowthBook's `a || b`.
  StringRef Text(Value value, StringRef fallback);
  StringRef Keep(std::string_view text) { return strings_.strings()[strings_.Intern(text)]; }
  std::string_view At(StringRef text) const { return text.In(strings_.pool()); }

  json::CompileContext& context_;
  StringInterner strings_;
  std::vector<Row> rows_;
  std::vector<BucketRange> ranges_;
  std::vector<StringRef> values_;
};

void Compiler::Payload(Value payload) {
  if (!json::Expect(payload, Kind::kObject, context_)) return;
  const json::ObjectReader reader(payload, kPayloadKeys, context_);
  const Value features = reader.Require("features");
  if (!features.present() || !json::Expect(features, Kind::kObject, context_)) return;
  for (const json::Member member : json::Members(features)) Feature(member.key, member.value);

  Sort(rows_.begin(), rows_.end(), [this](const Row& x, const Row& y) {
    const std::string_view x_key = At(x.feature.key);
    const std::string_view y_key = At(y.feature.key);
    return x_key != y_key ? x_key < y_key : x.key.index() < y.key.index();
  });
  for (size_t i = 1; i < rows_.size(); ++i) {
    if (At(rows_[i].feature.key) == At(rows_[i - 1].feature.key)) {
      context_.AddIssue(rows_[i].key, "duplicate_key", "this feature is there twice");
    }
  }
}

void Compiler::Feature(Value key, Value value) {
  std::string scratch;
  FeatureRow row = {};
  row.key = Keep(key.string(&scratch));
  rows_.push_back({row, key});
  if (!json::Expect(value, Kind::kObject, context_)) return;
  const json::ObjectReader reader(value, kFeatureKeys, context_);

  const Value default_value = reader.Get("defaultValue");
  row.default_value = Keep(default_value.present() ? default_value.raw() : "null");
  const Value rules = reader.Get("rules");
  if (rules.present() && json::Expect(rules, Kind::kArray, context_)) {
    bool first = true;
    for (const Value rule : json::Elements(rules)) {
      if (first) {
        Experiment(rule, row);
      } else {
        context_.AddIssue(rule, "unsupported", "a feature may have one rule, its experiment");
      }
      first = false;
    }
  }
  rows_.back().feature = row;
}

void Compiler::Experiment(Value object, FeatureRow& row) {
  if (!json::Expect(object, Kind::kObject, context_)) return;
  const RuleView rule = ReadRule(object);
  row.experiment_key = Text(rule[kKey], row.key);
  row.seed = Text(rule[kSeed], row.experiment_key);
  row.hash_attribute = Text(rule[kHashAttribute], Keep("id"));
  row.hash_version = HashVersion(rule[kHashVersion]);
  for (const Property unused : {kName, kPhase, kId}) {
    if (rule[unused].present()) json::Expect(rule[unused], Kind::kString, context_);
  }
  Meta(rule[kMeta]);

  const double coverage = Coverage(rule[kCoverage]);
  const uint32_t count = Variations(rule, object, row);
  const std::vector<double> weights = Weights(rule[kWeights], count);
  const std::vector<BucketRange> ranges =
      BucketRanges(static_cast<int32_t>(count), coverage, weights);
  ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
}

RuleView Compiler::ReadRule(Value object) {
  RuleView rule;
  std::string scratch;
  for (const json::Member member : json::Members(object)) {
    const std::string_view name = member.key.string(&scratch);
    const auto known = std::find(kPropertyNames.begin(), kPropertyNames.end(), name);
    if (known == kPropertyNames.end()) {
      rule.supported = false;
      context_.AddIssue(
          member.key, "unsupported",
          context_.issues().full()
              ? ""
              : absl::StrCat(Quoted(name),
                             " is not supported: a rule is an experiment by hash, weights and "
                             "coverage",
                             DidYouMean(name, kPropertyNames)));
      continue;
    }
    Value& property = rule.properties[static_cast<size_t>(known - kPropertyNames.begin())];
    if (property.present()) {
      context_.AddIssue(member.key, "duplicate_key", absl::StrCat("\"", name, "\" is there twice"));
    }
    property = member.value;
  }
  return rule;
}

uint32_t Compiler::Variations(const RuleView& rule, Value object, FeatureRow& row) {
  const Value variations = rule[kVariations];
  if (!variations.present()) {
    // A rule of another sort lacks them by right, and was already refused.
    if (rule.supported) {
      context_.AddIssue(object, "missing_key", "\"variations\" is required in an experiment");
    }
    return 0;
  }
  if (!json::Expect(variations, Kind::kArray, context_)) return 0;
  const uint32_t count = variations.size();
  if (count < 2 || count > kMaxVariations) {
    context_.AddIssue(variations, "out_of_range",
                      absl::StrCat("an experiment has 2 to ", kMaxVariations,
                                   " variations, this one has ", count));
    return 0;
  }
  row.first_variation = static_cast<uint32_t>(values_.size());
  row.variation_count = count;
  for (const Value variation : json::Elements(variations)) values_.push_back(Keep(variation.raw()));
  return count;
}

std::vector<double> Compiler::Weights(Value weights, uint32_t variations) {
  std::vector<double> numbers;
  if (!weights.present() || !json::Expect(weights, Kind::kArray, context_)) return numbers;
  bool valid = true;
  for (const Value weight : json::Elements(weights)) {
    if (!json::Expect(weight, Kind::kNumber, context_)) {
      valid = false;
      continue;
    }
    const double number = json::ToDouble(weight);
    if (!(number >= 0 && number <= 1)) {
      context_.AddIssue(weight, "out_of_range", "a weight must be from 0 to 1");
      valid = false;
    }
    numbers.push_back(number);
  }
  if (!valid || variations == 0) return {};
  if (numbers.size() != variations) {
    context_.AddIssue(weights, "invalid_weights",
                      absl::StrCat(numbers.size(), " weights for ", variations,
                                   " variations: there must be one each, or no \"weights\" for "
                                   "equal ones"));
  } else if (!AreUsableWeights(static_cast<int32_t>(variations), numbers)) {
    context_.AddIssue(weights, "invalid_weights",
                      "the weights must sum to 1 (0.99 to 1.01); leave them "
                      "out for equal ones");
  }
  return numbers;
}

double Compiler::Coverage(Value coverage) {
  if (!coverage.present() || !json::Expect(coverage, Kind::kNumber, context_)) return 1;
  const double number = json::ToDouble(coverage);
  if (!(number >= 0 && number <= 1)) {
    context_.AddIssue(coverage, "out_of_range", "coverage must be from 0 to 1");
  }
  return number;
}

uint32_t Compiler::HashVersion(Value version) {
  if (!version.present() || !json::Expect(version, Kind::kNumber, context_)) return 1;
  const std::optional<int64_t> number = json::ToInt64(version);
  if (number == 1 || number == 2) return static_cast<uint32_t>(*number);
  context_.AddIssue(version, "out_of_range",
                    "hashVersion must be 1 or 2; 2 is unbiased, 1 is for old experiments");
  return 1;
}

void Compiler::Meta(Value meta) {
  if (!meta.present() || !json::Expect(meta, Kind::kArray, context_)) return;
  for (const Value element : json::Elements(meta)) {
    if (!json::Expect(element, Kind::kObject, context_)) continue;
    const json::ObjectReader reader(element, kMetaKeys, context_);
    reader.String("key");
    reader.String("name");
    if (reader.Bool("passthrough").value_or(false)) {
      context_.AddIssue(reader.Get("passthrough"), "unsupported",
                        "a variation can't pass on to the next rule: there is one rule");
    }
  }
}

StringRef Compiler::Text(Value value, StringRef fallback) {
  if (!value.present() || !json::Expect(value, Kind::kString, context_)) return fallback;
  std::string scratch;
  const std::string_view text = value.string(&scratch);
  return text.empty() ? fallback : Keep(text);
}

Program Compiler::Build() {
  std::vector<FeatureRow> features;
  features.reserve(rows_.size());
  for (const Row& row : rows_) features.push_back(row.feature);
  BlockBuilder builder(Program::kFormatVersion);
  builder.Add(strings_.pool());
  builder.Add(features);
  builder.Add(ranges_);
  builder.Add(values_);
  return Program(builder.Build());
}

}  // namespace

absl::StatusOr<Program> Compile(json::Value payload, json::CompileContext& context) {
  const size_t issues_before = context.issues().total();
  Compiler compiler(context);
  compiler.Payload(payload);
  if (const size_t issues = context.issues().total() - issues_before; issues > 0) {
    return MakeError(ErrorCode::kInvalidPolicy, absl::StrCat("the feature payload has ", issues,
                                                             issues == 1 ? " fault" : " faults"));
  }
  Program program = compiler.Build();
  if (program.block().size() == 0) {
    return MakeError(ErrorCode::kBudgetExceeded, "not enough memory for the compiled features");
  }
  return program;
}

}  // namespace sluice::experiment

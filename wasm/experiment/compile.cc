#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/base/status.h"
#include "sluice/experiment/features.h"
#include "sluice/experiment/hash.h"
#include "sluice/experiment/payload_compiler.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

constexpr std::array<std::string_view, 11> kRuleKeys = {
    "key",  "variations", "weights", "coverage", "hashAttribute", "hashVersion", "seed",
    "meta", "name",       "phase",   "id"};
constexpr std::array<std::string_view, 3> kPayloadKeys = {"features", "status", "dateUpdated"};
constexpr std::array<std::string_view, 2> kFeatureKeys = {"defaultValue", "rules"};
constexpr std::array<std::string_view, 3> kMetaKeys = {"key", "name", "passthrough"};

// Reports all that a policy's routes don't understand.
class Checker {
 public:
  explicit Checker(json::CompileContext& context) : context_(context) {}

  void Payload(Value payload);

 private:
  struct Name {
    std::string text;
    Value key;
  };

  void Feature(Value value);
  void Experiment(Value object);
  // False if the rule has properties of another sort of rule.
  bool ReadRule(Value object, std::array<Value, kRuleKeys.size()>& properties);
  uint32_t Variations(Value variations, Value object, bool supported);
  void Weights(Value weights, uint32_t variations);
  void Coverage(Value coverage);
  void HashVersion(Value version);
  void Meta(Value meta);

  json::CompileContext& context_;
  std::vector<Name> names_;
};

void Checker::Payload(Value payload) {
  if (!json::Expect(payload, Kind::kObject, context_)) return;
  const json::ObjectReader reader(payload, kPayloadKeys, context_);
  const Value features = reader.Require("features");
  if (!features.present() || !json::Expect(features, Kind::kObject, context_)) return;
  std::string scratch;
  for (const json::Member member : json::Members(features)) {
    names_.push_back({std::string(member.key.string(&scratch)), member.key});
    Feature(member.value);
  }
  Sort(names_.begin(), names_.end(), [](const Name& x, const Name& y) {
    return x.text != y.text ? x.text < y.text : x.key.index() < y.key.index();
  });
  for (size_t i = 1; i < names_.size(); ++i) {
    if (names_[i].text == names_[i - 1].text) {
      context_.AddIssue(names_[i].key, "duplicate_key", "this feature is there twice");
    }
  }
}

void Checker::Feature(Value value) {
  if (!json::Expect(value, Kind::kObject, context_)) return;
  const json::ObjectReader reader(value, kFeatureKeys, context_);
  const Value rules = reader.Get("rules");
  if (!rules.present() || !json::Expect(rules, Kind::kArray, context_)) return;
  bool first = true;
  for (const Value rule : json::Elements(rules)) {
    if (first) {
      Experiment(rule);
    } else {
      context_.AddIssue(rule, "unsupported", "a feature may have one rule, its experiment");
    }
    first = false;
  }
}

void Checker::Experiment(Value object) {
  if (!json::Expect(object, Kind::kObject, context_)) return;
  std::array<Value, kRuleKeys.size()> properties;
  const bool supported = ReadRule(object, properties);
  const auto property = [&](std::string_view name) {
    return properties[static_cast<size_t>(std::find(kRuleKeys.begin(), kRuleKeys.end(), name) -
                                          kRuleKeys.begin())];
  };
  for (const std::string_view text : {"key", "seed", "hashAttribute"}) {
    if (property(text).present()) json::Expect(property(text), Kind::kString, context_);
  }
  HashVersion(property("hashVersion"));
  for (const std::string_view unused : {"name", "phase", "id"}) {
    if (property(unused).present()) json::Expect(property(unused), Kind::kString, context_);
  }
  Meta(property("meta"));
  Coverage(property("coverage"));
  Weights(property("weights"), Variations(property("variations"), object, supported));
}

bool Checker::ReadRule(Value object, std::array<Value, kRuleKeys.size()>& properties) {
  bool supported = true;
  std::string scratch;
  for (const json::Member member : json::Members(object)) {
    const std::string_view name = member.key.string(&scratch);
    const auto known = std::find(kRuleKeys.begin(), kRuleKeys.end(), name);
    if (known == kRuleKeys.end()) {
      supported = false;
      context_.AddIssue(
          member.key, "unsupported",
          context_.issues().full()
              ? ""
              : absl::StrCat(Quoted(name),
                             " is not supported: a rule is an experiment by hash, weights and "
                             "coverage",
                             DidYouMean(name, kRuleKeys)));
      continue;
    }
    Value& property = properties[static_cast<size_t>(known - kRuleKeys.begin())];
    if (property.present()) {
      context_.AddIssue(member.key, "duplicate_key", absl::StrCat("\"", name, "\" is there twice"));
    }
    property = member.value;
  }
  return supported;
}

uint32_t Checker::Variations(Value variations, Value object, bool supported) {
  if (!variations.present()) {
    // A rule of another sort lacks them by right, and was already refused.
    if (supported) {
      context_.AddIssue(object, "missing_key", "\"variations\" is required in an experiment");
    }
    return 0;
  }
  if (!json::Expect(variations, Kind::kArray, context_)) return 0;
  const uint32_t count = variations.size();
  if (count >= 2 && count <= kMaxVariations) return count;
  context_.AddIssue(
      variations, "out_of_range",
      absl::StrCat("an experiment has 2 to ", kMaxVariations, " variations, this one has ", count));
  return 0;
}

void Checker::Weights(Value weights, uint32_t variations) {
  if (!weights.present() || !json::Expect(weights, Kind::kArray, context_)) return;
  std::vector<double> numbers;
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
  if (!valid || variations == 0) return;
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
}

void Checker::Coverage(Value coverage) {
  if (!coverage.present() || !json::Expect(coverage, Kind::kNumber, context_)) return;
  const double number = json::ToDouble(coverage);
  if (number >= 0 && number <= 1) return;
  context_.AddIssue(coverage, "out_of_range", "coverage must be from 0 to 1");
}

void Checker::HashVersion(Value version) {
  if (!version.present() || !json::Expect(version, Kind::kNumber, context_)) return;
  const std::optional<int64_t> number = json::ToInt64(version);
  if (number == 1 || number == 2) return;
  context_.AddIssue(version, "out_of_range",
                    "hashVersion must be 1 or 2; 2 is unbiased, 1 is for old experiments");
}

void Checker::Meta(Value meta) {
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

absl::StatusOr<Program> Checked(Program program) {
  if (program.block().size() > 0) return program;
  return MakeError(ErrorCode::kBudgetExceeded, "not enough memory for the compiled features");
}

absl::StatusOr<Program> NoObject() {
  return MakeError(ErrorCode::kInvalidPolicy, "a feature payload is an object");
}

}  // namespace

absl::StatusOr<Program> Compile(json::Value payload, json::CompileContext& context) {
  const size_t issues_before = context.issues().total();
  Checker(context).Payload(payload);
  if (const size_t issues = context.issues().total() - issues_before; issues > 0) {
    return MakeError(ErrorCode::kInvalidPolicy, absl::StrCat("the feature payload has ", issues,
                                                             issues == 1 ? " fault" : " faults"));
  }
  PayloadCompiler compiler(payload, /*for_decisions=*/true, context);
  compiler.Compile();
  return Checked(compiler.Build());
}

absl::StatusOr<Program> CompilePayload(json::Value payload, json::CompileContext& context,
                                       OutputBuffer& description) {
  PayloadCompiler compiler(payload, /*for_decisions=*/false, context);
  if (!compiler.Compile()) return NoObject();
  compiler.Describe(description);
  if (description.exhausted()) {
    return MakeBudgetError(Budget::kOutputBytes, "the description of the features is too long");
  }
  return Checked(compiler.Build());
}

absl::StatusOr<Program> CompileForDecisions(json::Value payload, json::CompileContext& context) {
  PayloadCompiler compiler(payload, /*for_decisions=*/true, context);
  return compiler.Compile() ? Checked(compiler.Build()) : NoObject();
}

}  // namespace sluice::experiment

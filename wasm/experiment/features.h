// A GrowthBook feature payload, compiled.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/regex/regex.h"

namespace sluice::experiment {

struct FeatureTables;
class UrlPatterns;

// Features are numbered in byte order of their keys. A number that is none behaves as a feature
// without key, value and experiment. All views point into the program.
class Program {
 public:
  static constexpr uint32_t kFormatVersion = 4;
  Program(Block block, std::vector<regex::Regex> regexes);
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // Number of the feature with this key, if there is one. O(log features).
  std::optional<uint32_t> Find(std::string_view key) const;
  uint32_t feature_count() const;
  std::string_view feature_key(uint32_t feature) const;
  // Number of the text of the default value (text, below).
  uint32_t default_value(uint32_t feature) const;

  // What the payload looks at of attributes: the first segments of paths, in byte order, numbered.
  std::optional<uint32_t> FindAttribute(std::string_view name) const;
  uint32_t attribute_count() const;
  std::string_view attribute_name(uint32_t attribute) const;
  // Experiments by key, in byte order; several rules may share one.
  std::optional<uint32_t> FindExperiment(std::string_view key) const;
  uint32_t experiment_count() const;
  std::string_view experiment_name(uint32_t experiment) const;
  // StickyCookie::BucketHash of all experiments, ascending: the buckets that haven't ended.
  absl::Span<const uint32_t> sticky_buckets() const;

  // A value as JSON text; "null" for kNoText.
  std::string_view text(uint32_t number) const;
  // A simple URL pattern, as it is; see SetUrlPatterns.
  uint32_t url_pattern_count() const;
  std::string_view url_pattern(uint32_t pattern) const;

  // The simple URL patterns of the payload as the host's URL parser has them, in the order in which
  // `url_pattern` and the description list them: a JSON array of {"host", "pathname", "hash",
  // "query": [[name, value], …]}, or null for what is no URL. Until then they match nothing.
  // invalid_json, invalid_argument.
  absl::Status SetUrlPatterns(std::string_view json);

  const Block& block() const { return block_; }
  const FeatureTables& tables() const { return *tables_; }
  const json::Document& constants() const { return constants_; }
  absl::Span<const regex::Regex> regexes() const { return regexes_; }
  const UrlPatterns& url_patterns() const { return *url_patterns_; }

 private:
  Block block_;
  std::unique_ptr<const FeatureTables> tables_;  // of the block
  std::vector<regex::Regex> regexes_;
  json::Document constants_;  // over the block
  std::unique_ptr<UrlPatterns> url_patterns_;
};

constexpr uint32_t kMaxVariations = 256;
constexpr uint32_t kNoText = 0xFFFFFFFF;

// Compiles any payload of GrowthBook's ("features", "experiments", "savedGroups",
// "contextualBandits"), as its SDK 1.8 understands it. What is wrong in it is an issue in the
// context and has the effect that its code's gloss in docs/experiments.md says; only a payload that
// is no object fails, as invalid_argument. The program keeps the whole text of the document, whose
// nodes are given back before the program takes memory. invalid_argument, budget_exceeded.
absl::StatusOr<Program> CompilePayload(json::Document payload, json::CompileContext& context);
// The same for Decide (decide.h): of the text the program keeps only what it needs. What a sticky
// cookie can't keep apart is an issue, "hash_collision" or "duplicate_key".
absl::StatusOr<Program> CompileForDecisions(json::Value payload, json::CompileContext& context);

// Appends where JavaScript finds what it needs to show results (wasm/abi/sluice.h,
// sluice_features), as long as the program lives.
void Describe(const Program& program, OutputBuffer& out);

}  // namespace sluice::experiment

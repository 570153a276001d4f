// A policy's "features", as they were read: the payload, and who is assigned how.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/issues.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/features.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/facts.h"

namespace sluice::policy {

constexpr uint32_t kMaxAttributes = 64;

// An attribute of a request: the first of the facts that is present.
struct Attribute {
  std::string name;
  std::vector<FactRef> facts;  // those that weren't at fault
  experiment::AttributeType type = experiment::AttributeType::kText;
};

struct VisitorCookie {
  std::string name;
  uint64_t max_age_seconds = 0;
  std::string domain;  // empty: the host alone
  std::vector<std::string> adopt;
};

struct StickyRule {
  std::string cookie;
  uint64_t max_age_seconds = 0;
  uint32_t max_bytes = 0;  // of the cookie's value
};

// Who may be known, and who stands for the visitor until then.
struct Consent {
  std::optional<FactRef> fact;  // absent if it was at fault
  std::vector<std::string> is;
  std::optional<FactRef> before;
  bool exposures = false;  // also before
};

struct OverrideRule {
  std::string query;
  std::string cookie;
};

// Names of bindings; one of them is empty.
struct ExposureRule {
  std::string queue;
  std::string analytics;
  double sample = 1;
  bool hashes_user = false;
};

// A value that a feature can have.
struct FeatureValue {
  uint32_t text;    // of the program
  std::string key;  // as variants name it: JSON text, a string without its quotes
};

// What routes ask of a feature.
struct FeatureOutline {
  std::vector<FeatureValue> values;
  bool sees_nothing = false;          // of what it looks at (to assign by, if it assigns)
  std::vector<std::string> unmapped;  // those of them that are no fact
};

struct Features {
  std::optional<experiment::Program> program;
  std::map<uint32_t, FeatureOutline> outlines;  // of features that a route has asked for
  std::vector<Attribute> attributes;
  // Numbers of secrets.
  std::optional<uint32_t> current_key;
  std::optional<uint32_t> previous_key;
  VisitorCookie visitor;
  std::string visitor_header;  // that tells upstreams the visitor's id; empty: none does
  std::optional<StickyRule> sticky;
  std::optional<Consent> consent;
  std::vector<std::string> bots;  // lower case
  std::optional<OverrideRule> override;
  std::optional<ExposureRule> exposures;

  const Attribute* FindAttribute(std::string_view name) const;
  // Of a feature of the program. O(program) for each feature once.
  const FeatureOutline& OutlineOf(uint32_t feature);
};

}  // namespace sluice::policy

// The tables of a program that say how limits apply to whom.
#pragma once

#include <vector>

#include "sluice/base/interner.h"
#include "sluice/limit/rule.h"
#include "sluice/policy/model.h"
#include "sluice/policy/program.h"

namespace sluice::policy {

// Gathers the rows of limits without fault, whose strings go to `pool`.
class LimitTables {
 public:
  explicit LimitTables(StringInterner& pool) : pool_(pool) {}

  void AddLimit(const Limit& limit);
  Range AddClaims(const std::vector<Claim>& list);

  std::vector<LimitRow> limits;
  std::vector<limit::Rule> rules;
  std::vector<ClaimRule> claim_rules;
  std::vector<PatternRow> patterns;
  std::vector<ClaimRow> claims;

 private:
  StringRef Keep(std::string_view text) { return pool_.strings()[pool_.Intern(text)]; }
  void AddOverrides(const Limit& limit, LimitRow& row);
  Range AddPatterns(const std::vector<Pattern>& list);
  PatternRange AddPatterns(const PatternSet& set);

  StringInterner& pool_;
};

}  // namespace sluice::policy

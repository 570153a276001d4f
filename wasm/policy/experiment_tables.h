// The tables of a program that are about features.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/experiment/dependencies.h"
#include "sluice/policy/fact_tables.h"
#include "sluice/policy/model.h"
#include "sluice/policy/program.h"

namespace sluice::policy {

class ExperimentTables {
 public:
  // Refers to all of them.
  ExperimentTables(const Model& model, StringInterner& pool, FactTables& facts, PathTables& paths)
      : model_(model), pool_(pool), facts_(facts), paths_(paths) {}

  // What is said of every route; to be called first.
  void AddRules();
  // The route's experiments and flags, and what deciding about them takes.
  void AddRoute(const Route& route, RouteRow& row, Needs& needs);
  // What finding the visitor takes.
  void UseVisitor(Needs& needs);

  FeaturesRow rules = {};
  std::vector<StringRef> strings;
  std::vector<uint32_t> features;
  std::vector<ExperimentRow> experiments;
  std::vector<VariantRow> variants;
  std::vector<VariantValue> values;
  std::vector<FlagRow> flags;
  std::vector<AttributeRow> attributes;

 private:
  // What a list of features takes, whatever the route.
  struct Shared {
    Range features;
    experiment::Dependencies needs;
    Range attributes = kNoRange;  // unless they differ between routes
  };

  StringRef Keep(std::string_view text) { return pool_.strings()[pool_.Intern(text)]; }
  Range KeepAll(const std::vector<std::string>& texts);
  Shared& SharedOf(const std::vector<uint32_t>& list);
  Range AttributesOf(Shared& shared, const Route& route);
  // Numbers of the attributes that are mapped; those that assign first, fallbacks behind them.
  std::vector<uint32_t> Ordered(const experiment::Dependencies& needs) const;
  // AttributeRow::assigns_without of place `own` among those.
  uint64_t AssignsWithout(const experiment::Dependencies& needs,
                          const std::vector<uint32_t>& ordered, size_t own) const;
  void AddExperiment(const Experiment& experiment, const Route& route, uint32_t place,
                     Needs& needs);
  void AddFlags(const Flags& route_flags, const std::vector<uint32_t>& list, RouteRow& row);
  void UseAttributes(Range range, Mint mint, Needs& needs);

  const Model& model_;
  StringInterner& pool_;
  FactTables& facts_;
  PathTables& paths_;
  std::map<std::vector<uint32_t>, Shared> shared_;  // by the numbers of features
};

}  // namespace sluice::policy

#include "sluice/transform/pass_builder.h"

#include <algorithm>
#include <utility>

#include "sluice/base/sort.h"

namespace sluice::transform {

bool PassBuilder::AddPasses(absl::Span<const PassStep> steps, std::vector<uint32_t>* passes,
                            size_t* faulty) {
  const size_t passes_before = passes->size();
  size_t begin = 0;
  size_t count = steps.size();  // of the steps from `begin` that are tried together
  while (begin < steps.size()) {
    if (attempts_left_ == 0) count = 1;
    const Steps prepared = Prepare(steps.subspan(begin, count));
    Pass pass;
    const FusionResult result = Fuse(prepared.forest, prepared.steps, tables_, &pass);
    if (result.kind == FusionResult::Kind::kFits) {
      passes->push_back(static_cast<uint32_t>(passes_.size()));
      passes_.push_back(pass);
      begin += count;
      count = steps.size() - begin;
    } else if (count == 1) {
      *faulty = begin;
      passes->resize(passes_before);
      return false;
    } else {
      --attempts_left_;
      count = result.kind == FusionResult::Kind::kNotFusible ? result.step : count / 2;
    }
  }
  return true;
}

std::optional<uint32_t> PassBuilder::AddSelection(const PassStep& step) {
  Steps prepared = Prepare({&step, 1});
  prepared.steps[0].finds_labels = true;
  Selection selection = {};
  selection.kind = static_cast<uint32_t>(step.kind);
  selection.redaction = prepared.steps[0].redaction;
  selection.first_name = static_cast<uint32_t>(path_names_.size());
  const std::vector<uint32_t>& new_names = prepared.steps[0].new_names;
  path_names_.insert(path_names_.end(), new_names.begin(), new_names.end());
  std::vector<uint32_t> different = new_names;
  Sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  std::vector<std::pair<uint32_t, Fate>> names;
  names.reserve(different.size());
  for (const uint32_t name : different) {
    names.emplace_back(tables_.name_texts[name], Fate{kCopy, kCopy, name, kNone});
  }
  selection.new_names = BuildNameTable(names, tables_.text, tables_.name_slots);
  Pass pass;
  const FusionResult result = Fuse(prepared.forest, prepared.steps, tables_, &pass);
  if (result.kind != FusionResult::Kind::kFits) return std::nullopt;
  selection.root = pass.root;
  selections_.push_back(selection);
  return static_cast<uint32_t>(selections_.size() - 1);
}

uint32_t PassBuilder::AddTo(BlockBuilder& builder) const {
  const uint32_t first = builder.Add(passes_);
  builder.Add(selections_);
  builder.Add(tables_.states);
  builder.Add(tables_.name_slots);
  builder.Add(tables_.index_edges);
  builder.Add(tables_.roles);
  builder.Add(tables_.redactions);
  builder.Add(tables_.names);
  builder.Add(path_names_);
  builder.Add(tables_.text.pool());
  return first;
}

PassBuilder::Steps PassBuilder::Prepare(absl::Span<const PassStep> steps) {
  Steps prepared;
  for (const PassStep& step : steps) {
    FusedStep fused = {step.kind, kNone, {}};
    if (step.kind == StepKind::kRedact) fused.redaction = AddRedaction(step.redaction);
    for (const std::string& name : step.new_names) fused.new_names.push_back(tables_.AddName(name));
    prepared.steps.push_back(std::move(fused));
    prepared.forest.AddStep();
    for (uint32_t i = 0; i < step.paths.size(); ++i) {
      const Path& path = step.paths[i];
      // What a general path goes through on its way stays in a pick, whatever it selects.
      if (path.simple || step.kind == StepKind::kPick) {
        prepared.forest.Add(path, path.simple, i, tables_.text);
      }
    }
  }
  return prepared;
}

uint32_t PassBuilder::AddRedaction(const RedactionSpec& spec) {
  switch (spec.mode) {
    case Redaction::Mode::kKeepLast:
      return tables_.AddRedaction({spec.mode, spec.keep_last, tables_.InternJsonString(spec.text)});
    case Redaction::Mode::kHash:
      return tables_.AddRedaction({spec.mode, spec.secret, {0, 0}});
    case Redaction::Mode::kText:
      break;
  }
  return tables_.AddRedaction({spec.mode, 0, tables_.InternJsonString(spec.text)});
}

}  // namespace sluice::transform

#include "sluice/experiment/cycles.h"

#include <algorithm>

namespace sluice::experiment {
namespace {

enum class Visit : uint8_t { kUnseen, kOpen, kDone };

struct Step {
  uint32_t node;
  size_t next;  // among the references
};

}  // namespace

std::vector<json::Value> FindCycles(uint32_t count, absl::Span<const Reference> references) {
  std::vector<json::Value> closing;
  if (references.empty()) return closing;
  std::vector<Visit> visits(count, Visit::kUnseen);
  std::vector<Step> path;
  const auto open = [&](uint32_t node) {
    const auto first =
        std::lower_bound(references.begin(), references.end(), node,
                         [](const Reference& r, uint32_t wanted) { return r.from < wanted; });
    visits[node] = Visit::kOpen;
    path.push_back({node, static_cast<size_t>(first - references.begin())});
  };
  for (const Reference& start : references) {
    if (visits[start.from] == Visit::kUnseen) open(start.from);
    while (!path.empty()) {
      Step& step = path.back();
      if (step.next == references.size() || references[step.next].from != step.node) {
        visits[step.node] = Visit::kDone;
        path.pop_back();
        continue;
      }
      const Reference& reference = references[step.next++];
      if (visits[reference.to] == Visit::kOpen) closing.push_back(reference.where);
      if (visits[reference.to] == Visit::kUnseen) open(reference.to);
    }
  }
  return closing;
}

}  // namespace sluice::experiment

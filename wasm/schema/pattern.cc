#include "sluice/schema/pattern.h"

#include "sluice/regex/ecmascript.h"

namespace sluice::schema {

absl::StatusOr<Pattern> Pattern::Compile(std::string_view source, Patterns patterns,
                                         regex::MemoryBudget& budget) {
  Pattern pattern(source);
  regex::Regex linear =
      regex::CompileEcmaScript(source, {.unicode = true, .lenient = true}, budget);
  if (linear.ok()) {
    pattern.linear_ = std::move(linear);
    return pattern;
  }
  if (patterns == Patterns::kLinear) return linear.status();
  absl::StatusOr<regex::BacktrackingRegex> backtracking =
      regex::BacktrackingRegex::Compile(source, budget, /*lenient=*/true);
  if (!backtracking.ok()) return backtracking.status();
  pattern.backtracking_ = *std::move(backtracking);
  return pattern;
}

}  // namespace sluice::schema

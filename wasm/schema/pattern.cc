#include "sluice/schema/pattern.h"

#include <utility>

#include "sluice/regex/ecmascript.h"

namespace sluice::schema {

absl::StatusOr<Pattern> Pattern::Compile(std::string_view source, Patterns /*patterns*/,
                                         regex::MemoryBudget& budget) {
  regex::Regex regex = regex::CompileEcmaScript(source, {.unicode = true}, budget);
  if (!regex.ok()) return regex.status();
  return Pattern(source, std::move(regex));
}

bool Pattern::Matches(std::string_view text, uint64_t /*max_steps*/) const {
  return regex_.MatchesPart(text);
}

}  // namespace sluice::schema

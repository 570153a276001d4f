#include "sluice/regex/regex.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "re2/re2.h"
#include "sluice/base/status.h"
#include "sluice/regex/position_automaton.h"
#include "sluice/regex/simple_pattern.h"

namespace sluice::regex {
namespace {

constexpr std::array<size_t, 4> kMemorySteps = {32u << 10, 64u << 10, 128u << 10,
                                                MemoryBudget::kPerRegex};

constexpr size_t kInstructionBytes = 16;  // of RE2's Prog::Inst, about

re2::RE2::Options OptionsFor(size_t max_memory) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingUTF8);
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(static_cast<int64_t>(max_memory));
  return options;
}

absl::Status OverBudget() {
  return MakeBudgetError(
      Budget::kMemory,
      "the regular expressions need more than 4 MiB together: use fewer or simpler ones");
}

std::string_view TooLargeText(re2::RE2::ErrorCode code) {
  if (code == re2::RE2::ErrorRepeatSize) {
    return "regular expression: repeats within each other come to more than 1000 times";
  }
  return "regular expression: needs more than 256 KiB; each time that a repeat allows counts, and "
         "a "
         "set of Unicode characters counts as many";
}

bool Matches(const re2::RE2* re2, std::string_view text, re2::RE2::Anchor anchor) {
  return re2 != nullptr && re2->Match(text, 0, text.size(), anchor, nullptr, 0);
}

}  // namespace

Regex::Regex(absl::Status fault) : status_(std::move(fault)) {}

Regex::Regex(std::string_view re2_pattern, MemoryBudget& budget) {
  for (const size_t memory : kMemorySteps) {
    if (memory > budget.left()) {
      status_ = OverBudget();
      return;
    }
    auto re2 = std::make_unique<re2::RE2>(re2_pattern, OptionsFor(memory));
    const bool last = memory == kMemorySteps.back();
    if (re2->ok()) {
      // Most of it is for the DFA: with little left that starts over again and again.
      const size_t program = static_cast<size_t>(re2->ProgramSize()) * kInstructionBytes;
      if (program > memory / 4 && !last) continue;
      budget.Take(memory);
      re2_ = std::move(re2);
      return;
    }
    // The dialects have checked the bounds of each repeat; RE2 adds up those within each other.
    const bool too_large = re2->error_code() == re2::RE2::ErrorPatternTooLarge ||
                           re2->error_code() == re2::RE2::ErrorRepeatSize;
    if (!too_large || last) {
      status_ = too_large ? MakeBudgetError(Budget::kMemory, TooLargeText(re2->error_code()))
                          : MakeError(ErrorCode::kInvalidArgument,
                                      absl::StrCat("regular expression: ", re2->error()));
      return;
    }
  }
}

Regex::Regex(SimplePattern pattern, MemoryBudget& budget) {
  if (budget.Take(pattern.bytes())) {
    simple_ = std::make_unique<const SimplePattern>(std::move(pattern));
  } else {
    status_ = OverBudget();
  }
}

Regex::Regex(PositionAutomaton automaton, MemoryBudget& budget) {
  if (budget.Take(automaton.bytes())) {
    automaton_ = std::make_unique<const PositionAutomaton>(std::move(automaton));
  } else {
    status_ = OverBudget();
  }
}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

bool Regex::MatchesWhole(std::string_view text) const {
  if (simple_ != nullptr) return simple_->MatchesWhole(text);
  if (automaton_ != nullptr) return automaton_->MatchesWhole(text);
  return Matches(re2_.get(), text, re2::RE2::ANCHOR_BOTH);
}

bool Regex::HasPart(const char* text, size_t size) const {
  if (simple_ != nullptr) return simple_->HasPart(text, size);
  if (automaton_ != nullptr) return automaton_->HasPart(text, size);
  return Matches(re2_.get(), {text, size}, re2::RE2::UNANCHORED);
}

}  // namespace sluice::regex

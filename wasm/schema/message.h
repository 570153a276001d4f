// What is wrong, in words. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/json/document.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/location.h"
#include "sluice/schema/program.h"
#include "sluice/schema/words.h"

namespace sluice::schema {

// Predicates without their subject, which is at the instance's location: "must be a string" and,
// behind that, ", not null".
struct Message {
  // NOLINTBEGIN(readability-redundant-member-init): so that designators may leave them out
  std::string_view text = {};
  std::string_view rest = {};
  std::string_view hint = {};      // behind that: " (did you mean \"a\"?)"
  std::string_view expected = {};  // "": nothing to say that the text doesn't
  std::string_view actual = {};
  // NOLINTEND(readability-redundant-member-init)
};

// Which name was meant by one that isn't known.
struct NameMeant {
  size_t error;
  uint32_t object;        // the node of what has it
  std::string_view name;  // "": none is near
};

class Explainer {
 public:
  // Borrows all of them.
  Explainer(const Tables& tables, const Findings& findings, const Locator& locator, Words& words)
      : tables_(tables), findings_(findings), locator_(locator), words_(words) {}

  // Of the unit, an error; its texts are good until the next call, and as long as the program and
  // the instance. Bounded, by what is named and compared at most.
  Message Explain(size_t error) const {
    words_.Clear();
    return ExplainOne(error);
  }

  // The name that was meant where that of an error about one isn't known: of those that are and
  // that the object doesn't have; "" if none is near.
  std::string_view MeantName(size_t error) const;
  // All that were asked for.
  absl::Span<const NameMeant> meant_names() const { return meant_names_; }
  // The name that a kMissing error is about.
  std::string_view MissingName(const Unit& error) const;

 private:
  std::string_view InText(StringRef text) const { return text.In(tables_.text); }
  const Instruction& InstructionOf(const Unit& error) const {
    return tables_.instructions[error.number];
  }
  std::vector<std::string_view> KnownNames(size_t keyword) const;
  std::string_view MeantAmong(absl::Span<const std::string_view> known, size_t error) const;
  // What sluice/base/issues.h has, of what this explainer may still compare.
  std::string_view NearestName(std::string_view name,
                               absl::Span<const std::string_view> known) const;
  // False, and there are no more hints, if what would be looked at is more than is left.
  bool TakeForHint(size_t bytes) const;
  bool AcceptsIntegersOnly(const Schema& schema) const;
  std::string_view DidYouMean(std::string_view name,
                              absl::Span<const std::string_view> known) const;

  // explain.cc
  Message ExplainOne(size_t error) const;
  Message ExplainByFault(size_t error) const;
  Message ExplainFalse(size_t error) const;
  Message ExplainType(const Unit& error) const;
  Message ExplainMissing(const Unit& error) const;
  Message ExplainDependency(const Unit& error) const;
  Message ExplainContains(const Unit& error) const;
  Message ExplainEqualElements(const Unit& error) const;
  Message ExplainUnknownName(size_t error) const;
  Message ExplainExtraElement(const Unit& element, const Unit& keyword) const;

  // explain_values.cc
  Message ExplainKeyword(const Unit& error) const;
  Message ExplainLimit(const Instruction& instruction, json::Value value) const;
  Message ExplainSize(const Instruction& instruction, json::Value value) const;
  Message ExplainNot(const Instruction& instruction, json::Value value) const;
  Message ExplainValues(absl::Span<const EnumRow* const> rows, WordList list,
                        json::Value value) const;
  Message MustBe(std::string_view expected, json::Value value) const;
  Message MustHave(bool at_least, uint32_t limit, size_t actual, std::string_view noun) const;

  // explain_alternatives.cc
  Message ExplainManyAlternatives(const Unit& error) const;
  Message ExplainTogether(size_t error) const;
  Message ExplainAnyAlternatives(const Instruction& instruction) const;
  Message ExplainKinds(const Unit& error) const;
  Message ExplainListedValues(const Unit& error) const;
  Message ExplainTag(size_t error) const;
  bool IsLeftByTags(size_t error, uint32_t alternative) const;

  // All hints together: names are a client's, as many and as long as it likes.
  static constexpr size_t kMaxHintBytes = size_t{1} << 17;

  const Tables& tables_;
  const Findings& findings_;
  const Locator& locator_;
  Words& words_;
  mutable size_t hint_bytes_left_ = kMaxHintBytes;
  // The same again when nothing is left to look for them.
  mutable std::vector<NameMeant> meant_names_;
};

}  // namespace sluice::schema

#include "sluice/schema/meant.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "sluice/base/issues.h"
#include "sluice/schema/in_place.h"
#include "sluice/schema/name_table.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

namespace {

// What is looked at to tell alternatives apart; beyond it the nearest is meant.
constexpr uint32_t kMaxInPlace = 16;    // schemas that apply to the same value as one of them
constexpr size_t kMaxTagged = 256;      // alternatives, where no table tells them apart
constexpr uint32_t kMaxTagNames = 32;   // names that they may be told apart by
constexpr size_t kMaxMisspelt = 16;     // unknown names of one of them
constexpr uint32_t kMaxConstants = 16;  // that values of one of them differ from

struct Alternative {
  size_t unit;
  uint32_t schema;
  bool other_kind = false;  // of value
  uint32_t at_value = 0;    // faults of the value itself, not of one within it
  uint32_t not_listed = 0;  // of them: it isn't one of the values that are allowed
  uint32_t names = 0;       // unknown or missing
  uint32_t faults = 0;
  bool composed = false;  // of several errors
  size_t last_fault = 0;  // its unit
};

bool IsUnknownName(const Findings& findings, size_t error) {
  if (findings[error].fault != Fault::kFalse) return false;
  const size_t schema = error - findings[error].up;
  const Keyword keyword = findings[schema - findings[schema].up].keyword;
  return keyword == Keyword::kAdditionalProperties || keyword == Keyword::kUnevaluatedProperties;
}

class Search {
 public:
  Search(const Tables& tables, const Findings& findings, size_t keyword, Value value,
         json::EqualityScratch& equality, size_t& bytes_left)
      : tables_(tables),
        findings_(findings),
        keyword_(keyword),
        value_(value),
        equality_(equality),
        bytes_left_(bytes_left) {}

  Meant Find() {
    for (size_t i = keyword_ + 1; i < findings_.size(); i += findings_[i].size) Read(i);
    Drop([](const Alternative& a) { return a.other_kind; });
    Meant meant;
    meant.node = value_.index();
    if (alternatives_.empty()) {
      meant.fault = Fault::kNoAlternativeKind;
      return meant;
    }
    if (FindByTags(meant)) return meant;
    if (alternatives_.size() > 1 && EachLacksOneThing()) return Together(meant);
    meant.alternative = Nearest().unit;
    return meant;
  }

 private:
  void Read(size_t unit) {
    Alternative a{.unit = unit, .schema = findings_[unit].number};
    const size_t end = unit + findings_[unit].size;
    for (size_t i = unit; i < end;) {
      const Unit& found = findings_[i];
      if (found.kind != UnitKind::kError) {
        ++i;
        continue;
      }
      ++a.faults;
      a.last_fault = i;
      a.composed = a.composed || found.size > 1;
      if (found.node == value_.index()) ReadFaultAtValue(found, a);
      if (IsNameFault(i)) ++a.names;
      i += found.size;
    }
    alternatives_.push_back(a);
  }

  void ReadFaultAtValue(const Unit& error, Alternative& a) const {
    ++a.at_value;
    switch (error.fault) {
      case Fault::kFalse:
      case Fault::kType:
      case Fault::kNoAlternativeKind:
        a.other_kind = true;
        break;
      case Fault::kKeyword: {
        const Op op = tables_.instructions[error.number].op;
        if (op == Op::kEnum) ++a.not_listed;
        break;
      }
      case Fault::kNoAlternativeValue:
        ++a.not_listed;
        break;
      default:
        break;
    }
  }

  bool IsOfConstant(const Unit& error) const {
    if (error.fault != Fault::kKeyword) return false;
    const Instruction& instruction = tables_.instructions[error.number];
    if (instruction.op != Op::kEnum) return false;
    return Value(&tables_.constants, tables_.enums[instruction.a].value).size() == 1;
  }

  // A name of the value's own members.
  bool IsNameFault(size_t error) const {
    if (findings_[error].fault == Fault::kMissing) return findings_[error].node == value_.index();
    if (!IsUnknownName(findings_, error)) return false;
    const size_t schema = error - findings_[error].up;
    return findings_[schema - findings_[schema].up].node == value_.index();
  }

  using Condition = absl::FunctionRef<bool(const Alternative&)>;

  void Drop(Condition condition) {
    alternatives_.erase(std::remove_if(alternatives_.begin(), alternatives_.end(), condition),
                        alternatives_.end());
  }

  // The table by which a value that is only checked is tried against one of them, or nullptr.
  const ChoiceRow* FindChoice() const {
    const Unit& keyword = findings_[keyword_];
    const Schema& schema = tables_.schemas[findings_[keyword_ - keyword.up].number];
    for (const QuickInstruction& in :
         tables_.quick.subspan(schema.first_quick, schema.quick_count)) {
      if (in.op == QuickOp::kChoose && in.b == keyword.number) return &tables_.choices[in.a];
    }
    return nullptr;
  }

  // As FindByTags, of however many alternatives.
  bool FindByChoice(const ChoiceRow& choice, Meant& meant) {
    const Value tag = value_.Find(tables_.names[choice.name].text.In(tables_.text));
    if (!tag.present()) return MissesTag(choice.name, alternatives_.size(), meant);
    std::string scratch;
    const uint32_t number =
        tag.is(Kind::kString)
            ? NameTablesOf(tables_).Find(choice.strings, NameKeyOf(tag.string(&scratch)))
            : kNone;
    if (number == kNone) {
      meant.fault = Fault::kUnknownTag;
      meant.node = tag.index();
      meant.name = choice.name;
      return true;
    }
    const uint32_t chosen = tables_.lists[choice.first_branch + number];
    const auto is_other = [&](const Alternative& a) { return a.schema != chosen; };
    if (!std::all_of(alternatives_.begin(), alternatives_.end(), is_other)) Drop(is_other);
    return false;
  }

  // True: `meant` is it. False: alternatives that a tag tells against are gone.
  bool FindByTags(Meant& meant) {
    if (!value_.is(Kind::kObject) || alternatives_.size() < 2) return false;
    if (const ChoiceRow* const choice = FindChoice()) return FindByChoice(*choice, meant);
    size_t before = 0;
    while (alternatives_.size() > 1 && alternatives_.size() != before &&
           meant.leaf_count < Meant::kMaxLeaves) {
      before = alternatives_.size();
      if (FindByTag(meant)) return true;
    }
    meant.leaf_count = 0;
    return false;
  }
  bool FindByTag(Meant& meant) {
    if (alternatives_.size() > kMaxTagged) return false;
    uint32_t name = kNone;
    size_t tagged = 1;
    // A tag that only later alternatives have is still found: by the second.
    for (size_t i = 0; i < 2; ++i) ProposeNames(alternatives_[i].schema, name, tagged);
    if (name == kNone) return false;
    const Value tag = value_.Find(tables_.names[name].text.In(tables_.text));
    if (!tag.present()) return MissesTag(name, tagged, meant);
    const auto tells_against = [&](const Alternative& a) {
      const Tag wanted = FindTag(tables_, a.schema, name);
      return wanted.values != nullptr && !Allows(tables_, *wanted.values, tag, equality_);
    };
    if (std::all_of(alternatives_.begin(), alternatives_.end(), tells_against)) {
      meant.fault = Fault::kUnknownTag;
      meant.node = tag.index();
      meant.name = name;
      return true;
    }
    Drop(tells_against);
    meant.leaves[meant.leaf_count++] = {.node = tag.index(),
                                        .number = findings_[keyword_].number,
                                        .position = name,
                                        .kind = UnitKind::kError,
                                        .fault = Fault::kUnknownTag};
    return false;
  }

  // Of the names that have a list of values in `schema`, the one that most alternatives have one
  // for.
  void ProposeNames(uint32_t schema, uint32_t& best, size_t& best_count) {
    const Schema& row = tables_.schemas[schema];
    for (uint32_t i = 0; i < row.count; ++i) {
      const Instruction& instruction = tables_.instructions[row.first + i];
      if (instruction.op == Op::kRef) ProposeNamesIn(instruction.a, best, best_count);
      for (uint32_t j = 0; instruction.op == Op::kAllOf && j < instruction.b; ++j) {
        ProposeNamesIn(tables_.lists[instruction.a + j], best, best_count);
      }
    }
    ProposeNamesIn(schema, best, best_count);
  }
  void ProposeNamesIn(uint32_t schema, uint32_t& best, size_t& best_count) {
    const Schema& row = tables_.schemas[schema];
    uint32_t looked_at = 0;
    for (uint32_t i = 0; i < row.count; ++i) {
      const Instruction& instruction = tables_.instructions[row.first + i];
      if (instruction.op != Op::kProperties) continue;
      const NameTable& names = tables_.objects[instruction.a].names;
      for (uint32_t j = 0; j < names.count; ++j) {
        const uint32_t name = names.first + j;
        if (FindTag(tables_, schema, name).values == nullptr) continue;
        if (++looked_at > kMaxTagNames) return;
        const size_t count = CountTagged(name);
        if (count > best_count) {
          best = name;
          best_count = count;
        }
      }
    }
  }
  // 0 if it is the same list for all.
  size_t CountTagged(uint32_t name) {
    size_t count = 0;
    bool differs = false;
    Value first;
    for (const Alternative& a : alternatives_) {
      const Tag tag = FindTag(tables_, a.schema, name);
      if (tag.values == nullptr) continue;
      ++count;
      const Value list(&tables_.constants, tag.values->value);
      if (!first.present()) first = list;
      differs = differs || !json::Equal(first, list, equality_);
    }
    return differs ? count : 0;
  }

  bool MissesTag(uint32_t name, size_t tagged, Meant& meant) const {
    const bool all_require =
        tagged == alternatives_.size() &&
        std::all_of(alternatives_.begin(), alternatives_.end(), [&](const Alternative& a) {
          return FindTag(tables_, a.schema, name).required;
        });
    if (!all_require) return false;
    meant.fault = Fault::kMissingTag;
    meant.name = name;
    return true;
  }

  std::string_view MissingName(const Unit& error) const {
    const ObjectRow& row = tables_.objects[tables_.instructions[error.number].a];
    return tables_.names[row.names.first + error.position].text.In(tables_.text);
  }

  // A name that is missing and an unknown one that is nearly the same are one fault.
  void JoinMisspelt(Alternative& a) {
    if (a.names < 2) return;
    std::vector<std::string_view> unknown;
    for (size_t i = a.unit; i < a.unit + findings_[a.unit].size; ++i) {
      if (unknown.size() == kMaxMisspelt) break;
      if (findings_[i].kind != UnitKind::kError || !IsNameFault(i)) continue;
      const Value name(value_.document(), findings_[i].node - 1);
      if (findings_[i].fault == Fault::kMissing || name.has_escapes()) continue;
      unknown.push_back(name.raw_string());
    }
    for (size_t i = a.unit; i < a.unit + findings_[a.unit].size && !unknown.empty(); ++i) {
      if (findings_[i].kind != UnitKind::kError || findings_[i].fault != Fault::kMissing) continue;
      if (!IsNameFault(i)) continue;
      const std::string_view near = NearestName(MissingName(findings_[i]), unknown, bytes_left_);
      if (near.empty()) continue;
      unknown.erase(std::find(unknown.begin(), unknown.end(), near));
      --a.names;
      --a.faults;
    }
  }

  bool EachLacksOneThing() const {
    return std::all_of(alternatives_.begin(), alternatives_.end(), [](const Alternative& a) {
      return a.faults == 1 && a.at_value == 1 && !a.composed;
    });
  }

  Meant Together(Meant meant) const {
    meant.fault = Fault::kNoAlternativeValue;
    for (const Alternative& a : alternatives_) {
      if (a.not_listed == 0) meant.fault = Fault::kNoAlternative;
    }
    if (meant.fault == Fault::kNoAlternativeValue) return meant;
    for (const Alternative& a : alternatives_) {
      const Unit& fault = findings_[a.last_fault];
      const Unit* const leaves = meant.leaves.data();
      if (std::any_of(leaves, leaves + meant.leaf_count, [&](const Unit& leaf) {
            return leaf.fault == Fault::kMissing && fault.fault == Fault::kMissing &&
                   MissingName(leaf) == MissingName(fault);
          })) {
        continue;
      }
      if (meant.leaf_count == Meant::kMaxLeaves) {
        meant.has_more = true;
        break;
      }
      meant.leaves[meant.leaf_count++] = fault;
    }
    return meant;
  }

  const Alternative& Nearest() {
    if (alternatives_.size() > 1) {
      for (Alternative& a : alternatives_) JoinMisspelt(a);
    }
    const Alternative* nearest = &alternatives_[0];
    for (const Alternative& a : alternatives_) {
      if (IsNearer(a, *nearest)) nearest = &a;
    }
    return *nearest;
  }

  bool IsNearer(const Alternative& a, const Alternative& b) const {
    if (a.names != b.names) return a.names < b.names;
    const uint32_t against_a = ConstantsAgainst(a, b);
    const uint32_t against_b = ConstantsAgainst(b, a);
    if (against_a != against_b) return against_a < against_b;
    return a.faults < b.faults;
  }

  // How many values differ from a constant of `a`, while `b` finds nothing wrong there: as a tag
  // that is deeper down.
  uint32_t ConstantsAgainst(const Alternative& a, const Alternative& b) const {
    uint32_t count = 0;
    uint32_t looked_at = 0;
    ForEachError(a, [&](const Unit& error) {
      if (!IsOfConstant(error) || ++looked_at > kMaxConstants) return;
      bool is_fault = false;
      ForEachError(b, [&](const Unit& other) {
        const uint32_t end = value_.document()->nodes()[other.node].next;
        is_fault = is_fault || (other.node <= error.node && error.node < end);
      });
      count += is_fault ? 0 : 1;
    });
    return count;
  }

  void ForEachError(const Alternative& a, absl::FunctionRef<void(const Unit&)> function) const {
    const size_t end = a.unit + findings_[a.unit].size;
    for (size_t i = a.unit; i < end;) {
      const Unit& unit = findings_[i];
      const bool is_error = unit.kind == UnitKind::kError;
      if (is_error) function(unit);
      i += is_error ? unit.size : 1;
    }
  }

  const Tables& tables_;
  const Findings& findings_;
  const size_t keyword_;
  const Value value_;
  json::EqualityScratch& equality_;
  size_t& bytes_left_;
  std::vector<Alternative> alternatives_;
};

Tag FindTagWithin(const Tables& tables, uint32_t schema, const NameKey& key, uint32_t& budget) {
  if (budget == 0) return {};
  --budget;
  const NameTables names = NameTablesOf(tables);
  const Schema& row = tables.schemas[schema];
  Tag found;
  const auto merge = [&found](const Tag& other) {
    if (other.values != nullptr) found.values = other.values;
    found.required = found.required || other.required;
  };
  for (uint32_t i = 0; i < row.count; ++i) {
    const Instruction& instruction = tables.instructions[row.first + i];
    if (instruction.op == Op::kRef) {
      merge(FindTagWithin(tables, instruction.a, key, budget));
    } else if (instruction.op == Op::kAllOf) {
      for (uint32_t j = 0; j < instruction.b; ++j) {
        merge(FindTagWithin(tables, tables.lists[instruction.a + j], key, budget));
      }
    } else if (instruction.op == Op::kProperties) {
      const ObjectRow& object = tables.objects[instruction.a];
      const uint32_t number = names.Find(object.names, key);
      if (number == kNone) continue;
      const Property& property = tables.properties[object.first_property + number];
      merge({nullptr, property.required != kNone});
      if (property.schema == kNone) continue;
      const Schema& value = tables.schemas[property.schema];
      for (uint32_t j = 0; j < value.count; ++j) {
        const Instruction& inner = tables.instructions[value.first + j];
        if (inner.op == Op::kEnum) merge({&tables.enums[inner.a], false});
      }
    }
  }
  return found;
}

}  // namespace

Tag FindTag(const Tables& tables, uint32_t schema, uint32_t name) {
  const std::string_view text = tables.names[name].text.In(tables.text);
  uint32_t budget = kMaxInPlace;
  return FindTagWithin(tables, schema, NameKeyOf(text), budget);
}

bool Allows(const Tables& tables, const EnumRow& row, Value value,
            json::EqualityScratch& equality) {
  for (const Value allowed : json::Elements(Value(&tables.constants, row.value))) {
    if (json::Equal(allowed, value, equality)) return true;
  }
  return false;
}

Meant FindMeant(const Tables& tables, const Findings& findings, size_t keyword, Value value,
                json::EqualityScratch& equality, size_t& bytes_left) {
  return Search(tables, findings, keyword, value, equality, bytes_left).Find();
}

}  // namespace sluice::schema

// Keywords about scalars, and enum and const.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/base/status.h"
#include "sluice/json/decimal.h"
#include "sluice/json/number.h"
#include "sluice/json/number_order.h"
#include "sluice/regex/backtracking.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/schema/format.h"
#include "sluice/schema/generator.h"

namespace sluice::schema {
namespace {

struct TypeName {
  std::string_view name;
  KindSet kinds;
};
constexpr TypeName kTypes[] = {
    {"null", KindBit(json::Kind::kNull)},
    {"boolean", kBooleans},
    {"number", kNumbers},
    {"string", kStrings},
    {"array", kArrays},
    {"object", kObjects},
};
constexpr std::string_view kTypeNames[] = {"null",   "boolean", "number", "integer",
                                           "string", "array",   "object"};

}  // namespace

void Generator::AddType(const Members& members) {
  const json::Value type = members[Keyword::kType];
  if (!type.present()) return;
  KindSet kinds = 0;
  bool integer = false;
  if (type.is(json::Kind::kArray)) {
    if (type.size() == 0) Fault(type, "out_of_range", "type has at least one name");
    for (const json::Value name : json::Elements(type)) AddTypeName(name, &kinds, &integer);
  } else {
    AddTypeName(type, &kinds, &integer);
  }
  if (integer && (kinds & kNumbers) == 0) {
    kinds |= kNumbers;
    const bool strict = catalog_.rules(place_).dialect == Dialect::kDraft4;
    Add(Op::kInteger, kNumbers, Keyword::kType, kNone, kNone, kNone, strict ? kStrictInteger : 0);
  }
  // Not none: that is what `false` is.
  if (kinds != 0) row_.kinds = kinds;
}

void Generator::AddTypeName(json::Value name, KindSet* kinds, bool* integer) {
  if (!name.is(json::Kind::kString)) {
    return Fault(name, "wrong_type", "type is the name of a type, or an array of such names");
  }
  if (name.StringEquals("integer")) {
    if (*integer) Fault(name, "duplicate_value", "type has \"integer\" twice");
    *integer = true;
    return;
  }
  for (const TypeName& type : kTypes) {
    if (!name.StringEquals(type.name)) continue;
    if ((*kinds & type.kinds) != 0) {
      Fault(name, "duplicate_value", absl::StrCat("type has ", Quoted(type.name), " twice"));
    }
    *kinds |= type.kinds;
    return;
  }
  std::string scratch;
  const std::string_view text = name.string(&scratch);
  Fault(name, "unknown_value",
        absl::StrCat("no type ", Quoted(text), DidYouMean(text, kTypeNames),
                     ": there are null, boolean, number, integer, string, array and object"));
}

void Generator::AddNumbers(const Members& members) {
  if (catalog_.rules(place_).dialect == Dialect::kDraft4) {
    AddDraft4Limit(members, Keyword::kMinimum, Keyword::kExclusiveMinimum, Op::kMinimum,
                   Op::kExclusiveMinimum);
    AddDraft4Limit(members, Keyword::kMaximum, Keyword::kExclusiveMaximum, Op::kMaximum,
                   Op::kExclusiveMaximum);
  } else {
    AddLimit(members[Keyword::kMinimum], Op::kMinimum, Keyword::kMinimum);
    AddLimit(members[Keyword::kExclusiveMinimum], Op::kExclusiveMinimum,
             Keyword::kExclusiveMinimum);
    AddLimit(members[Keyword::kMaximum], Op::kMaximum, Keyword::kMaximum);
    AddLimit(members[Keyword::kExclusiveMaximum], Op::kExclusiveMaximum,
             Keyword::kExclusiveMaximum);
  }
  const json::Value divisor = members[Keyword::kMultipleOf];
  if (divisor.is(json::Kind::kNumber) && !json::IsDivisor(divisor.raw())) {
    return Fault(divisor, "out_of_range",
                 absl::StrCat("multipleOf is more than 0, and has at most ",
                              json::kMaxDivisorDigits, " digits"));
  }
  AddLimit(divisor, Op::kMultipleOf, Keyword::kMultipleOf);
}

void Generator::AddLimit(json::Value value, Op op, Keyword keyword) {
  if (!value.present() || !Expect(value, keyword, json::Kind::kNumber)) return;
  std::string_view digits = value.raw();
  const bool negative = digits[0] == '-';
  if (negative) digits.remove_prefix(1);
  uint32_t magnitude = 0;
  const bool is_short = json::IsShortInteger(digits, &magnitude);
  const StringRef text = catalog_.AddText(value.raw());
  Add(op, kNumbers, keyword, text.offset, text.length,
      is_short ? (negative ? 0 - magnitude : magnitude) : 0, is_short ? kShortLimit : 0);
}

void Generator::AddDraft4Limit(const Members& members, Keyword limit, Keyword exclusive, Op op,
                               Op exclusive_op) {
  const json::Value flag = members[exclusive];
  if (flag.present() && !flag.is(json::Kind::kTrue) && !flag.is(json::Kind::kFalse)) {
    Fault(flag, "wrong_type",
          absl::StrCat("in draft-04 ", KeywordName(exclusive), " is a boolean beside ",
                       KeywordName(limit)));
  }
  if (flag.present() && !members[limit].present()) {
    Fault(flag, "missing_key",
          absl::StrCat("in draft-04 ", KeywordName(exclusive), " stands beside ",
                       KeywordName(limit)));
  }
  AddLimit(members[limit], flag.is(json::Kind::kTrue) ? exclusive_op : op, limit);
}

void Generator::AddStrings(const Members& members) {
  AddCount(members[Keyword::kMinLength], Keyword::kMinLength, Op::kMinLength, kStrings);
  AddCount(members[Keyword::kMaxLength], Keyword::kMaxLength, Op::kMaxLength, kStrings);
  const json::Value pattern = members[Keyword::kPattern];
  if (pattern.present() && Expect(pattern, Keyword::kPattern, json::Kind::kString)) {
    if (const std::optional<uint32_t> number = ReadPattern(pattern)) {
      Add(Op::kPattern, kStrings, Keyword::kPattern, *number);
    }
  }
  AddFormat(members[Keyword::kFormat]);
}

std::optional<uint32_t> Generator::ReadPattern(json::Value text) {
  std::string scratch;
  const std::string_view source = text.string(&scratch);
  const uint32_t number = pattern_sources_.Intern(source);
  if (number < rows_.patterns.size()) return number;
  absl::StatusOr<Pattern> pattern = Pattern::Compile(source, options_.patterns, pattern_budget_);
  if (!pattern.ok()) {
    FaultPattern(text, source, pattern.status());
    // Not a pattern, but a number all the same; there is no program.
    return std::nullopt;
  }
  if (const absl::Status strict = regex::CheckEcmaScriptSyntax(source); !strict.ok()) {
    AddNote(text, "lenient_pattern",
            absl::StrCat(strict.message(), "; it is taken as without the flag u"));
  }
  if (!pattern->linear()) {
    AddNote(text, "backtracking_pattern",
            absl::StrCat("the pattern ", Quoted(source), " is matched by backtracking"));
  }
  rows_.patterns.push_back(*std::move(pattern));
  return number;
}

void Generator::FaultPattern(json::Value text, std::string_view source, const absl::Status& fault) {
  const size_t within = text.has_escapes() ? 0 : 1 + ByteOffsetOf(fault).value_or(0);
  const bool is_large = ErrorCodeOf(fault) == ErrorCode::kBudgetExceeded;
  if (!is_large && !regex::CheckEcmaScriptSyntax(source, /*lenient=*/true).ok()) {
    return Fault(text, "invalid_pattern", std::string(fault.message()), within);
  }
  // Modifiers are for neither matcher.
  regex::MemoryBudget budget = pattern_budget_;
  const bool is_for_other =
      options_.patterns == Patterns::kLinear &&
      regex::BacktrackingRegex::Compile(source, budget, /*lenient=*/true).ok();
  Fault(text, is_large ? "budget_exceeded" : "unsupported_pattern",
        absl::StrCat(fault.message(),
                     is_for_other ? "; with patterns: \"budgeted\" the schema is taken" : ""),
        within);
}

void Generator::AddFormat(json::Value value) {
  if (!value.present() || !Expect(value, Keyword::kFormat, json::Kind::kString)) return;
  const Rules rules = catalog_.rules(place_);
  if (!options_.assert_format && !rules.assert_format) return;
  std::string scratch;
  const std::string_view name = value.string(&scratch);
  if (const std::optional<Format> format = FindFormat(name, rules.dialect)) {
    return Add(Op::kFormat, kStrings, Keyword::kFormat, static_cast<uint32_t>(*format));
  }
  AddNote(value, "unknown_format", absl::StrCat("no format ", Quoted(name), ": it isn't checked"));
}

void Generator::AddEnum(json::Value value, Keyword keyword) {
  if (!value.present()) return;
  const bool is_const = keyword == Keyword::kConst;
  if (!is_const && !Expect(value, keyword, json::Kind::kArray)) return;
  if (!is_const && value.size() == 0 && catalog_.rules(place_).dialect == Dialect::kDraft4) {
    return Fault(value, "out_of_range", "enum has at least one value");
  }
  if (!HasRoomFor(value)) return;
  EnumRow row = {};
  row.value = rows_.constant_nodes;
  std::vector<StringRef> strings;
  std::vector<EnumEntry> numbers;
  std::vector<EnumEntry> containers;
  const uint32_t end = value.document()->nodes()[value.index()].next;
  if (is_const) {
    absl::StrAppend(&rows_.constants, "[", value.raw(), "],");
    AddEnumValue(value, row.value + 1, row, strings, numbers, containers);
    rows_.constant_nodes += 1 + end - value.index();
  } else {
    absl::StrAppend(&rows_.constants, value.raw(), ",");
    for (const json::Value element : json::Elements(value)) {
      AddEnumValue(element, row.value + element.index() - value.index(), row, strings, numbers,
                   containers);
    }
    rows_.constant_nodes += end - value.index();
  }
  row.strings = names_.Build(strings, nullptr);
  const auto by_hash = [](const EnumEntry& a, const EnumEntry& b) { return a.hash < b.hash; };
  row.first_entry = static_cast<uint32_t>(rows_.enum_entries.size());
  for (std::vector<EnumEntry>* entries : {&numbers, &containers}) {
    Sort(entries->begin(), entries->end(), by_hash);
    rows_.enum_entries.insert(rows_.enum_entries.end(), entries->begin(), entries->end());
  }
  row.number_count = static_cast<uint32_t>(numbers.size());
  row.entry_count = static_cast<uint32_t>(numbers.size() + containers.size());
  const auto number = static_cast<uint32_t>(rows_.enums.size());
  rows_.enums.push_back(row);
  Add(Op::kEnum, kAnyKind, keyword, number);
}

void Generator::AddEnumValue(json::Value value, uint32_t node, EnumRow& row,
                             std::vector<StringRef>& strings, std::vector<EnumEntry>& numbers,
                             std::vector<EnumEntry>& containers) {
  switch (value.kind()) {
    case json::Kind::kNull:
    case json::Kind::kFalse:
    case json::Kind::kTrue:
      row.literals |= KindBit(value.kind());
      return;
    case json::Kind::kString:
      strings.push_back(AddString(value));
      return;
    case json::Kind::kNumber:
      numbers.push_back({json::Hash(value, options_.hash_key, equality_), node, 0});
      return;
    case json::Kind::kArray:
    case json::Kind::kObject:
      containers.push_back({json::Hash(value, options_.hash_key, equality_), node, 0});
      return;
  }
}

std::optional<uint32_t> Generator::ReadCount(json::Value value, Keyword keyword) {
  if (!value.is(json::Kind::kNumber) || !json::IsInteger(value.raw()) ||
      json::CompareNumbers(value.raw(), "0") < 0) {
    Fault(value, value.is(json::Kind::kNumber) ? "out_of_range" : "wrong_type",
          absl::StrCat(KeywordName(keyword), " is an integer from 0 on"));
    return std::nullopt;
  }
  // There is nothing of which there could be more.
  constexpr int64_t kMost = kNone - 1;
  return static_cast<uint32_t>(std::min(json::ToInt64(value).value_or(kMost), kMost));
}

uint32_t Generator::AddCount(json::Value value, Keyword keyword, Op op, KindSet kinds) {
  if (!value.present()) return 0;
  const std::optional<uint32_t> count = ReadCount(value, keyword);
  if (count.has_value()) Add(op, kinds, keyword, *count);
  return count.value_or(0);
}

}  // namespace sluice::schema

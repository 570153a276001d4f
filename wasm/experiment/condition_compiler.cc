#include "sluice/experiment/condition_compiler.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/base/text_order.h"
#include "sluice/experiment/js_value.h"
#include "sluice/experiment/lower_case.h"
#include "sluice/json/number.h"
#include "sluice/regex/ecmascript.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

constexpr int kMaxNesting = 64;
// Of objects with more members, all members of one name count, not only the last.
constexpr uint32_t kMaxMembersForDuplicates = 256;

// JSON.parse keeps the last of several members with one name.
bool IsOverridden(Value object, json::Member member, std::string_view name) {
  if (object.size() < 2 || object.size() > kMaxMembersForDuplicates) return false;
  const json::Document* const document = object.document();
  const absl::Span<const json::Node> nodes = document->nodes();
  const uint32_t end = nodes[object.index()].next;
  for (uint32_t key = nodes[member.value.index()].next; key < end; key = nodes[key + 1].next) {
    if (Value(document, key).StringEquals(name)) return true;
  }
  return false;
}

// An object with "$" before each of its names, of which there is at least one.
bool IsOperatorObject(Value value) {
  if (!value.is(Kind::kObject) || value.size() == 0) return false;
  std::string scratch;
  for (const json::Member member : json::Members(value)) {
    if (!TextOf(member.key, &scratch).starts_with('$')) return false;
  }
  return true;
}

}  // namespace

// Lists of a condition are short: the first ones are put where they belong one by one.
void ConditionCompiler::SortUniqueTexts(std::vector<StringRef>& texts) const {
  constexpr size_t kMaxInserted = 16;
  const auto before = [this](StringRef x, StringRef y) { return ComesBefore(At(x), At(y)); };
  if (texts.size() > kMaxInserted) {
    Sort(texts.begin(), texts.end(), before);
  } else {
    for (size_t i = 1; i < texts.size(); ++i) {
      for (size_t k = i; k > 0 && before(texts[k], texts[k - 1]); --k) {
        std::swap(texts[k], texts[k - 1]);
      }
    }
  }
  const auto last = std::unique(texts.begin(), texts.end(), [this](StringRef x, StringRef y) {
    return SameBytes(At(x), At(y));
  });
  texts.erase(last, texts.end());
}

StringRef ConditionCompiler::KeepJoined(StringRef text, std::string_view rest) {
  // What was made can't be appended to itself.
  if (!pool_.IsMade(text)) return pool_.Make(At(text), rest);
  return pool_.Make(std::string(At(text)), rest);
}

CodeRange ConditionCompiler::Compile(Value condition, Root root) {
  const uint32_t begin = static_cast<uint32_t>(code_.size());
  nesting_ = 0;
  if (!Conjunction(condition, root)) {
    code_.resize(begin);
    return Never();
  }
  return {begin, static_cast<uint32_t>(code_.size())};
}

CodeRange ConditionCompiler::Never() {
  const uint32_t begin = static_cast<uint32_t>(code_.size());
  Emit(Op::kNever, kNothing);
  return {begin, begin + 1};
}

ClauseRange ConditionCompiler::CompileClauses(Value condition) {
  const uint32_t begin = static_cast<uint32_t>(conditions_.size());
  nesting_ = 1;
  if (!Clauses(condition)) {
    conditions_.resize(begin);
    const uint32_t never = static_cast<uint32_t>(code_.size());
    Emit(Op::kNever, kNothing);
    conditions_.push_back(AddClause(never, {}));
  }
  return {begin, static_cast<uint32_t>(conditions_.size())};
}

uint32_t ConditionCompiler::AddClause(uint32_t begin, std::string_view text) {
  clauses_.push_back({begin, static_cast<uint32_t>(code_.size())});
  clause_texts_.push_back(text);
  return static_cast<uint32_t>(clauses_.size() - 1);
}

void ConditionCompiler::CompileGroups() {
  // Groups may refer to further ones, which are added behind.
  // NOLINTNEXTLINE(modernize-loop-convert)
  for (size_t i = 0; i < groups_.size(); ++i) {
    group_ = static_cast<uint32_t>(i);
    const CodeRange code = Compile(groups_[i].condition, groups_[i].root);
    groups_[i].code = code;
  }
  const auto count = static_cast<uint32_t>(groups_.size());
  for (const Value where : FindCycles(count, group_references_)) {
    context_.AddIssue(where, "cyclic_saved_group",
                      "this saved group refers to itself: from within it matches nobody");
  }
}

bool ConditionCompiler::Malformed(Value value, std::string_view message) {
  context_.AddIssue(value, "wrong_type",
                    absl::StrCat(message, "; so this condition never matches"));
  return false;
}

bool ConditionCompiler::IsObject(Value condition) {
  if (condition.is(Kind::kObject)) return true;
  return Malformed(
      condition, absl::StrCat("a condition is an object, not ",
                              condition.present() ? json::KindName(condition.kind()) : "nothing"));
}

bool ConditionCompiler::Conjunction(Value condition, Root root) {
  if (!IsObject(condition)) return false;
  if (++nesting_ > kMaxNesting) {
    context_.AddIssue(condition, "too_deep", "conditions are nested too deep: it never matches");
    return false;
  }
  std::string scratch;
  for (const json::Member member : json::Members(condition)) {
    const std::string_view name = TextOf(member.key, &scratch);
    if (IsOverridden(condition, member, name)) {
      context_.AddIssue(member.key, "duplicate_key",
                        absl::StrCat(Quoted(name), " is there twice; the last one counts"));
    } else if (!Member(name, member, root)) {
      return false;
    }
  }
  --nesting_;
  return true;
}

bool ConditionCompiler::Clauses(Value condition) {
  if (!IsObject(condition)) return false;
  std::string scratch;
  for (const json::Member member : json::Members(condition)) {
    const std::string_view name = TextOf(member.key, &scratch);
    if (IsOverridden(condition, member, name)) {
      context_.AddIssue(member.key, "duplicate_key",
                        absl::StrCat(Quoted(name), " is there twice; the last one counts"));
      continue;
    }
    const std::optional<uint32_t> clause = Clause(member, name);
    if (!clause.has_value()) return false;
    conditions_.push_back(*clause);
  }
  return true;
}

std::optional<uint32_t> ConditionCompiler::Clause(json::Member member, std::string_view name) {
  const std::string_view value = member.value.raw();
  const char* const first = member.key.raw().data();
  const std::string_view text(first, static_cast<size_t>(value.data() + value.size() - first));
  const auto same = [this, text](uint32_t clause) {
    return SameBytes(clause_texts_[clause], text);
  };
  uint32_t& recent = recent_clauses_.At(text, same);
  if (recent != RecentTexts::kNever && same(recent)) return recent;
  const size_t issues = context_.issues().total();
  const uint32_t begin = static_cast<uint32_t>(code_.size());
  if (!Member(name, member, Root::kAttributes)) {
    code_.resize(begin);
    return std::nullopt;
  }
  // What is wrong in one is reported wherever it stands.
  const bool shared = context_.issues().total() == issues;
  const uint32_t clause = AddClause(begin, shared ? text : std::string_view());
  if (shared) recent = clause;
  return clause;
}

bool ConditionCompiler::Member(std::string_view name, json::Member member, Root root) {
  const Value value = member.value;
  if (!name.starts_with('$')) return Test(value, Subject(name, root), /*folded=*/false);
  if (name == "$or") return Alternatives(value, root, /*negate=*/false);
  if (name == "$nor") return Alternatives(value, root, /*negate=*/true);
  if (name == "$and") return Conjunctions(value, root);
  if (name == "$not") return Not(value, root);
  if (name == "$savedGroup") {
    SavedGroup(value, root);
    return true;
  }
  ReportCombinator(name, member.key);
  return Test(value, Subject(name, root), /*folded=*/false);
}

bool ConditionCompiler::Alternatives(Value conditions, Root root, bool negate) {
  if (!conditions.is(Kind::kArray)) return Malformed(conditions, "expected an array of conditions");
  const uint32_t any = Open(Op::kAny);
  code_[any].negate = negate;
  for (const Value condition : json::Elements(conditions)) {
    const uint32_t all = Open(Op::kAll);
    if (!Conjunction(condition, root)) return false;
    Close(all);
  }
  Close(any);
  return true;
}

bool ConditionCompiler::Conjunctions(Value conditions, Root root) {
  if (!conditions.is(Kind::kArray)) return Malformed(conditions, "expected an array of conditions");
  for (const Value condition : json::Elements(conditions)) {
    if (!Conjunction(condition, root)) return false;
  }
  return true;
}

bool ConditionCompiler::Not(Value condition, Root root) {
  const uint32_t all = Open(Op::kAll);
  code_[all].negate = true;
  if (!Conjunction(condition, root)) return false;
  Close(all);
  return true;
}

void ConditionCompiler::SavedGroup(Value reference, Root root) {
  std::string scratch;
  const Value id = reference.is(Kind::kObject) ? reference.Find("id") : Value();
  if (!id.is(Kind::kString)) {
    context_.AddIssue(reference, "wrong_type", "expected {\"id\": …}; it matches nobody");
    Emit(Op::kNever, kNothing);
    return;
  }
  const Value entry = saved_groups_.present() ? saved_groups_.Find(id.string(&scratch)) : Value();
  const Value type = entry.is(Kind::kObject) ? entry.Find("type") : Value();
  if (type.is(Kind::kString) && type.StringEquals("list")) {
    return ListGroup(reference, entry, root);
  }
  const Value condition =
      type.is(Kind::kString) && type.StringEquals("condition") ? entry.Find("condition") : Value();
  const Value attribute = reference.Find("attributeKey");
  const bool usable =
      condition.is(Kind::kObject) && (!attribute.present() || attribute.is(Kind::kString));
  if (!usable) {
    context_.AddIssue(id, "unknown_saved_group",
                      "no saved group with a type that this engine knows has this id; it matches "
                      "nobody");
    Emit(Op::kNever, kNothing);
    return;
  }
  const uint32_t group = GroupNumber(condition, root);
  if (group_.has_value()) group_references_.push_back({*group_, group, id});
  Emit(Op::kCall, kNothing, group);
}

void ConditionCompiler::ListGroup(Value reference, Value entry, Root root) {
  std::string scratch;
  Value attribute = reference.Find("attributeKey");
  if (!attribute.present()) attribute = entry.Find("attributeKey");
  const Value values = entry.Find("values");
  if (!attribute.is(Kind::kString) || !values.is(Kind::kArray)) {
    context_.AddIssue(entry, "wrong_type",
                      "a list has \"attributeKey\", a string, and \"values\", an array; without "
                      "them it matches nobody");
    Emit(Op::kNever, kNothing);
    return;
  }
  const uint32_t subject = Subject(attribute.string(&scratch), root);
  Emit(Op::kIn, subject, AddGroupSet(values));
}

uint32_t ConditionCompiler::GroupNumber(Value condition, Root root) {
  const uint32_t number =
      group_names_.Intern(absl::StrCat(condition.index(), " ", static_cast<int>(root)));
  if (number == groups_.size()) groups_.push_back({condition, root, kNoCode});
  return number;
}

bool ConditionCompiler::Test(Value expected, uint32_t subject, bool folded) {
  switch (expected.kind()) {
    case Kind::kString: {
      StringRef text = Decoded(expected);
      if (folded) {
        std::string lower;
        AppendLowerCase(At(text), &lower);
        text = Keep(lower);
      }
      EmitText(folded ? Op::kTextFolded : Op::kText, subject, text);
      return true;
    }
    case Kind::kNumber:
      EmitNumber(Op::kNumber, subject, json::ToDouble(expected));
      return true;
    case Kind::kFalse:
    case Kind::kTrue:
      Emit(Op::kBool, subject).detail = expected.kind() == Kind::kTrue ? 1 : 0;
      return true;
    case Kind::kNull:
      Emit(Op::kNull, subject);
      return true;
    default:
      break;
  }
  if (!IsOperatorObject(expected)) {
    Emit(Op::kJson, subject, AddConstant(expected));
    return true;
  }
  if (++nesting_ > kMaxNesting) {
    context_.AddIssue(expected, "too_deep", "conditions are nested too deep: it never matches");
    return false;
  }
  std::string scratch;
  for (const json::Member member : json::Members(expected)) {
    const std::string_view name = TextOf(member.key, &scratch);
    if (IsOverridden(expected, member, name)) continue;
    if (!Operator(name, member.key, member.value, subject)) return false;
  }
  --nesting_;
  return true;
}

uint32_t ConditionCompiler::AttributeSlot(std::string_view name) {
  if (name.find('.') == std::string_view::npos) return Slot(name, name, /*split=*/false);
  return Slot(absl::StrCat(std::string_view("\0", 1), name), name, /*split=*/false);
}

uint32_t ConditionCompiler::Subject(std::string_view path, Root root) {
  if (root == Root::kAttributes) return Slot(path, path, /*split=*/true);
  if (root == Root::kElement) return Relative(path);
  // What a prerequisite's conditions see is {"value": …}.
  constexpr std::string_view kValue = "value";
  if (!path.starts_with(kValue)) return kNothing;
  path.remove_prefix(kValue.size());
  if (path.empty()) return Relative(std::nullopt);
  return path.starts_with('.') ? Relative(path.substr(1)) : kNothing;
}

uint32_t ConditionCompiler::Slot(std::string_view name, std::string_view path, bool split) {
  const auto same = [this, name](uint32_t slot) { return SameBytes(slot_names_.text(slot), name); };
  uint32_t& recent = recent_slots_.At(name, same);
  if (recent != RecentTexts::kNever && same(recent)) return recent;
  const uint32_t number = slot_names_.Intern(name);
  recent = number;
  if (number < slots_.size()) return number;
  const uint32_t first = static_cast<uint32_t>(segments_.size());
  uint32_t count = 1;
  if (split) {
    count = Split(path);
  } else {
    segments_.push_back(Keep(path));
  }
  slots_.push_back({first, count, 0});
  return number;
}

uint32_t ConditionCompiler::Split(std::string_view path) {
  uint32_t count = 0;
  while (true) {
    const size_t dot = path.find('.');
    segments_.push_back(Keep(path.substr(0, dot)));
    ++count;
    if (dot == std::string_view::npos) return count;
    path.remove_prefix(dot + 1);
  }
}

// Without a path: the root at hand itself.
uint32_t ConditionCompiler::Relative(std::optional<std::string_view> path) {
  const uint32_t number = relative_names_.Intern(path.value_or(std::string_view("\0self", 5)));
  if (number == relatives_.size()) {
    const uint32_t first = static_cast<uint32_t>(segments_.size());
    relatives_.push_back({first, path.has_value() ? Split(*path) : 0, 0});
  }
  return number | kRelativeBit;
}

StringRef ConditionCompiler::Decoded(Value string) {
  std::string scratch;
  return Keep(TextOf(string, &scratch));
}

uint32_t ConditionCompiler::AddConstant(Value value) {
  const StringRef text = Keep(value.raw());
  const absl::Span<const json::Node> nodes = value.document()->nodes();
  const uint32_t first = static_cast<uint32_t>(nodes_.size());
  const uint32_t text_shift = text.offset - static_cast<uint32_t>(value.byte_offset());
  const uint32_t node_shift = first - value.index();
  for (uint32_t i = value.index(); i < nodes[value.index()].next; ++i) {
    json::Node node = nodes[i];
    node.begin += text_shift;
    node.end += text_shift;
    node.next += node_shift;
    nodes_.push_back(node);
  }
  return first;
}

std::optional<uint32_t> ConditionCompiler::AddRegex(Value where, std::string_view pattern,
                                                    bool ignore_case) {
  const uint32_t name = regex_names_.Intern(absl::StrCat(ignore_case ? "i" : "c", pattern));
  if (name < regex_numbers_.size()) return regex_numbers_[name];
  regex::Regex compiled =
      regex::CompileEcmaScript(pattern, {.ignore_case = ignore_case}, regex_budget_);
  std::optional<uint32_t> number;
  if (compiled.ok()) {
    number = static_cast<uint32_t>(regexes_.size());
    regexes_.push_back(std::move(compiled));
  } else {
    context_.AddIssue(where, "invalid_regex",
                      absl::StrCat(compiled.status().message(), "; it never matches"));
  }
  regex_numbers_.push_back(number);
  return number;
}

Instruction& ConditionCompiler::Emit(Op op, uint32_t subject, uint32_t a, uint32_t b) {
  code_.push_back({op, false, 0, 0, subject, a, b});
  return code_.back();
}

void ConditionCompiler::EmitText(Op op, uint32_t subject, StringRef text, uint8_t detail) {
  Emit(op, subject, text.offset, text.length).detail = detail;
}

void ConditionCompiler::EmitNumber(Op op, uint32_t subject, double number, uint8_t detail) {
  numbers_.push_back(number);
  Emit(op, subject, static_cast<uint32_t>(numbers_.size() - 1)).detail = detail;
}

uint32_t ConditionCompiler::Open(Op op, uint32_t subject) {
  Emit(op, subject);
  return static_cast<uint32_t>(code_.size() - 1);
}

std::vector<StringRef> ConditionCompiler::RootNames() const {
  std::vector<StringRef> names;
  names.reserve(slots_.size());
  for (const PathRow& slot : slots_) names.push_back(segments_[slot.first]);
  SortUniqueTexts(names);
  return names;
}

void ConditionCompiler::NumberRoots() {
  const auto before = [this](StringRef x, StringRef y) { return At(x) < At(y); };
  root_names_ = RootNames();
  for (PathRow& slot : slots_) {
    const auto name =
        std::lower_bound(root_names_.begin(), root_names_.end(), segments_[slot.first], before);
    slot.root = static_cast<uint32_t>(name - root_names_.begin());
  }
}

void ConditionCompiler::AddTables(BlockBuilder& builder) {
  for (const Group& group : groups_) group_code_.push_back(group.code);
  NumberRoots();
  builder.Add(pool_.Join());
  builder.Add(code_);
  builder.Add(numbers_);
  builder.Add(sets_);
  builder.Add(set_texts_);
  builder.Add(set_numbers_);
  builder.Add(slots_);
  builder.Add(relatives_);
  builder.Add(segments_);
  builder.Add(root_names_);
  builder.Add(group_code_);
  builder.Add(nodes_);
  builder.Add(clauses_);
  builder.Add(conditions_);
}

}  // namespace sluice::experiment

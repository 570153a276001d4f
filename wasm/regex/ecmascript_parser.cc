#include "sluice/regex/ecmascript_parser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/utf8.h"
#include "sluice/regex/regex.h"
#include "sluice/regex/unicode_property.h"

namespace sluice::regex {
namespace {

constexpr std::string_view kNothingToRepeat = "a quantifier with nothing before it to repeat";

}  // namespace

absl::Status EcmaScriptParser::FaultAt(size_t offset, std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, absl::StrCat("regular expression: ", message),
                   offset);
}

absl::Status EcmaScriptParser::OverBudget(Budget budget, std::string_view message, size_t offset) {
  return MakeBudgetError(budget, absl::StrCat("regular expression: ", message), offset);
}

absl::Status EcmaScriptParser::Run() {
  CountCaptures();
  open_.push_back({});
  while (!AtEnd()) SLUICE_RETURN_IF_ERROR(Term());
  if (open_.size() > 1) return Fault("expected ) to close a group");
  SLUICE_RETURN_IF_ERROR(ResolveNames());
  out_->captures = captures_;
  return absl::OkStatus();
}

// A number after a backslash is a backreference only if there are as many captures; \k is one if
// any has a name.
void EcmaScriptParser::CountCaptures() {
  bool in_class = false;
  for (size_t i = 0; i < pattern_.size(); ++i) {
    const char c = pattern_[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(') {
      const std::string_view rest = pattern_.substr(i + 1, 3);
      const bool named =
          rest.size() == 3 && rest.starts_with("?<") && rest[2] != '=' && rest[2] != '!';
      has_names_ |= named;
      if (named || !rest.starts_with("?")) ++capture_count_;
    }
  }
}

absl::Status EcmaScriptParser::Term() {
  const size_t begin = position_;
  const char c = pattern_[position_];
  switch (c) {
    case '(':
      return Open();
    case ')':
      return Close();
    case '|':
      ++open_.back().alternative;
      [[fallthrough]];
    case '^':
    case '$': {
      ++position_;
      const NodeKind kind =
          c == '|' ? NodeKind::kOr : (c == '^' ? NodeKind::kBegin : NodeKind::kEnd);
      AddNode({.kind = kind, .offset = static_cast<uint32_t>(begin)});
      return NoQuantifier();
    }
    case '.': {
      ++position_;
      CharacterSet set;
      set.Add(options_.i_regexp ? absl::MakeConstSpan(kLineBreaks) : kLineTerminators);
      SLUICE_RETURN_IF_ERROR(AddSet(std::move(set), /*negated=*/true, /*fold_case=*/false, begin));
      return Quantifier(NewestNode(), /*can_repeat=*/true);
    }
    case '[':
      SLUICE_RETURN_IF_ERROR(Class());
      return Quantifier(NewestNode(), /*can_repeat=*/true);
    case '\\':
      return AtomEscape();
    case '*':
    case '+':
    case '?':
      return Fault(kNothingToRepeat);
    case '{':
      if (IsBraceQuantifier()) return Fault(kNothingToRepeat);
      [[fallthrough]];
    case '}':
    case ']':
      if (options_.unicode && !options_.lenient) {
        return Fault(absl::StrCat("a ", std::string_view(&c, 1), " that is text is written \\",
                                  std::string_view(&c, 1)));
      }
      [[fallthrough]];
    default:
      SLUICE_RETURN_IF_ERROR(AddCharacter(NextCodePoint(pattern_, &position_), begin));
      return Quantifier(NewestNode(), /*can_repeat=*/true);
  }
}

absl::Status EcmaScriptParser::Open() {
  const auto begin = static_cast<uint32_t>(position_);
  if (open_.size() > kMaxGroupNesting) {
    return OverBudget(Budget::kDepth, "groups are nested too deep", position_);
  }
  Node node = {.kind = NodeKind::kGroup, .offset = begin};
  const bool lookahead = Follows("(?=") || Follows("(?!");
  if (lookahead || Follows("(?<=") || Follows("(?<!")) {
    position_ += lookahead ? 3 : 4;
    node.kind = lookahead ? NodeKind::kLookahead : NodeKind::kLookbehind;
    node.negated = pattern_[position_ - 1] == '!';
    // Annex B lets lookaheads be repeated.
    Enter(node, /*can_repeat=*/lookahead && !options_.unicode);
    return NoQuantifier();
  }
  ++position_;
  if (Follows("?")) {
    if (Eat("?:")) {
      Enter(node, /*can_repeat=*/true);
      return NoQuantifier();
    }
    if (!Eat("?<")) return Modifiers(node);
    SLUICE_RETURN_IF_ERROR(NameCapture());
  }
  node.value = ++captures_;
  Enter(node, /*can_repeat=*/true);
  // The capture itself is among what a repetition of the group resets.
  --open_.back().captures_before;
  return NoQuantifier();
}

// After the ( of what must be (?ims: or (?ims-ims:, each flag once.
absl::Status EcmaScriptParser::Modifiers(Node node) {
  const size_t begin = position_++;
  std::string seen;
  bool dash = false;
  for (; !AtEnd() && At(0) != ':'; ++position_) {
    const char c = At(0);
    const bool flag = c == 'i' || c == 'm' || c == 's';
    if (flag ? seen.find(c) != std::string::npos : (c != '-' || dash)) break;
    if (flag) seen.push_back(c);
    dash |= !flag;
  }
  if (seen.empty() || !Eat(":")) {
    return FaultAt(begin, "(? starts a group of an unknown or unsupported kind");
  }
  node.kind = NodeKind::kModifiers;
  node.offset = static_cast<uint32_t>(begin);
  Enter(node, /*can_repeat=*/true);
  return NoQuantifier();
}

void EcmaScriptParser::Enter(Node node, bool can_repeat) {
  AddNode(node);
  open_.push_back({.serial = ++groups_,
                   .alternative = 0,
                   .node = static_cast<uint32_t>(out_->nodes.size()) - 1,
                   .captures_before = captures_,
                   .can_repeat = can_repeat});
}

absl::Status EcmaScriptParser::Close() {
  if (open_.size() == 1) return Fault("a ) without its (");
  ++position_;
  const OpenGroup group = open_.back();
  open_.pop_back();
  Node* node = options_.only_check ? &newest_ : &out_->nodes[group.node];
  node->first_capture = group.captures_before + 1;
  node->end_capture = captures_ + 1;
  node->end = static_cast<uint32_t>(out_->nodes.size());
  return Quantifier(node, group.can_repeat);
}

absl::Status EcmaScriptParser::NameCapture() {
  NamedCapture named = {.name = {}, .capture = captures_ + 1, .path = open_};
  SLUICE_RETURN_IF_ERROR(GroupName(&named.name));
  for (const NamedCapture& other : names_) {
    if (other.name == named.name && ConflictsWith(other)) {
      return FaultAt(position_ - 1, "two groups have this name, and both can match");
    }
  }
  names_.push_back(std::move(named));
  return absl::OkStatus();
}

// Unless the two are in different alternatives of a group around both.
bool EcmaScriptParser::ConflictsWith(const NamedCapture& other) const {
  const size_t common = std::min(open_.size(), other.path.size());
  for (size_t i = 0; i < common && open_[i].serial == other.path[i].serial; ++i) {
    if (open_[i].alternative != other.path[i].alternative) return false;
  }
  return true;
}

// RegExpIdentifierStart and RegExpIdentifierPart, but for escapes.
bool EcmaScriptParser::IsNameCharacter(uint32_t point, bool first) {
  if (point < 0x80) {
    const auto c = static_cast<unsigned char>(point);
    return absl::ascii_isalpha(c) || c == '_' || c == '$' || (!first && absl::ascii_isdigit(c));
  }
  CharacterSet& letters = first ? name_starts_ : name_parts_;
  if (letters.empty()) letters = UnicodeProperty(first ? "ID_Start" : "ID_Continue");
  return (!first && (point == 0x200C || point == 0x200D)) || letters.Contains(point);
}

// After the <.
absl::Status EcmaScriptParser::GroupName(std::string* name) {
  while (!AtEnd() && At(0) != '>') {
    const size_t begin = position_;
    uint32_t point = 0;
    if (At(0) == '\\') {
      ++position_;
      if (At(0) != 'u') return FaultAt(begin, "expected a name for the group");
      SLUICE_RETURN_IF_ERROR(UnicodeEscape(&point));
    } else {
      point = NextCodePoint(pattern_, &position_);
    }
    if (!IsNameCharacter(point, name->empty())) {
      return FaultAt(begin, "expected a name for the group");
    }
    AppendUtf8(point, name);
  }
  if (name->empty() || AtEnd()) return Fault("expected a name for the group, and >");
  ++position_;
  return absl::OkStatus();
}

// At a backslash with k.
absl::Status EcmaScriptParser::NamedBackreference() {
  const size_t begin = position_;
  position_ += 2;
  if (!Eat("<")) return FaultAt(begin, "expected <, the name of a group and > after \\k");
  AddNode({.kind = NodeKind::kBackreference, .offset = static_cast<uint32_t>(begin)});
  NamedReference reference = {
      .name = {}, .node = static_cast<uint32_t>(out_->nodes.size()) - 1, .offset = begin};
  SLUICE_RETURN_IF_ERROR(GroupName(&reference.name));
  named_references_.push_back(std::move(reference));
  return Quantifier(NewestNode(), /*can_repeat=*/true);
}

absl::Status EcmaScriptParser::ResolveNames() {
  for (const NamedReference& reference : named_references_) {
    const size_t begin = out_->references.size();
    bool found = false;
    for (const NamedCapture& named : names_) {
      if (named.name != reference.name) continue;
      found = true;
      if (!options_.only_check) out_->references.push_back(named.capture);
    }
    if (!found) return FaultAt(reference.offset, "a backreference to a name that no group has");
    if (options_.only_check) continue;
    out_->nodes[reference.node].value = static_cast<uint32_t>(begin);
    out_->nodes[reference.node].value_end = static_cast<uint32_t>(out_->references.size());
  }
  return absl::OkStatus();
}

bool EcmaScriptParser::IsQuantifier() const {
  if (AtEnd()) return false;
  const char c = At(0);
  return c == '*' || c == '+' || c == '?' || (c == '{' && IsBraceQuantifier());
}

// {n}, {n,} or {n,m}; to Annex B all else that starts with a brace is text.
bool EcmaScriptParser::IsBraceQuantifier() const {
  size_t i = 1;
  const auto digits = [&] {
    const size_t begin = i;
    while (absl::ascii_isdigit(static_cast<unsigned char>(At(i)))) ++i;
    return i > begin;
  };
  if (!digits()) return false;
  if (At(i) == ',') {
    ++i;
    digits();
  }
  return At(i) == '}';
}

// After what can't be repeated.
absl::Status EcmaScriptParser::NoQuantifier() const {
  return IsQuantifier() ? Fault(kNothingToRepeat) : absl::OkStatus();
}

absl::Status EcmaScriptParser::Quantifier(Node* node, bool can_repeat) {
  if (!IsQuantifier()) return absl::OkStatus();
  if (!can_repeat) return Fault(kNothingToRepeat);
  const char c = At(0);
  ++position_;
  if (c == '{') {
    SLUICE_RETURN_IF_ERROR(Braces(node));
  } else {
    node->least = c == '+' ? 1 : 0;
    node->most = c == '?' ? 1 : kUnbounded;
  }
  node->lazy = Eat("?");
  return NoQuantifier();
}

absl::Status EcmaScriptParser::Braces(Node* node) {
  node->least = Count();
  node->most = node->least;
  if (Eat(",")) {
    node->most = At(0) == '}' ? kUnbounded : Count();
    if (node->most < node->least) {
      return Fault("a repeat's upper bound lies below its lower bound");
    }
  }
  ++position_;
  return absl::OkStatus();
}

// Numbers beyond all budgets are one.
uint32_t EcmaScriptParser::Count() {
  static constexpr uint64_t kMost = kUnbounded - 1;
  uint64_t count = 0;
  for (; absl::ascii_isdigit(static_cast<unsigned char>(At(0))); ++position_) {
    count = std::min<uint64_t>(count * 10 + static_cast<uint64_t>(At(0) - '0'), kMost);
  }
  return static_cast<uint32_t>(count);
}

Node* EcmaScriptParser::NewestNode() {
  return options_.only_check ? &newest_ : &out_->nodes.back();
}

void EcmaScriptParser::AddNode(Node node) {
  node.end = static_cast<uint32_t>(out_->nodes.size()) + 1;
  if (options_.only_check) {
    newest_ = node;
  } else {
    out_->nodes.push_back(node);
  }
}

absl::Status EcmaScriptParser::AddCharacter(uint32_t point, size_t begin) {
  const bool is_letter = point < 0x80 && absl::ascii_isalpha(static_cast<unsigned char>(point));
  if (options_.ignore_case && is_letter) {
    CharacterSet set;
    set.Add(point, point);
    return AddSet(std::move(set), /*negated=*/false, /*fold_case=*/true, begin);
  }
  AddNode({.kind = NodeKind::kCharacter,
           .fold_case = options_.ignore_case && point >= 0x80,
           .value = point,
           .offset = static_cast<uint32_t>(begin)});
  return absl::OkStatus();
}

absl::Status EcmaScriptParser::AddSet(CharacterSet set, bool negated, bool fold_case,
                                      size_t begin) {
  Node node = {.kind = NodeKind::kSet, .offset = static_cast<uint32_t>(begin)};
  if (options_.only_check) {
    AddNode(node);
    return absl::OkStatus();
  }
  set.Normalize();
  if (fold_case && options_.ignore_case) {
    set.FoldAscii();
    node.fold_case = !set.empty() && set.ranges().back().last >= 0x80;
    node.negated = node.fold_case && negated;
  }
  if (negated && !node.negated) set.Complement();
  const absl::Span<const CodeRange> ranges = set.ranges();
  ranges_ += ranges.size();
  if (ranges_ > kMaxSetRanges) {
    return OverBudget(Budget::kMemory, "its character classes are too large together", begin);
  }
  if (!node.fold_case && ranges.size() == 1 && ranges[0].first == ranges[0].last) {
    node.kind = NodeKind::kCharacter;
    node.value = ranges[0].first;
  } else {
    node.value = static_cast<uint32_t>(out_->sets.size());
    out_->sets.push_back(std::move(set));
  }
  AddNode(node);
  return absl::OkStatus();
}

absl::Status ParseEcmaScript(std::string_view pattern, ParseOptions options, Pattern* out) {
  *out = {};
  if (pattern.size() > kMaxPatternBytes) {
    return MakeBudgetError(Budget::kTextBytes, "regular expression: the pattern is too long");
  }
  return EcmaScriptParser(pattern, options, out).Run();
}

}  // namespace sluice::regex

#include "sluice/regex/pattern_regex.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/regex/character_set.h"
#include "sluice/regex/position_automaton.h"
#include "sluice/regex/simple_pattern.h"

namespace sluice::regex {
namespace {

constexpr uint32_t kMaxRepeat = 1000;  // RE2's own

absl::Status Fault(std::string_view message, const Node& node) {
  return MakeError(ErrorCode::kInvalidArgument, absl::StrCat("regular expression: ", message),
                   node.offset);
}

// Whether the nodes [begin, end) can match without taking a character. As deep as groups are
// nested.
bool CanBeEmpty(const Pattern& pattern, uint32_t begin, uint32_t end) {
  bool empty = true;
  for (uint32_t i = begin; i < end; i = pattern.nodes[i].end) {
    const Node& node = pattern.nodes[i];
    if (node.kind == NodeKind::kOr) {
      if (empty) return true;
      empty = true;
    } else if (node.least > 0) {
      const bool takes = node.kind == NodeKind::kCharacter || node.kind == NodeKind::kSet;
      const bool group = node.kind == NodeKind::kGroup;
      empty = empty && !takes && (!group || CanBeEmpty(pattern, i + 1, node.end));
    }
  }
  return empty;
}

// Writes a parsed pattern in RE2's syntax.
class Re2Writer {
 public:
  Re2Writer(const Pattern& pattern, std::string* out) : pattern_(pattern), out_(out) {}

  absl::Status Run() {
    for (uint32_t i = 0; i < pattern_.nodes.size(); ++i) {
      SLUICE_RETURN_IF_ERROR(Write(pattern_.nodes[i]));
      CloseGroups(i + 1);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Write(const Node& node) {
    if ((node.least > kMaxRepeat && node.least != kUnbounded) ||
        (node.most > kMaxRepeat && node.most != kUnbounded)) {
      return MakeBudgetError(Budget::kMemory, "regular expression: a repeat of more than 1000",
                             node.offset);
    }
    switch (node.kind) {
      case NodeKind::kCharacter:
        WriteCharacter(node);
        break;
      case NodeKind::kSet:
        WriteSet(node);
        break;
      case NodeKind::kBegin:
        out_->push_back('^');
        break;
      case NodeKind::kEnd:
        out_->push_back('$');
        break;
      case NodeKind::kWordBoundary:
        if (node.negated && CanBeEmpty(pattern_, 0, static_cast<uint32_t>(pattern_.nodes.size()))) {
          // RE2 looks at bytes, and would find one inside of a character that isn't ASCII.
          return Fault("\\B is not supported in a pattern that can match without a character",
                       node);
        }
        out_->append(node.negated ? "\\B" : "\\b");
        break;
      case NodeKind::kOr:
        out_->push_back('|');
        break;
      case NodeKind::kGroup:
        out_->append("(?:");
        open_.push_back(&node);
        return absl::OkStatus();
      case NodeKind::kLookahead:
        return Fault("lookaheads are not supported: they can't be matched in linear time", node);
      case NodeKind::kLookbehind:
        return Fault("lookbehinds are not supported: they can't be matched in linear time", node);
      case NodeKind::kBackreference:
        return Fault("backreferences are not supported: they can't be matched in linear time",
                     node);
      case NodeKind::kModifiers:
        return Fault("(? starts a group of an unknown or unsupported kind", node);
    }
    WriteQuantifier(node);
    return absl::OkStatus();
  }

  void CloseGroups(uint32_t next) {
    while (!open_.empty() && open_.back()->end == next) {
      out_->push_back(')');
      WriteQuantifier(*open_.back());
      open_.pop_back();
    }
  }

  // Greedy or not, the same texts match.
  void WriteQuantifier(const Node& node) {
    if (!node.IsRepeated()) return;
    if (node.most == kUnbounded && node.least <= 1) {
      out_->push_back(node.least == 0 ? '*' : '+');
    } else if (node.most == kUnbounded) {
      absl::StrAppend(out_, "{", node.least, ",}");
    } else {
      absl::StrAppend(out_, "{", node.least, ",", node.most, "}");
    }
  }

  void WriteCharacter(const Node& node) {
    const uint32_t point = node.value;
    if (point >= kHighSurrogate && point < kAfterSurrogates) {
      WriteRanges("[", {}, 0, kLastCodePoint);
    } else if (node.fold_case) {
      absl::StrAppend(out_, "(?i:\\x{", absl::Hex(point), "})");
    } else if (point < 0x80 && absl::ascii_isalnum(static_cast<unsigned char>(point))) {
      out_->push_back(static_cast<char>(point));
    } else {
      absl::StrAppend(out_, "\\x{", absl::Hex(point), "}");
    }
  }

  // JavaScript never takes a letter that isn't ASCII for one that is (as K, the Kelvin sign), RE2
  // does: ASCII is folded in the set already, the rest is by RE2.
  void WriteSet(const Node& node) {
    const absl::Span<const CodeRange> ranges = pattern_.sets[node.value].ranges();
    if (!node.fold_case) {
      WriteRanges("[", ranges, 0, kLastCodePoint);
    } else if (node.negated) {
      out_->append("(?i:");
      WriteRanges("[^", ranges, 0, kLastCodePoint);
      out_->push_back(')');
    } else {
      out_->append("(?:");
      WriteRanges("[", ranges, 0, 0x7F);
      out_->append("|(?i:");
      WriteRanges("[", ranges, 0x80, kLastCodePoint);
      out_->append("))");
    }
  }

  // What of the set lies in [at_least, at_most]; RE2's text has no surrogates.
  void WriteRanges(std::string_view open, absl::Span<const CodeRange> ranges, uint32_t at_least,
                   uint32_t at_most) {
    const size_t begin = out_->size();
    out_->append(open);
    for (const CodeRange& range : ranges) {
      const uint32_t first = std::max(range.first, at_least);
      const uint32_t last = std::min(range.last, at_most);
      if (first > last || (first >= kHighSurrogate && last < kAfterSurrogates)) continue;
      absl::StrAppend(out_, "\\x{", absl::Hex(first), "}");
      if (last > first) absl::StrAppend(out_, "-\\x{", absl::Hex(last), "}");
    }
    if (out_->size() == begin + open.size()) {
      out_->resize(begin);
      out_->append(open.size() > 1 ? "[\\x{0}-\\x{10ffff}]" : "[^\\x{0}-\\x{10ffff}]");
    } else {
      out_->push_back(']');
    }
  }

  const Pattern& pattern_;
  std::string* out_;
  std::vector<const Node*> open_;
};

}  // namespace

absl::Status TranslatePattern(const Pattern& pattern, std::string* re2_pattern) {
  re2_pattern->clear();
  return Re2Writer(pattern, re2_pattern).Run();
}

Regex CompilePattern(const Pattern& pattern, MemoryBudget& budget) {
  if (std::optional<SimplePattern> simple = SimplePattern::Recognize(pattern)) {
    return Regex(*std::move(simple), budget);
  }
  if (std::optional<PositionAutomaton> automaton = PositionAutomaton::Build(pattern)) {
    return Regex(*std::move(automaton), budget);
  }
  std::string translated;
  absl::Status status = TranslatePattern(pattern, &translated);
  if (!status.ok()) return Regex(std::move(status));
  return Regex(translated, budget);
}

}  // namespace sluice::regex

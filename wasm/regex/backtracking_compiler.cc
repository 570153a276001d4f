#include <algorithm>
#include <utility>

#include "sluice/base/status.h"
#include "sluice/regex/backtracking.h"
#include "sluice/regex/ecmascript_pattern.h"

namespace sluice::regex {

// Recursion goes as deep as groups are nested: kMaxGroupNesting.
class BacktrackingCompiler {
 public:
  BacktrackingCompiler(const Pattern& pattern, BacktrackingRegex* out)
      : pattern_(pattern), out_(*out) {}

  absl::Status Run() {
    out_.registers_ = 2 * (pattern_.captures + 1);
    out_.references_ = pattern_.references;
    for (const CharacterSet& set : pattern_.sets) AddSet(set);
    SLUICE_RETURN_IF_ERROR(Alternatives(0, static_cast<uint32_t>(pattern_.nodes.size()), false));
    out_.only_at_begin_ =
        !out_.code_.empty() && out_.code_.front().op == BacktrackingRegex::Op::kBegin;
    out_.code_.shrink_to_fit();
    out_.ranges_.shrink_to_fit();
    return absl::OkStatus();
  }

 private:
  using Op = BacktrackingRegex::Op;
  using Instruction = BacktrackingRegex::Instruction;

  uint32_t Here() const { return static_cast<uint32_t>(out_.code_.size()); }
  uint32_t Emit(Instruction instruction) {
    out_.code_.push_back(instruction);
    return Here() - 1;
  }

  uint32_t AddSet(const CharacterSet& set) {
    BacktrackingRegex::Set compiled;
    compiled.begin = static_cast<uint32_t>(out_.ranges_.size());
    for (const CodeRange& range : set.ranges()) {
      for (uint32_t point = range.first; point <= std::min(range.last, 0x7Fu); ++point) {
        compiled.ascii[point >> 6] |= uint64_t{1} << (point & 63);
      }
      if (range.last >= 0x80) out_.ranges_.push_back({std::max(range.first, 0x80u), range.last});
    }
    compiled.end = static_cast<uint32_t>(out_.ranges_.size());
    out_.sets_.push_back(compiled);
    return static_cast<uint32_t>(out_.sets_.size()) - 1;
  }

  // The nodes [begin, end), of which kOr stands between alternatives.
  absl::Status Alternatives(uint32_t begin, uint32_t end, bool backward) {
    std::vector<uint32_t> jumps;
    for (uint32_t i = begin; i < end; i = pattern_.nodes[i].end) {
      if (pattern_.nodes[i].kind != NodeKind::kOr) continue;
      const uint32_t split = Emit({.op = Op::kSplit});
      SLUICE_RETURN_IF_ERROR(Sequence(begin, i, backward));
      jumps.push_back(Emit({.op = Op::kJump}));
      out_.code_[split].a = Here();
      begin = i + 1;
    }
    SLUICE_RETURN_IF_ERROR(Sequence(begin, end, backward));
    for (const uint32_t jump : jumps) out_.code_[jump].a = Here();
    return absl::OkStatus();
  }

  absl::Status Sequence(uint32_t begin, uint32_t end, bool backward) {
    std::vector<uint32_t> terms;
    for (uint32_t i = begin; i < end; i = pattern_.nodes[i].end) terms.push_back(i);
    if (backward) std::reverse(terms.begin(), terms.end());
    for (const uint32_t term : terms) SLUICE_RETURN_IF_ERROR(Term(term, backward));
    return absl::OkStatus();
  }

  absl::Status Term(uint32_t number, bool backward) {
    const Node& node = pattern_.nodes[number];
    if (!node.IsRepeated()) return Atom(number, backward);
    const bool is_single = node.kind == NodeKind::kCharacter || node.kind == NodeKind::kSet;
    if (is_single && !node.lazy) {
      Emit({.op = Op::kRun,
            .backward = backward,
            .a = SetOf(node),
            .b = node.least,
            .c = node.most});
      return absl::OkStatus();
    }
    const uint32_t counter = out_.registers_;
    out_.registers_ += 2;
    Emit({.op = Op::kStartLoop, .a = counter});
    const uint32_t loop = Emit({.op = Op::kLoop, .flag = node.lazy});
    Emit({.op = Op::kIterate, .a = counter, .b = node.first_capture, .c = node.end_capture});
    SLUICE_RETURN_IF_ERROR(Atom(number, backward));
    Emit({.op = Op::kEndLoop, .a = counter, .b = loop, .c = node.least});
    Instruction& head = out_.code_[loop];
    head.a = counter;
    head.b = node.least;
    head.c = node.most;
    head.d = Here();
    return absl::OkStatus();
  }

  uint32_t SetOf(const Node& node) {
    if (node.kind == NodeKind::kSet) return node.value;
    CharacterSet set;
    set.Add(node.value, node.value);
    return AddSet(set);
  }

  absl::Status Atom(uint32_t number, bool backward) {
    const Node& node = pattern_.nodes[number];
    switch (node.kind) {
      case NodeKind::kCharacter:
        Emit({.op = Op::kCharacter, .backward = backward, .a = node.value});
        break;
      case NodeKind::kSet:
        Emit({.op = Op::kSet, .backward = backward, .a = node.value});
        break;
      case NodeKind::kBegin:
        Emit({.op = Op::kBegin});
        break;
      case NodeKind::kEnd:
        Emit({.op = Op::kEnd});
        break;
      case NodeKind::kWordBoundary:
        Emit({.op = Op::kBoundary, .flag = node.negated});
        break;
      case NodeKind::kGroup:
        return Group(number, backward);
      case NodeKind::kLookahead:
      case NodeKind::kLookbehind:
        return Look(number);
      case NodeKind::kBackreference:
        Emit(
            {.op = Op::kBackreference, .backward = backward, .a = node.value, .b = node.value_end});
        break;
      case NodeKind::kModifiers:
        return MakeError(ErrorCode::kInvalidArgument,
                         "regular expression: groups with modifiers are not supported",
                         node.offset);
      case NodeKind::kOr:
        break;  // Alternatives takes it
    }
    return absl::OkStatus();
  }

  absl::Status Group(uint32_t number, bool backward) {
    const Node& node = pattern_.nodes[number];
    if (node.value == 0) return Alternatives(number + 1, node.end, backward);
    const uint32_t first = 2 * node.value;
    Emit({.op = Op::kSave, .a = backward ? first + 1 : first});
    SLUICE_RETURN_IF_ERROR(Alternatives(number + 1, node.end, backward));
    Emit({.op = Op::kSave, .a = backward ? first : first + 1});
    return absl::OkStatus();
  }

  absl::Status Look(uint32_t number) {
    const Node& node = pattern_.nodes[number];
    const uint32_t look = Emit({.op = Op::kLook, .flag = node.negated});
    SLUICE_RETURN_IF_ERROR(Alternatives(number + 1, node.end, node.kind == NodeKind::kLookbehind));
    Emit({.op = Op::kEndLook, .flag = node.negated});
    out_.code_[look].a = Here();
    return absl::OkStatus();
  }

  const Pattern& pattern_;
  BacktrackingRegex& out_;
};

absl::StatusOr<BacktrackingRegex> BacktrackingRegex::Compile(std::string_view pattern,
                                                             MemoryBudget& budget, bool lenient) {
  Pattern parsed;
  SLUICE_RETURN_IF_ERROR(ParseEcmaScript(pattern, {.unicode = true, .lenient = lenient}, &parsed));
  BacktrackingRegex regex;
  SLUICE_RETURN_IF_ERROR(BacktrackingCompiler(parsed, &regex).Run());
  if (!budget.Take(regex.bytes())) {
    return MakeBudgetError(
        Budget::kMemory,
        "the regular expressions need more than 4 MiB together: use fewer or simpler ones");
  }
  return regex;
}

size_t BacktrackingRegex::bytes() const {
  return sizeof(*this) + code_.capacity() * sizeof(Instruction) + sets_.capacity() * sizeof(Set) +
         ranges_.capacity() * sizeof(CodeRange) + references_.capacity() * sizeof(uint32_t);
}

}  // namespace sluice::regex

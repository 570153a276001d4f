#include "sluice/regex/backtracking.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "sluice/base/utf8.h"
#include "sluice/regex/ecmascript_pattern.h"

namespace sluice::regex {
namespace {

constexpr uint32_t kUnset = 0xFFFFFFFF;
constexpr uint32_t kKindShift = 29;
constexpr size_t kFirstEntries = 256;

// What is popped when a way fails.
enum class Kind : uint32_t {
  kChoice,       // another way: on at the address, at the position a
  kUndo,         // the register a was b
  kRunForward,   // one less of a run: it began at a and ended at b
  kRunBackward,  // likewise, towards the text's begin
  kLook,         // nothing in a lookaround matched; b is the one around it
  kNegatedLook,  // likewise, and so on at the address, at the position a
};

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

bool IsWord(char byte) {
  const auto c = static_cast<unsigned char>(byte);
  return absl::ascii_isalnum(c) || c == '_';
}

}  // namespace

// One match of one text.
class BacktrackingMachine {
 public:
  BacktrackingMachine(const BacktrackingRegex& regex, std::string_view text, uint64_t& steps,
                      BacktrackingScratch& scratch)
      : regex_(regex),
        text_(text),
        steps_(steps),
        stack_(scratch.stack_),
        registers_(scratch.registers_),
        max_entries_(scratch.max_bytes_ / sizeof(Entry)) {
    stack_.clear();
    registers_.assign(regex.registers_, kUnset);
  }

  BacktrackingRegex::Match Run() {
    for (size_t start = 0;;) {
      position_ = static_cast<uint32_t>(start);
      address_ = 0;
      if (RunFromHere()) return BacktrackingRegex::Match::kYes;
      if (exhausted_) return BacktrackingRegex::Match::kExhausted;
      if (start >= text_.size() || regex_.only_at_begin_) return BacktrackingRegex::Match::kNo;
      NextCodePoint(text_, &start);
    }
  }

 private:
  using Op = BacktrackingRegex::Op;
  using Instruction = BacktrackingRegex::Instruction;
  using Entry = BacktrackingScratch::Entry;

  // When it returns false, all that was set has been undone.
  bool RunFromHere() {
    while (address_ < regex_.code_.size()) {
      if (!Pay(1)) return false;
      const Instruction& instruction = regex_.code_[address_++];
      if (!Execute(instruction) && !Fail()) return false;
      if (exhausted_) return false;
    }
    return true;
  }

  bool Pay(uint64_t steps) {
    if (steps_ < steps) {
      steps_ = 0;
      exhausted_ = true;
      return false;
    }
    steps_ -= steps;
    return true;
  }

  // False: this way fails.
  bool Execute(const Instruction& instruction) {
    switch (instruction.op) {
      case Op::kCharacter:
        return Next(instruction.backward) == instruction.a;
      case Op::kSet: {
        const std::optional<uint32_t> point = Next(instruction.backward);
        return point.has_value() && regex_.SetHas(regex_.sets_[instruction.a], *point);
      }
      case Op::kRun:
        return TakeRun(instruction);
      case Op::kBegin:
        return position_ == 0;
      case Op::kEnd:
        return position_ == text_.size();
      case Op::kBoundary:
        return IsAtBoundary() != instruction.flag;
      case Op::kSplit:
        Push(Kind::kChoice, instruction.a, position_, 0);
        return true;
      case Op::kJump:
        address_ = instruction.a;
        return true;
      case Op::kSave:
        SetRegister(instruction.a, position_);
        return true;
      case Op::kStartLoop:
        SetRegister(instruction.a, 0);
        return true;
      case Op::kLoop:
        Loop(instruction);
        return true;
      case Op::kIterate:
        SetRegister(instruction.a + 1, position_);
        ForgetCaptures(instruction.b, instruction.c);
        return true;
      case Op::kEndLoop:
        return EndIteration(instruction);
      case Op::kLook:
        EnterLook(instruction);
        return true;
      case Op::kEndLook:
        return LeaveLook(instruction.flag);
      case Op::kBackreference:
        return MatchReference(instruction);
    }
    return false;
  }

  // The code point ahead, or behind, and past it.
  std::optional<uint32_t> Next(bool backward) {
    if (backward) {
      if (position_ == 0) return std::nullopt;
      StepBack();
      size_t end = position_;
      return NextCodePoint(text_, &end);
    }
    if (position_ == text_.size()) return std::nullopt;
    size_t end = position_;
    const uint32_t point = NextCodePoint(text_, &end);
    position_ = static_cast<uint32_t>(end);
    return point;
  }

  void StepBack() {
    do {
      --position_;
    } while (position_ > 0 && IsContinuation(text_[position_]));
  }

  bool TakeRun(const Instruction& instruction) {
    const BacktrackingRegex::Set& set = regex_.sets_[instruction.a];
    uint32_t least_end = position_;
    uint32_t count = 0;
    while (count < instruction.c) {
      const uint32_t before = position_;
      const std::optional<uint32_t> point = Next(instruction.backward);
      if (!point.has_value() || !regex_.SetHas(set, *point)) {
        position_ = before;
        break;
      }
      if (++count == instruction.b) least_end = position_;
      if (!Pay(1)) return false;
    }
    if (count < instruction.b) return false;
    if (position_ != least_end) {
      Push(instruction.backward ? Kind::kRunBackward : Kind::kRunForward, address_, least_end,
           position_);
    }
    return true;
  }

  bool IsAtBoundary() const {
    const bool before = position_ > 0 && IsWord(text_[position_ - 1]);
    const bool after = position_ < text_.size() && IsWord(text_[position_]);
    return before != after;
  }

  void Loop(const Instruction& instruction) {
    const uint32_t count = registers_[instruction.a];
    if (count < instruction.b) return;
    if (count >= instruction.c) {
      address_ = instruction.d;
    } else if (instruction.flag) {
      Push(Kind::kChoice, address_, position_, 0);
      address_ = instruction.d;
    } else {
      Push(Kind::kChoice, instruction.d, position_, 0);
    }
  }

  bool EndIteration(const Instruction& instruction) {
    const uint32_t count = registers_[instruction.a];
    if (count >= instruction.c && registers_[instruction.a + 1] == position_) return false;
    SetRegister(instruction.a, std::min(count + 1, kUnbounded - 1));
    address_ = instruction.b;
    return true;
  }

  void ForgetCaptures(uint32_t first, uint32_t end) {
    if (first == end || !Pay(end - first)) return;
    for (uint32_t i = 2 * first; i < 2 * end; ++i) {
      if (registers_[i] != kUnset) SetRegister(i, kUnset);
    }
  }

  void EnterLook(const Instruction& instruction) {
    const auto outer = look_;
    look_ = static_cast<uint32_t>(stack_.size());
    Push(instruction.flag ? Kind::kNegatedLook : Kind::kLook, instruction.a, position_, outer);
  }

  // What it holds matched. No other way of it is tried; what it captured stays, and is undone
  // when a way from before fails.
  bool LeaveLook(bool negated) {
    const uint32_t base = look_;
    const Entry look = stack_[base];
    if (!Pay(stack_.size() - base)) return false;
    if (negated) {
      while (stack_.size() > base + 1) {
        const Entry& entry = stack_.back();
        if (KindOf(entry) == Kind::kUndo) registers_[entry.a] = entry.b;
        stack_.pop_back();
      }
    } else {
      size_t kept = base;
      for (size_t i = base + 1; i < stack_.size(); ++i) {
        if (KindOf(stack_[i]) == Kind::kUndo) stack_[kept++] = stack_[i];
      }
      stack_.resize(kept);
      position_ = look.a;
    }
    if (negated) stack_.pop_back();
    look_ = look.b;
    return !negated;
  }

  bool MatchReference(const Instruction& instruction) {
    for (uint32_t i = instruction.a; i < instruction.b; ++i) {
      const uint32_t begin = registers_[2 * regex_.references_[i]];
      const uint32_t end = registers_[2 * regex_.references_[i] + 1];
      if (begin == kUnset || end == kUnset) continue;
      const uint32_t size = end - begin;
      if (!Pay(size / 16)) return false;
      const bool fits = instruction.backward ? position_ >= size : text_.size() - position_ >= size;
      if (!fits) return false;
      const uint32_t from = instruction.backward ? position_ - size : position_;
      if (text_.substr(from, size) != text_.substr(begin, size)) return false;
      position_ = instruction.backward ? from : from + size;
      return true;
    }
    return true;
  }

  void SetRegister(uint32_t number, uint32_t value) {
    Push(Kind::kUndo, 0, number, registers_[number]);
    registers_[number] = value;
  }

  void Push(Kind kind, uint32_t address, uint32_t a, uint32_t b) {
    if (stack_.size() == stack_.capacity()) {
      if (stack_.size() >= max_entries_) {
        exhausted_ = true;
        return;
      }
      stack_.reserve(std::min(max_entries_, std::max(kFirstEntries, 2 * stack_.size())));
    }
    stack_.push_back({(static_cast<uint32_t>(kind) << kKindShift) | address, a, b});
  }

  static Kind KindOf(const Entry& entry) {
    return static_cast<Kind>(entry.kind_and_address >> kKindShift);
  }

  // To the latest way not tried yet. False: there is none, or no steps.
  bool Fail() {
    while (!exhausted_ && !stack_.empty() && Pay(1)) {
      const Entry entry = stack_.back();
      stack_.pop_back();
      address_ = entry.kind_and_address & ((1u << kKindShift) - 1);
      switch (KindOf(entry)) {
        case Kind::kUndo:
          registers_[entry.a] = entry.b;
          break;
        case Kind::kLook:
          look_ = entry.b;
          break;
        case Kind::kNegatedLook:
          look_ = entry.b;
          position_ = entry.a;
          return true;
        case Kind::kChoice:
          position_ = entry.a;
          return true;
        case Kind::kRunForward:
        case Kind::kRunBackward:
          ShortenRun(entry);
          return true;
      }
    }
    return false;
  }

  void ShortenRun(const Entry& entry) {
    position_ = entry.b;
    if (KindOf(entry) == Kind::kRunForward) {
      StepBack();
    } else {
      Next(/*backward=*/false);
    }
    if (position_ != entry.a) Push(KindOf(entry), address_, entry.a, position_);
  }

  const BacktrackingRegex& regex_;
  std::string_view text_;
  uint64_t& steps_;
  std::vector<Entry>& stack_;
  std::vector<uint32_t>& registers_;
  size_t max_entries_;
  uint32_t address_ = 0;
  uint32_t position_ = 0;
  uint32_t look_ = kUnset;  // where the innermost lookaround begins on the stack
  bool exhausted_ = false;
};

BacktrackingRegex::Match BacktrackingRegex::MatchesPart(std::string_view text, uint64_t* steps,
                                                        BacktrackingScratch& scratch) const {
  return BacktrackingMachine(*this, text, *steps, scratch).Run();
}

size_t BacktrackingScratch::retained_bytes() const {
  return stack_.capacity() * sizeof(Entry) + registers_.capacity() * sizeof(uint32_t);
}

void BacktrackingScratch::Trim(size_t max_bytes) {
  if (retained_bytes() <= max_bytes) return;
  stack_ = std::vector<Entry>();
  registers_ = std::vector<uint32_t>();
}

}  // namespace sluice::regex

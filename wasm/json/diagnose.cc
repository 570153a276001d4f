#include "sluice/json/diagnose.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#include "sluice/base/utf8.h"

namespace sluice::json {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Which of the open containers are objects, one bit each.
class Containers {
 public:
  bool Allocate(size_t max_depth) {
    bits_.reset(new (std::nothrow) uint8_t[max_depth / 8 + 1]);
    return bits_ != nullptr;
  }
  size_t depth() const { return depth_; }
  void Push(bool object) {
    const uint8_t bit = static_cast<uint8_t>(1 << depth_ % 8);
    uint8_t& byte = bits_[depth_++ / 8];
    byte = static_cast<uint8_t>(object ? byte | bit : byte & ~bit);
  }
  void Pop() { --depth_; }
  bool in_object() const { return (bits_[(depth_ - 1) / 8] >> (depth_ - 1) % 8 & 1) != 0; }

 private:
  std::unique_ptr<uint8_t[]> bits_;
  size_t depth_ = 0;
};

// Reads tokens; each reader returns false when it has set the fault.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Fault fault() const { return fault_; }
  size_t at() const { return at_; }
  bool AtEnd() const { return at_ == text_.size(); }

  bool Fail(FaultKind kind, size_t offset) {
    fault_ = {kind, offset};
    return false;
  }
  bool Fail(FaultKind kind) { return Fail(kind, at_); }

  void SkipBlanks() {
    while (Is(' ') || Is('\n') || Is('\r') || Is('\t')) ++at_;
  }
  bool Is(char c) const { return !AtEnd() && text_[at_] == c; }
  bool Take(char c) {
    if (!Is(c)) return false;
    ++at_;
    return true;
  }

  // `expected` is the fault if no scalar starts here.
  bool Scalar(FaultKind expected) {
    if (AtEnd()) return Fail(expected);
    switch (text_[at_]) {
      case '"':
        return String();
      case 't':
        return Literal("true", FaultKind::kTrue);
      case 'f':
        return Literal("false", FaultKind::kFalse);
      case 'n':
        return Literal("null", FaultKind::kNull);
      default:
        return Is('-') || IsDigit(text_[at_]) ? Number() : Fail(expected);
    }
  }

  bool String() {
    const size_t open = at_++;
    while (!AtEnd()) {
      const uint8_t byte = static_cast<uint8_t>(text_[at_]);
      if (byte == '"') {
        ++at_;
        return true;
      }
      if (byte < 0x20) return Fail(FaultKind::kControlCharacter);
      if (byte == '\\') {
        const size_t length = EscapeLength(text_, at_);
        if (length == 0) {
          return EndsInEscape(text_, at_) ? Fail(FaultKind::kUnclosedString, open)
                                          : Fail(FaultKind::kEscape);
        }
        at_ += length;
      } else if (byte < 0x80) {
        ++at_;
      } else {
        size_t after = at_;
        NextCodePoint(text_, &after);
        if (FindInvalidUtf8(text_.substr(at_, after - at_)) == 0) return Fail(FaultKind::kUtf8);
        at_ = after;
      }
    }
    return Fail(FaultKind::kUnclosedString, open);
  }

 private:
  bool Literal(std::string_view literal, FaultKind broken) {
    for (const char c : literal) {
      if (!Take(c)) return Fail(broken);
    }
    return true;
  }

  bool Number() {
    if (Is('-')) ++at_;
    if (Take('0')) {
      if (!AtEnd() && IsDigit(text_[at_])) return Fail(FaultKind::kLeadingZero);
    } else if (!Digits(FaultKind::kDigit)) {
      return false;
    }
    if (Take('.') && !Digits(FaultKind::kFractionDigit)) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      return Digits(FaultKind::kExponentDigit);
    }
    return true;
  }

  // At least one.
  bool Digits(FaultKind missing) {
    const size_t begin = at_;
    while (!AtEnd() && IsDigit(text_[at_])) ++at_;
    return at_ != begin || Fail(missing);
  }

  std::string_view text_;
  size_t at_ = 0;
  Fault fault_;
};

class Checker {
 public:
  Checker(std::string_view text, size_t max_depth)
      : max_depth_(std::min(max_depth, text.size())), reader_(text) {}

  Fault Run() {
    if (!open_.Allocate(max_depth_)) return {FaultKind::kMemory, 0};
    FaultKind expected = FaultKind::kValue;
    while (Value(&expected) && Next(&expected)) {
    }
    return reader_.fault();
  }

 private:
  // Reads a value; of a container that is not empty only what comes before its first inner value,
  // which is then due. `*expected` is the fault if no value starts here, or there.
  bool Value(FaultKind* expected) {
    for (;;) {
      reader_.SkipBlanks();
      const bool object = reader_.Is('{');
      if (!object && !reader_.Is('[')) return reader_.Scalar(*expected);
      if (open_.depth() == max_depth_) return reader_.Fail(FaultKind::kDepth);
      open_.Push(object);
      reader_.Take(object ? '{' : '[');
      reader_.SkipBlanks();
      if (reader_.Is(object ? '}' : ']')) return true;
      if (object && !Name(FaultKind::kMemberNameOrEnd)) return false;
      *expected = object ? FaultKind::kValue : FaultKind::kElementOrEnd;
    }
  }

  // Reads on to where the next value is due. False for a fault and at the end of the text.
  bool Next(FaultKind* expected) {
    *expected = FaultKind::kValue;
    for (;;) {
      reader_.SkipBlanks();
      if (open_.depth() == 0)
        return reader_.AtEnd() ? false : reader_.Fail(FaultKind::kDocumentEnd);
      const bool object = open_.in_object();
      if (reader_.Take(',')) return !object || Name(FaultKind::kMemberName);
      if (!reader_.Take(object ? '}' : ']')) {
        return reader_.Fail(object ? FaultKind::kCommaOrObjectEnd : FaultKind::kCommaOrArrayEnd);
      }
      open_.Pop();
    }
  }

  bool Name(FaultKind expected) {
    reader_.SkipBlanks();
    if (!reader_.Is('"')) return reader_.Fail(expected);
    if (!reader_.String()) return false;
    reader_.SkipBlanks();
    return reader_.Take(':') || reader_.Fail(FaultKind::kColon);
  }

  size_t max_depth_;
  Reader reader_;
  Containers open_;
};

}  // namespace

Fault FindFault(std::string_view text, uint32_t max_depth) {
  return Checker(text, max_depth).Run();
}

}  // namespace sluice::json

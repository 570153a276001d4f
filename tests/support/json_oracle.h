// A second opinion on JSON: RFC 8259 read out as a recursive descent, one byte at a time, with
// nothing in common with the parser it judges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::test_support {

struct JsonVerdict {
  enum Kind { kValid, kInvalid, kTooDeep };
  Kind kind = kValid;
  size_t offset = 0;  // as json::Document::Parse has it

  bool operator==(const JsonVerdict& other) const {
    return kind == other.kind && (kind == kValid || offset == other.offset);
  }
};

class JsonOracle {
 public:
  JsonOracle(std::string_view text, uint32_t max_depth) : text_(text), max_depth_(max_depth) {}

  JsonVerdict Judge() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") return {JsonVerdict::kInvalid, 0};
    if (Value(0)) {
      Blanks();
      if (at_ != text_.size()) Wrong(at_);
    }
    return verdict_;
  }

 private:
  bool Wrong(size_t offset) {
    verdict_ = {JsonVerdict::kInvalid, offset};
    return false;
  }
  bool Is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool IsDigit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }
  void Blanks() {
    while (Is(' ') || Is('\t') || Is('\n') || Is('\r')) ++at_;
  }
  bool Expect(char c) {
    if (!Is(c)) return Wrong(at_);
    ++at_;
    return true;
  }
  bool Digits() {
    if (!IsDigit()) return Wrong(at_);
    while (IsDigit()) ++at_;
    return true;
  }
  bool Literal(std::string_view literal) {
    for (const char c : literal) {
      if (!Expect(c)) return false;
    }
    return true;
  }

  bool Value(uint32_t depth) {
    Blanks();
    if (Is('{') || Is('[')) {
      if (depth == max_depth_) {
        verdict_ = {JsonVerdict::kTooDeep, at_};
        return false;
      }
      return Is('{') ? Container('}', true, depth) : Container(']', false, depth);
    }
    if (Is('"')) return String();
    if (Is('t')) return Literal("true");
    if (Is('f')) return Literal("false");
    if (Is('n')) return Literal("null");
    if (Is('-') || IsDigit()) return Number();
    return Wrong(at_);
  }

  bool Container(char close, bool named, uint32_t depth) {
    ++at_;
    Blanks();
    if (Is(close)) return ++at_, true;
    for (;;) {
      Blanks();
      if (named) {
        if (!Is('"')) return Wrong(at_);
        if (!String()) return false;
        Blanks();
        if (!Expect(':')) return false;
      }
      if (!Value(depth + 1)) return false;
      Blanks();
      if (Is(close)) return ++at_, true;
      if (!Expect(',')) return false;
    }
  }

  bool Number() {
    if (Is('-')) ++at_;
    if (Is('0')) {
      ++at_;
    } else if (!Digits()) {
      return false;
    }
    if (Is('.') && (++at_, !Digits())) return false;
    if (Is('e') || Is('E')) {
      ++at_;
      if (Is('+') || Is('-')) ++at_;
      return Digits();
    }
    return true;
  }

  bool String() {
    const size_t open = at_++;
    while (at_ < text_.size()) {
      const uint8_t byte = static_cast<uint8_t>(text_[at_]);
      if (byte == '"') return ++at_, true;
      if (byte < 0x20) return Wrong(at_);
      size_t length = 1;
      if (byte == '\\') {
        length = Escape();
        if (length == kUnfinished) return Wrong(open);
      } else if (byte >= 0x80) {
        length = Utf8();
      }
      if (length == 0) return Wrong(at_);
      at_ += length;
    }
    return Wrong(open);
  }

  static constexpr size_t kUnfinished = 99;
  // Length of the escape at at_, 0 if it is none, kUnfinished if the text ends in it.
  size_t Escape() const {
    const std::string_view rest = text_.substr(at_ + 1, 5);
    if (rest.empty()) return kUnfinished;
    if (rest[0] != 'u') {
      return std::string_view("\"\\/bfnrt").find(rest[0]) != std::string_view::npos ? 2 : 0;
    }
    for (const char c : rest.substr(1)) {
      if (std::string_view("0123456789abcdefABCDEF").find(c) == std::string_view::npos) return 0;
    }
    return rest.size() == 5 ? 6 : kUnfinished;
  }

  // Length of the character at at_, 0 if it is none. RFC 3629, section 4.
  size_t Utf8() const {
    auto in = [&](size_t i, uint8_t low, uint8_t high) {
      if (at_ + i >= text_.size()) return false;
      const uint8_t byte = static_cast<uint8_t>(text_[at_ + i]);
      return byte >= low && byte <= high;
    };
    auto tail = [&](size_t i) { return in(i, 0x80, 0xBF); };
    if (in(0, 0xC2, 0xDF) && tail(1)) return 2;
    if (in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF) && tail(2)) return 3;
    if (in(0, 0xE1, 0xEC) && tail(1) && tail(2)) return 3;
    if (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F) && tail(2)) return 3;
    if (in(0, 0xEE, 0xEF) && tail(1) && tail(2)) return 3;
    if (in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF) && tail(2) && tail(3)) return 4;
    if (in(0, 0xF1, 0xF3) && tail(1) && tail(2) && tail(3)) return 4;
    if (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F) && tail(2) && tail(3)) return 4;
    return 0;
  }

  std::string_view text_;
  uint32_t max_depth_;
  size_t at_ = 0;
  JsonVerdict verdict_;
};

}  // namespace sluice::test_support

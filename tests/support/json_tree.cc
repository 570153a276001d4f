#include "json_tree.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace sluice::reference {
namespace {

void AppendCodePoint(uint32_t point, std::string& out) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

class Parser {
 public:
  Parser(std::string_view text, uint32_t max_depth) : text_(text), max_depth_(max_depth) {}

  std::optional<Tree> Run() {
    Tree tree;
    Blanks();
    if (!Value(0, tree)) return std::nullopt;
    Blanks();
    if (at_ != text_.size()) return std::nullopt;
    return tree;
  }

 private:
  bool Eat(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  bool EatOneOf(std::string_view bytes) {
    if (at_ == text_.size() || bytes.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  void Blanks() {
    while (EatOneOf(" \t\n\r")) {
    }
  }
  bool Digits() {
    if (!EatOneOf("0123456789")) return false;
    while (EatOneOf("0123456789")) {
    }
    return true;
  }

  bool Value(uint32_t depth, Tree& tree) {
    const size_t begin = at_;
    if (!Content(depth, tree)) return false;
    tree.raw = std::string(text_.substr(begin, at_ - begin));
    return true;
  }

  bool Content(uint32_t depth, Tree& tree) {
    using Kind = Tree::Kind;
    const auto kind = [&](Kind it) { return tree.kind = it, true; };
    if (Eat("null")) return kind(Kind::kNull);
    if (Eat("false")) return kind(Kind::kFalse);
    if (Eat("true")) return kind(Kind::kTrue);
    if (text_.substr(at_, 1) == "\"") return kind(Kind::kString) && String(tree.text);
    if (Eat("[")) return kind(Kind::kArray) && depth < max_depth_ && Children(depth, "]", tree);
    if (Eat("{")) return kind(Kind::kObject) && depth < max_depth_ && Children(depth, "}", tree);
    return kind(Kind::kNumber) && Number();
  }

  bool Children(uint32_t depth, std::string_view close, Tree& tree) {
    Blanks();
    if (Eat(close)) return true;
    do {
      Blanks();
      if (tree.is_object()) {
        Name name;
        const size_t begin = at_;
        if (!String(name.text)) return false;
        name.raw = std::string(text_.substr(begin, at_ - begin));
        tree.names.push_back(std::move(name));
        Blanks();
        if (!Eat(":")) return false;
        Blanks();
      }
      tree.values.emplace_back();
      if (!Value(depth + 1, tree.values.back())) return false;
      Blanks();
    } while (Eat(","));
    return Eat(close);
  }

  bool Number() {
    Eat("-");
    if (!Eat("0") && !Digits()) return false;
    if (Eat(".") && !Digits()) return false;
    if (!EatOneOf("eE")) return true;
    EatOneOf("+-");
    return Digits();
  }

  bool String(std::string& out) {
    if (!Eat("\"")) return false;
    while (!Eat("\"")) {
      if (at_ == text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) return false;
      if (Eat("\\")) {
        if (!Escape(out)) return false;
      } else if (static_cast<unsigned char>(text_[at_]) < 0x80) {
        out += text_[at_++];
      } else if (!Character(out)) {
        return false;
      }
    }
    return true;
  }

  bool Escape(std::string& out) {
    for (const std::string_view pair : {"\"\"", "\\\\", "//", "b\b", "f\f", "n\n", "r\r", "t\t"}) {
      if (Eat(pair.substr(0, 1))) return out += pair[1], true;
    }
    uint32_t unit = 0;
    if (!Eat("u") || !Hex(unit)) return false;
    if (unit >= 0xD800 && unit < 0xE000) {
      // A high one and a low one are a character; one alone is U+FFFD.
      const size_t before = at_;
      uint32_t low = 0;
      if (unit < 0xDC00 && Eat("\\u") && Hex(low) && low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = before;
        unit = 0xFFFD;
      }
    }
    AppendCodePoint(unit, out);
    return true;
  }

  bool Hex(uint32_t& unit) {
    for (int i = 0; i < 4; ++i) {
      if (at_ == text_.size()) return false;
      const size_t digit = std::string_view("0123456789abcdefABCDEF").find(text_[at_++]);
      if (digit == std::string_view::npos) return false;
      unit = unit * 16 + static_cast<uint32_t>(digit < 16 ? digit : digit - 6);
    }
    return true;
  }

  // A character of two to four bytes: decoded, and refused unless that is its shortest form and no
  // surrogate.
  bool Character(std::string& out) {
    const auto byte = [&](size_t i) -> uint32_t {
      return at_ + i < text_.size() ? static_cast<unsigned char>(text_[at_ + i]) : 0;
    };
    const uint32_t first = byte(0);
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    uint32_t point = first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return false;
      point = point << 6 | (byte(i) & 0x3F);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (first < 0xC0 || first > 0xF7 || point < kSmallest[length] || point > 0x10FFFF) return false;
    if (point >= 0xD800 && point < 0xE000) return false;
    out += text_.substr(at_, length);
    at_ += length;
    return true;
  }

  std::string_view text_;
  uint32_t max_depth_;
  size_t at_ = 0;
};

std::string Quote(std::string_view utf8) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string Write(const Tree& tree, bool compact) {
  if (!tree.is_container() || (!compact && !tree.raw.empty())) return tree.raw;
  std::string out = tree.is_object() ? "{" : "[";
  for (size_t i = 0; i < tree.values.size(); ++i) {
    if (i > 0) out += ',';
    if (tree.is_object()) out += tree.names[i].raw + ':';
    out += Write(tree.values[i], compact);
  }
  return out + (tree.is_object() ? '}' : ']');
}

// A number as sign, digits without zeros at either end, and the exponent of the point before them.
std::string CanonicalNumber(std::string text) {
  constexpr int64_t kFarAway = 100'000'000'000'000'000;
  const bool negative = text[0] == '-';
  if (negative) text.erase(0, 1);
  int64_t exponent = 0;
  if (const size_t e = text.find_first_of("eE"); e != std::string::npos) {
    exponent =
        std::clamp(int64_t{std::strtoll(text.c_str() + e + 1, nullptr, 10)}, -kFarAway, kFarAway);
    text.resize(e);
  }
  const size_t point = std::min(text.find('.'), text.size());
  exponent += static_cast<int64_t>(point);
  text.erase(point, 1);
  const size_t zeros = std::min(text.find_first_not_of('0'), text.size());
  text.erase(0, zeros);
  exponent -= static_cast<int64_t>(zeros);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.empty()) return "0";
  return (negative ? "-" : "+") + text + "@" + std::to_string(exponent);
}

bool SameText(Text how, const std::string& raw, const std::string& text,
              const std::string& actual_raw, const std::string& actual_text) {
  return how == Text::kExact ? raw == actual_raw : text == actual_text;
}

}  // namespace

Tree NullTree() {
  Tree tree;
  tree.raw = "null";
  return tree;
}

Tree EmptyObject() {
  Tree tree;
  tree.kind = Tree::Kind::kObject;
  return tree;
}

Tree MadeString(std::string_view utf8) {
  Tree tree;
  tree.kind = Tree::Kind::kString;
  tree.raw = Quote(utf8);
  tree.how = Text::kDecoded;
  tree.text = std::string(utf8);
  return tree;
}

Name MadeName(std::string_view utf8) { return {Quote(utf8), std::string(utf8), Text::kDecoded}; }

std::optional<Tree> ParseTree(std::string_view text, uint32_t max_depth) {
  return Parser(text, max_depth).Run();
}

std::string TextOf(const Tree& tree) { return Write(tree, false); }
std::string CompactTextOf(const Tree& tree) { return Write(tree, true); }

uint32_t DepthOf(const Tree& tree) {
  uint32_t deepest = 0;
  for (const Tree& value : tree.values) deepest = std::max(deepest, DepthOf(value));
  return deepest + (tree.is_container() ? 1 : 0);
}

bool SameValue(const Tree& left, const Tree& right) {
  if (left.kind != right.kind) return false;
  if (left.kind == Tree::Kind::kNumber) {
    return CanonicalNumber(left.raw) == CanonicalNumber(right.raw);
  }
  if (left.kind == Tree::Kind::kString) return left.text == right.text;
  if (left.is_array()) {
    return std::equal(left.values.begin(), left.values.end(), right.values.begin(),
                      right.values.end(), SameValue);
  }
  std::map<std::string, const Tree*> members;
  std::map<std::string, const Tree*> others;
  for (size_t i = 0; i < left.names.size(); ++i) members[left.names[i].text] = &left.values[i];
  for (size_t i = 0; i < right.names.size(); ++i) others[right.names[i].text] = &right.values[i];
  return std::equal(members.begin(), members.end(), others.begin(), others.end(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first && SameValue(*a.second, *b.second);
                    });
}

bool Matches(const Tree& expected, const Tree& actual) {
  if (expected.kind != actual.kind) return false;
  if (!expected.is_container()) {
    return SameText(expected.how, expected.raw, expected.text, actual.raw, actual.text);
  }
  if (!expected.raw.empty() && expected.raw != actual.raw) return false;
  if (expected.values.size() != actual.values.size()) return false;
  for (size_t i = 0; i < expected.names.size(); ++i) {
    const Name& name = expected.names[i];
    const Name& other = actual.names[i];
    if (!SameText(name.how, name.raw, name.text, other.raw, other.text)) return false;
  }
  return std::equal(expected.values.begin(), expected.values.end(), actual.values.begin(), Matches);
}

int LastNamed(const Tree& object, std::string_view name) {
  for (size_t i = object.names.size(); i > 0; --i) {
    if (object.names[i - 1].text == name) return static_cast<int>(i - 1);
  }
  return -1;
}

}  // namespace sluice::reference

// I-Regexp (RFC 9485): the translation takes exactly what the RFC's grammar has, and what RE2 then
// matches is what a slow matcher over the grammar's own tree matches.
//
// Input: pattern, a NUL, text. An odd first byte: bytes choose the pattern's characters.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/base/status.h"
#include "sluice/base/utf8.h"
#include "sluice/regex/i_regexp.h"

namespace {

using Points = std::vector<uint32_t>;  // code points

Points PointsOf(std::string_view utf8) {
  Points points;
  for (size_t at = 0; at < utf8.size();) points.push_back(sluice::NextCodePoint(utf8, &at));
  return points;
}

struct Node;
using Branch = std::vector<Node>;
struct Node {
  enum class Kind { kCharacters, kGroup, kBegin, kEnd } kind = Kind::kCharacters;
  bool negated = false;
  std::vector<std::pair<uint32_t, uint32_t>> ranges;
  std::vector<Branch> branches;
  uint32_t least = 1;
  uint32_t most = 1;
};

constexpr uint32_t kUnbounded = 0xFFFFFFFF;

// The productions of RFC 9485, section 4. Nothing is returned where the pattern isn't derived.
class Grammar {
 public:
  explicit Grammar(Points pattern) : pattern_(std::move(pattern)) {}

  std::optional<std::vector<Branch>> Run() {
    std::vector<Branch> branches;
    if (!IRegexp(branches) || at_ != pattern_.size()) return std::nullopt;
    return branches;
  }
  // Categories, and ranges from high to low, of which the grammar says nothing.
  bool unsettled() const { return unsettled_; }

 private:
  bool Is(char c) const {
    return at_ < pattern_.size() && pattern_[at_] == static_cast<uint32_t>(c);
  }
  bool Eat(char c) { return Is(c) && ++at_ > 0; }
  bool IsOneOf(std::string_view set) const {
    for (const char c : set) {
      if (Is(c)) return true;
    }
    return false;
  }

  bool IRegexp(std::vector<Branch>& branches) {
    do {
      branches.emplace_back();
      while (at_ < pattern_.size() && !IsOneOf("|)")) {
        if (!Piece(branches.back())) return false;
      }
    } while (Eat('|'));
    return true;
  }

  bool Piece(Branch& branch) {
    Node node;
    if (!Atom(node) || !Quantifier(node)) return false;
    branch.push_back(std::move(node));
    return true;
  }

  bool Atom(Node& node) {
    if (Eat('(')) {
      node.kind = Node::Kind::kGroup;
      return IRegexp(node.branches) && Eat(')');
    }
    if (Eat('.')) {
      node.negated = true;
      node.ranges = {{'\n', '\n'}, {'\r', '\r'}};
      return true;
    }
    if (Eat('[')) return Class(node);
    if (Is('\\')) return Escape(node) || CategoryEscape();
    if (IsOneOf("()*+.?[]{|}")) return false;
    if (Is('^')) node.kind = Node::Kind::kBegin;
    if (Is('$')) node.kind = Node::Kind::kEnd;
    Add(node, pattern_[at_], pattern_[at_]);
    ++at_;
    return true;
  }

  static void Add(Node& node, uint32_t first, uint32_t last) {
    node.ranges.emplace_back(first, last);
  }

  bool Quantifier(Node& node) {
    if (Eat('*')) return Bounds(node, 0, kUnbounded);
    if (Eat('+')) return Bounds(node, 1, kUnbounded);
    if (Eat('?')) return Bounds(node, 0, 1);
    if (!Eat('{')) return true;
    uint32_t least = 0;
    if (!Number(&least)) return false;
    uint32_t most = least;
    if (Eat(',')) {
      most = 0;
      if (Is('}')) {
        most = kUnbounded;
      } else if (!Number(&most)) {
        return false;
      }
    }
    if (most < least) unsettled_ = true;
    return Eat('}') && Bounds(node, least, most);
  }
  static bool Bounds(Node& node, uint32_t least, uint32_t most) {
    node.least = least;
    node.most = most;
    return true;
  }

  bool Number(uint32_t* number) {
    const size_t begin = at_;
    for (; IsOneOf("0123456789"); ++at_) {
      if (*number < 100'000) *number = *number * 10 + (pattern_[at_] - '0');
    }
    return at_ > begin;
  }

  bool Escape(Node& node) {
    const size_t begin = at_++;
    if (IsOneOf("()*+-.?[\\]^nrt{|}")) {
      const uint32_t c = pattern_[at_++];
      const uint32_t meant = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
      Add(node, meant, meant);
      return true;
    }
    at_ = begin;
    return false;
  }

  bool CategoryEscape() {
    if (!Eat('\\') || (!Eat('p') && !Eat('P')) || !Eat('{')) return false;
    unsettled_ = true;
    static constexpr std::string_view kGroups[] = {"Llmotu", "Mcen",  "Ndlo", "Pcdefios",
                                                   "Zlps",   "Sckmo", "Ccfno"};
    for (const std::string_view group : kGroups) {
      if (!Eat(group[0])) continue;
      if (IsOneOf(group.substr(1))) ++at_;
      return Eat('}');
    }
    return false;
  }

  // "[" [ "^" ] ( "-" / CCE1 ) *CCE1 [ "-" ] "]"
  bool Class(Node& node) {
    node.negated = Eat('^');
    if (Eat('-')) {
      Add(node, '-', '-');
    } else if (!ClassPart(node)) {
      return false;
    }
    while (!IsOneOf("-]")) {
      if (!ClassPart(node)) return false;
    }
    if (Eat('-')) Add(node, '-', '-');
    return Eat(']');
  }

  bool ClassPart(Node& node) {
    if (Is('\\')) {
      const size_t begin = at_;
      if (CategoryEscape()) return true;
      at_ = begin;
    }
    uint32_t first = 0;
    if (!ClassCharacter(&first)) return false;
    uint32_t last = first;
    const bool dash_is_last = at_ + 1 < pattern_.size() && pattern_[at_ + 1] == ']';
    if (!dash_is_last && Eat('-') && !ClassCharacter(&last)) return false;
    if (last < first) unsettled_ = true;
    Add(node, first, last);
    return true;
  }

  bool ClassCharacter(uint32_t* c) {
    Node escaped;
    if (Is('\\')) {
      if (!Escape(escaped)) return false;
      *c = escaped.ranges[0].first;
      return true;
    }
    if (at_ == pattern_.size() || IsOneOf("-[]")) return false;
    *c = pattern_[at_++];
    return true;
  }

  Points pattern_;
  size_t at_ = 0;
  bool unsettled_ = false;
};

using Places = std::set<size_t>;

class Matcher {
 public:
  explicit Matcher(Points text) : text_(std::move(text)) {}

  Places After(const std::vector<Branch>& branches, const Places& from) {
    Places to;
    for (const Branch& branch : branches) {
      Places at = from;
      for (const Node& node : branch) at = Repeat(node, at);
      to.insert(at.begin(), at.end());
    }
    return to;
  }
  size_t size() const { return text_.size(); }

 private:
  Places Repeat(const Node& node, const Places& from) {
    Places all = node.least == 0 ? from : Places();
    Places at = from;
    std::set<Places> seen;
    for (uint32_t i = 1; i <= node.most && !at.empty(); ++i) {
      at = Once(node, at);
      if (i < node.least) continue;
      all.insert(at.begin(), at.end());
      if (!seen.insert(at).second) break;
    }
    return all;
  }

  Places Once(const Node& node, const Places& from) {
    if (node.kind == Node::Kind::kGroup) return After(node.branches, from);
    Places to;
    for (const size_t at : from) {
      if (node.kind == Node::Kind::kBegin || node.kind == Node::Kind::kEnd) {
        if (at == (node.kind == Node::Kind::kBegin ? 0 : text_.size())) to.insert(at);
        continue;
      }
      if (at == text_.size()) continue;
      bool inside = false;
      for (const auto& [first, last] : node.ranges) {
        inside = inside || (first <= text_[at] && text_[at] <= last);
      }
      if (inside != node.negated) to.insert(at + 1);
    }
    return to;
  }

  Points text_;
};

void Check(bool ok, const char* what, std::string_view pattern, std::string_view text) {
  if (ok) return;
  std::fprintf(stderr, "%s\npattern: %.*s\ntext: %.*s\n", what, static_cast<int>(pattern.size()),
               pattern.data(), static_cast<int>(text.size()), text.data());
  std::abort();
}

std::string Chosen(std::string_view bytes) {
  static constexpr std::string_view kParts[] = {"a",
                                                "b",
                                                "c",
                                                "(",
                                                ")",
                                                "|",
                                                "*",
                                                "+",
                                                "?",
                                                "{1,2}",
                                                "{2}",
                                                "{0,}",
                                                "[",
                                                "]",
                                                "[^",
                                                "-",
                                                ".",
                                                "\\",
                                                "n",
                                                "^",
                                                "$",
                                                "\xC3\xA9",
                                                "\xF0\x9F\x98\x80",
                                                "\\n",
                                                "\\-",
                                                "a-c",
                                                "{",
                                                "}",
                                                ",",
                                                "\\p{L}",
                                                "(a|b)",
                                                "[a-b]"};
  std::string pattern;
  for (const char byte : bytes) pattern += kParts[static_cast<unsigned char>(byte) % 32];
  return pattern;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 200) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t split = input.find('\0');
  if (split == std::string_view::npos) return 0;
  std::string pattern(input.substr(0, split));
  if ((data[0] & 1) != 0) pattern = Chosen(pattern);
  const std::string_view text = input.substr(split + 1);
  if (sluice::FindInvalidUtf8(pattern) != pattern.size()) return 0;
  if (sluice::FindInvalidUtf8(text) != text.size()) return 0;

  Grammar grammar(PointsOf(pattern));
  const std::optional<std::vector<Branch>> tree = grammar.Run();
  if (grammar.unsettled()) {
    // Not compiled: large classes take RE2 long.
    std::string translated;
    sluice::regex::TranslateIRegexp(pattern, &translated).IgnoreError();
    return 0;
  }
  sluice::regex::MemoryBudget budget;
  const sluice::regex::Regex regex = sluice::regex::CompileIRegexp(pattern, budget);
  if (sluice::ErrorCodeOf(regex.status()) == sluice::ErrorCode::kBudgetExceeded) return 0;
  Check(tree.has_value() == regex.ok(), "another verdict than the grammar's", pattern, text);
  if (!tree) return 0;

  Matcher matcher(PointsOf(text));
  const bool whole = matcher.After(*tree, {0}).contains(matcher.size());
  Check(regex.MatchesWhole(text) == whole, "another match of the whole", pattern, text);
  Places anywhere;
  for (size_t i = 0; i <= matcher.size(); ++i) anywhere.insert(i);
  const bool part = !matcher.After(*tree, anywhere).empty();
  Check(regex.MatchesPart(text) == part, "another match of a part", pattern, text);
  return 0;
}

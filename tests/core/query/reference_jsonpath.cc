#include "reference_jsonpath.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "sluice/base/utf8.h"
#include "sluice/regex/i_regexp.h"

namespace sluice::query {
namespace {

using json::Kind;
using json::Value;
using Nodes = std::vector<Value>;

struct Expr;

struct Selector {
  char kind;  // n name, * wildcard, i index, s slice, ? filter
  std::string name;
  std::optional<int64_t> start, end, step;
  std::shared_ptr<Expr> filter;
};

struct Segment {
  bool descendant = false;
  std::vector<Selector> selectors;
};

struct Query {
  bool absolute = false;
  std::vector<Segment> segments;
};

struct Expr {
  std::string
      op;  // || && ! == != < <= > >= exists, a function's name, string number true false null
  std::vector<std::shared_ptr<Expr>> parts;
  Query query;
  std::string text;
};

// A value in a comparison: nothing, a node, or text of a kind.
struct Operand {
  char kind = '-';  // - nothing, v node, s string, n number, t f 0
  Value node;
  std::string text;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::shared_ptr<Expr> ParseExpression() {
    Blanks();
    return Or();
  }

  Query ParseQuery() {
    Query query;
    query.absolute = text_[at_++] == '$';
    while (true) {
      const size_t before = at_;
      Blanks();
      if (Peek() != '.' && Peek() != '[') {
        at_ = before;
        return query;
      }
      query.segments.push_back(ParseSegment());
    }
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Eat(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void Blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(Peek()) < 4) ++at_;
  }
  std::string While(std::string_view allowed, bool high = false) {
    std::string out;
    while (at_ < text_.size() && (allowed.find(Peek()) != std::string_view::npos ||
                                  (high && static_cast<unsigned char>(Peek()) >= 0x80))) {
      out.push_back(text_[at_++]);
    }
    return out;
  }
  static constexpr std::string_view kName =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

  Segment ParseSegment() {
    Segment segment;
    if (Eat("..")) segment.descendant = true;
    const bool dot = segment.descendant || Eat(".");
    if (Eat("[")) {
      do {
        Blanks();
        segment.selectors.push_back(ParseSelector());
        Blanks();
      } while (Eat(","));
      Eat("]");
    } else if (dot) {
      if (Eat("*")) {
        segment.selectors.push_back({'*', {}, {}, {}, {}, {}});
      } else {
        segment.selectors.push_back({'n', While(kName, true), {}, {}, {}, {}});
      }
    }
    return segment;
  }

  Selector ParseSelector() {
    Selector selector = {};
    if (Peek() == '\'' || Peek() == '"') {
      selector.kind = 'n';
      selector.name = String();
    } else if (Eat("*")) {
      selector.kind = '*';
    } else if (Eat("?")) {
      selector.kind = '?';
      Blanks();
      selector.filter = Or();
    } else {
      selector.kind = 'i';
      selector.start = Integer();
      Blanks();
      if (Eat(":")) {
        selector.kind = 's';
        Blanks();
        selector.end = Integer();
        Blanks();
        if (Eat(":")) {
          Blanks();
          selector.step = Integer();
        }
      }
    }
    return selector;
  }

  std::optional<int64_t> Integer() {
    const std::string digits = While("-0123456789");
    if (digits.empty()) return std::nullopt;
    return std::strtoll(digits.c_str(), nullptr, 10);
  }

  std::string String() {
    const char quote = text_[at_++];
    std::string out;
    while (Peek() != quote) {
      if (!Eat("\\")) {
        out.push_back(text_[at_++]);
        continue;
      }
      const char c = text_[at_++];
      const size_t known = std::string_view("bfnrt").find(c);
      if (c == 'u') {
        uint32_t unit = Hex();
        if (unit >= 0xD800 && unit < 0xDC00 && Eat("\\u")) {
          unit = 0x10000 + ((unit - 0xD800) << 10) + (Hex() - 0xDC00);
        }
        AppendUtf8(unit, &out);
      } else {
        out.push_back(known < 5 ? "\b\f\n\r\t"[known] : c);
      }
    }
    ++at_;
    return out;
  }

  uint32_t Hex() {
    const std::string digits(text_.substr(at_, 4));
    at_ += 4;
    return static_cast<uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
  }

  static std::shared_ptr<Expr> Make(std::string op, std::vector<std::shared_ptr<Expr>> parts = {}) {
    auto expr = std::make_shared<Expr>();
    expr->op = std::move(op);
    expr->parts = std::move(parts);
    return expr;
  }

  std::shared_ptr<Expr> Or() {
    auto left = And();
    for (Blanks(); Eat("||"); Blanks()) {
      Blanks();
      left = Make("||", {left, And()});
    }
    return left;
  }

  std::shared_ptr<Expr> And() {
    auto left = Basic();
    for (Blanks(); Eat("&&"); Blanks()) {
      Blanks();
      left = Make("&&", {left, Basic()});
    }
    return left;
  }

  std::shared_ptr<Expr> Basic() {
    if (Eat("!")) {
      Blanks();
      return Make("!", {Basic()});
    }
    if (Eat("(")) {
      Blanks();
      auto inner = Or();
      Blanks();
      Eat(")");
      return inner;
    }
    auto left = Primary();
    const size_t before = at_;
    Blanks();
    for (const char* op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (Eat(op)) {
        Blanks();
        return Make(op, {left, Primary()});
      }
    }
    at_ = before;
    return left;
  }

  std::shared_ptr<Expr> Primary() {
    const char c = Peek();
    if (c == '$' || c == '@') {
      auto expr = Make("query");
      expr->query = ParseQuery();
      return expr;
    }
    if (c == '\'' || c == '"') {
      auto expr = Make("string");
      expr->text = String();
      return expr;
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      auto expr = Make("number");
      expr->text = While("-+.eE0123456789");
      return expr;
    }
    auto expr = Make(While(kName));
    if (Eat("(")) {
      do {
        Blanks();
        expr->parts.push_back(Primary());
        Blanks();
      } while (Eat(","));
      Eat(")");
    }
    return expr;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Decimal compared by padding: sign, digits, exponent of the last digit.
int CompareDecimals(const std::string& a, const std::string& b) {
  const auto split = [](std::string text, bool* negative, int64_t* exponent) {
    *negative = text[0] == '-';
    if (*negative) text.erase(0, 1);
    const size_t e = std::min(text.find_first_of("eE"), text.size());
    *exponent = e < text.size() ? std::atoll(text.substr(e + 1).c_str()) : 0;
    text.resize(e);
    if (const size_t dot = text.find('.'); dot != std::string::npos) {
      *exponent -= static_cast<int64_t>(text.size() - dot - 1);
      text.erase(dot, 1);
    }
    text.erase(0, text.find_first_not_of('0'));
    return text;
  };
  bool a_negative, b_negative;
  int64_t a_exponent, b_exponent;
  std::string x = split(a, &a_negative, &a_exponent);
  std::string y = split(b, &b_negative, &b_exponent);
  if (x.empty() && y.empty()) return 0;
  if (x.empty()) return b_negative ? 1 : -1;
  if (y.empty()) return a_negative ? -1 : 1;
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const int sign = a_negative ? -1 : 1;
  const int64_t x_top = a_exponent + static_cast<int64_t>(x.size());
  const int64_t y_top = b_exponent + static_cast<int64_t>(y.size());
  if (x_top != y_top) return x_top < y_top ? -sign : sign;
  const size_t size = std::max(x.size(), y.size());
  x.resize(size, '0');
  y.resize(size, '0');
  return x < y ? -sign : (x == y ? 0 : sign);
}

std::string Decoded(Value string) {
  std::string scratch;
  return std::string(string.string(&scratch));
}

bool DeepEqual(Value a, Value b) {
  if (a.kind() != b.kind()) return false;
  if (a.is(Kind::kNumber)) {
    return CompareDecimals(std::string(a.raw()), std::string(b.raw())) == 0;
  }
  if (a.is(Kind::kString)) return Decoded(a) == Decoded(b);
  if (a.is(Kind::kArray)) {
    Nodes x, y;
    for (const Value e : json::Elements(a)) x.push_back(e);
    for (const Value e : json::Elements(b)) y.push_back(e);
    if (x.size() != y.size()) return false;
    for (size_t i = 0; i < x.size(); ++i) {
      if (!DeepEqual(x[i], y[i])) return false;
    }
    return true;
  }
  if (a.is(Kind::kObject)) {
    std::map<std::string, Value> x, y;
    for (const json::Member m : json::Members(a)) x[Decoded(m.key)] = m.value;
    for (const json::Member m : json::Members(b)) y[Decoded(m.key)] = m.value;
    if (x.size() != y.size()) return false;
    for (const auto& [name, value] : x) {
      const auto other = y.find(name);
      if (other == y.end() || !DeepEqual(value, other->second)) return false;
    }
  }
  return true;
}

class Evaluator {
 public:
  Evaluator(const json::Document& document, size_t max_nodes, Duplicates duplicates)
      : root_(document.root()), max_nodes_(max_nodes), duplicates_(duplicates) {}

  bool too_many() const { return too_many_; }

  Nodes Run(const Query& query, Value current) {
    Nodes nodes = {query.absolute ? root_ : current};
    for (const Segment& segment : query.segments) {
      Nodes next;
      for (const Value node : nodes) {
        Nodes visited;
        if (segment.descendant) {
          Descendants(node, &visited);
        } else {
          visited.push_back(node);
        }
        for (const Value at : visited) {
          for (const Selector& selector : segment.selectors) Select(selector, at, &next);
        }
        if (next.size() > max_nodes_) too_many_ = true;
        if (too_many_) return {};
      }
      nodes = next;
    }
    return nodes;
  }

  bool Holds(const Expr& e, Value current) {
    if (e.op == "||") return Holds(*e.parts[0], current) || Holds(*e.parts[1], current);
    if (e.op == "&&") return Holds(*e.parts[0], current) && Holds(*e.parts[1], current);
    if (e.op == "!") return !Holds(*e.parts[0], current);
    if (e.op == "query") return !Run(e.query, current).empty();
    const Operand a = Evaluate(*e.parts[0], current);
    const Operand b = Evaluate(*e.parts[1], current);
    if (e.op == "match" || e.op == "search") {
      if (KindOf(a) != 's' || KindOf(b) != 's') return false;
      regex::MemoryBudget budget;
      const regex::Regex regex = regex::CompileIRegexp(TextOf(b), budget);
      return e.op == "match" ? regex.MatchesWhole(TextOf(a)) : regex.MatchesPart(TextOf(a));
    }
    if (e.op == "==") return Equal(a, b);
    if (e.op == "!=") return !Equal(a, b);
    if (e.op == "<") return Less(a, b);
    if (e.op == ">") return Less(b, a);
    if (e.op == "<=") return Less(a, b) || Equal(a, b);
    return Less(b, a) || Equal(a, b);
  }

 private:
  static Nodes ChildrenOf(Value node) {
    Nodes children;
    for (const Value e : json::Elements(node)) children.push_back(e);
    for (const json::Member m : json::Members(node)) children.push_back(m.value);
    return children;
  }

  static void Descendants(Value node, Nodes* out) {
    out->push_back(node);
    for (const Value child : ChildrenOf(node)) Descendants(child, out);
  }

  void Select(const Selector& selector, Value node, Nodes* out) {
    const Nodes children = ChildrenOf(node);
    const int64_t length = static_cast<int64_t>(children.size());
    const auto at = [&](int64_t i) { return children[static_cast<size_t>(i)]; };
    if (selector.kind == '*') out->insert(out->end(), children.begin(), children.end());
    if (selector.kind == 'n' && node.is(Kind::kObject)) {
      Value found;
      for (const json::Member m : json::Members(node)) {
        if (Decoded(m.key) != selector.name) continue;
        if (duplicates_ == Duplicates::kEvery && found.present()) out->push_back(found);
        found = m.value;
      }
      if (found.present()) out->push_back(found);
    }
    if (selector.kind == '?') {
      for (const Value child : children) {
        if (Holds(*selector.filter, child)) out->push_back(child);
      }
    }
    if (!node.is(Kind::kArray)) return;
    if (selector.kind == 'i') {
      const int64_t i = *selector.start < 0 ? length + *selector.start : *selector.start;
      if (i >= 0 && i < length) out->push_back(at(i));
    }
    if (selector.kind == 's') {
      const int64_t step = selector.step.value_or(1);
      if (step == 0) return;
      const auto normal = [&](int64_t i) { return i >= 0 ? i : length + i; };
      const int64_t start = normal(selector.start.value_or(step > 0 ? 0 : length - 1));
      const int64_t end = selector.end ? normal(*selector.end) : (step > 0 ? length : -1);
      for (int64_t i = 0; i < length; ++i) {  // each index, asked whether it is in the slice
        const int64_t k = step > 0 ? i : length - 1 - i;
        const int64_t first = step > 0 ? std::clamp<int64_t>(start, 0, length)
                                       : std::clamp<int64_t>(start, -1, length - 1);
        const bool inside = step > 0 ? k >= first && k < end : k <= first && k > end;
        if (inside && (k - first) % step == 0) out->push_back(at(k));
      }
    }
  }

  Operand Evaluate(const Expr& e, Value current) {
    if (e.op == "string") return {'s', {}, e.text};
    if (e.op == "number") return {'n', {}, e.text};
    if (e.op == "true") return {'t', {}, ""};
    if (e.op == "false") return {'f', {}, ""};
    if (e.op == "null") return {'0', {}, ""};
    if (e.op == "length") {
      const Operand of = Evaluate(*e.parts[0], current);
      if (KindOf(of) == 's') {
        int count = 0;
        const std::string text = TextOf(of);
        for (size_t at = 0; at < text.size(); ++count) NextCodePoint(text, &at);
        return {'n', {}, std::to_string(count)};
      }
      if (KindOf(of) == 'a' || KindOf(of) == 'o') return {'n', {}, std::to_string(of.node.size())};
      return {};
    }
    const Query& query = e.op == "query" ? e.query : e.parts[0]->query;
    const Nodes nodes = Run(query, current);
    if (e.op == "count") return {'n', {}, std::to_string(nodes.size())};
    if (nodes.size() != 1) return {};
    return {'v', nodes[0], ""};
  }

  static char KindOf(const Operand& o) {
    return o.kind == 'v' ? "0ftnsao"[static_cast<int>(o.node.kind())] : o.kind;
  }
  static std::string TextOf(const Operand& o) {
    if (o.kind != 'v') return o.text;
    return KindOf(o) == 's' ? Decoded(o.node) : std::string(o.node.raw());
  }
  static bool Equal(const Operand& a, const Operand& b) {
    const char kind = KindOf(a);
    if (kind != KindOf(b)) return false;
    if (kind == 's') return TextOf(a) == TextOf(b);
    if (kind == 'n') return CompareDecimals(TextOf(a), TextOf(b)) == 0;
    return (kind != 'a' && kind != 'o') || DeepEqual(a.node, b.node);
  }
  static bool Less(const Operand& a, const Operand& b) {
    const char kind = KindOf(a);
    if (kind != KindOf(b)) return false;
    if (kind == 's') return TextOf(a) < TextOf(b);
    return kind == 'n' && CompareDecimals(TextOf(a), TextOf(b)) < 0;
  }

  Value root_;
  size_t max_nodes_;
  Duplicates duplicates_;
  bool too_many_ = false;
};

}  // namespace

std::optional<std::vector<uint32_t>> ReferenceJsonPath(std::string_view text,
                                                       const json::Document& document,
                                                       size_t max_nodes, Duplicates duplicates) {
  Evaluator evaluator(document, max_nodes, duplicates);
  std::vector<uint32_t> indices;
  for (const Value node : evaluator.Run(Parser(text).ParseQuery(), document.root())) {
    indices.push_back(node.index());
  }
  if (evaluator.too_many()) return std::nullopt;
  return indices;
}

std::optional<bool> ReferenceCondition(std::string_view expression, const json::Document& document,
                                       size_t max_nodes) {
  Evaluator evaluator(document, max_nodes, Duplicates::kLast);
  const bool holds = evaluator.Holds(*Parser(expression).ParseExpression(), document.root());
  if (evaluator.too_many()) return std::nullopt;
  return holds;
}

}  // namespace sluice::query

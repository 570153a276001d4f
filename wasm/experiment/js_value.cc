#include "sluice/experiment/js_value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sluice/base/bytes.h"
#include "sluice/base/utf8.h"
#include "sluice/json/number.h"
#include "sluice/json/writer.h"

namespace sluice::experiment {
namespace {

using json::Kind;

constexpr std::string_view kObjectText = "[object Object]";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendNumber(double number, std::string* out) {
  if (std::isinf(number)) {
    out->append(number < 0 ? "-Infinity" : "Infinity");
    return;
  }
  OutputBuffer buffer(64);
  json::Writer(buffer).Double(number);
  out->append(buffer.text());
}

void AppendText(const JsValue& value, std::string* out) {
  switch (value.kind) {
    case Kind::kNull:
      out->append("null");
      return;
    case Kind::kFalse:
      out->append("false");
      return;
    case Kind::kTrue:
      out->append("true");
      return;
    case Kind::kNumber:
      return AppendNumber(value.number, out);
    case Kind::kString:
      out->append(value.text);
      return;
    case Kind::kObject:
      out->append(kObjectText);
      return;
    case Kind::kArray:
      return;
  }
}

// Array.prototype.join, which flattens arrays within arrays: one walk along the tape.
void AppendJoined(json::Value array, std::string* out) {
  const json::Document& document = *array.document();
  const absl::Span<const json::Node> nodes = document.nodes();
  const uint32_t end = nodes[array.index()].next;
  std::string decoded;
  for (uint32_t i = array.index() + 1; i < end;) {
    const bool first = nodes[i - 1].kind() == Kind::kArray && nodes[i - 1].next > i;
    if (!first) out->push_back(',');
    const json::Value element(&document, i);
    if (element.kind() == Kind::kArray && nodes[i].next > i + 1) {
      ++i;
      continue;
    }
    if (element.kind() != Kind::kNull) AppendText(LoadValue(element, &decoded), out);
    i = nodes[i].next;
  }
}

bool IsSpace(uint32_t point) {
  return (point >= 9 && point <= 13) || point == ' ' || point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
         point == 0x202F || point == 0x205F || point == 0x3000 || point == 0xFEFF;
}

double NotANumber() { return std::numeric_limits<double>::quiet_NaN(); }

// The digits behind 0x, 0o or 0b. Beyond 53 bits this rounds at every digit, where JavaScript
// rounds once.
double ReadRadix(std::string_view digits, uint32_t radix) {
  if (digits.empty()) return NotANumber();
  double value = 0;
  for (const char c : digits) {
    const char lower = static_cast<char>(c | 0x20);
    const uint32_t digit = IsDigit(c)                     ? static_cast<uint32_t>(c - '0')
                           : lower >= 'a' && lower <= 'f' ? static_cast<uint32_t>(lower - 'a' + 10)
                                                          : 99;
    if (digit >= radix) return NotANumber();
    value = value * radix + digit;
  }
  return value;
}

// StrDecimalLiteral without its sign, as JSON has it ("5." and ".5" and "007" are no JSON numbers);
// empty if it is none.
std::string ToJsonNumber(std::string_view text) {
  std::string number;
  size_t at = 0;
  const auto digits = [&](std::string* to) {
    const size_t begin = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    to->append(text.substr(begin, at - begin));
    return at > begin;
  };
  const bool whole = digits(&number);
  number.erase(0, std::min(number.find_first_not_of('0'), number.size()));
  if (number.empty()) number = "0";
  if (at < text.size() && text[at] == '.') {
    ++at;
    std::string fraction;
    if (!digits(&fraction) && !whole) return {};
    if (!fraction.empty()) number.append(".").append(fraction);
  } else if (!whole) {
    return {};
  }
  if (at < text.size() && (text[at] | 0x20) == 'e') {
    number.push_back('e');
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) number.push_back(text[at++]);
    if (!digits(&number)) return {};
  }
  return at == text.size() ? number : std::string();
}

Order CompareNumbers(double x, double y) {
  if (x < y) return Order::kLess;
  if (x > y) return Order::kGreater;
  return x == y ? Order::kEqual : Order::kUnordered;
}

bool SameNode(json::Value x, json::Value y) {
  if (x.kind() != y.kind() || x.size() != y.size()) {
    // JSON.stringify has no infinities.
    const auto is_null = [](json::Value v) {
      return v.kind() == Kind::kNull ||
             (v.kind() == Kind::kNumber && std::isinf(json::ToDouble(v)));
    };
    return is_null(x) && is_null(y);
  }
  if (x.kind() == Kind::kNumber) return json::ToDouble(x) == json::ToDouble(y);
  if (x.kind() != Kind::kString) return true;
  if (!y.has_escapes()) return x.StringEquals(y.raw_string());
  if (!x.has_escapes()) return y.StringEquals(x.raw_string());
  std::string decoded;
  return x.StringEquals(y.string(&decoded));
}

// The parts of a version: between dots and hyphens, without a leading v and what follows a plus.
std::string_view WithoutBuild(std::string_view version) {
  if (version.starts_with("v")) version.remove_prefix(1);
  // As the SDK's /\+.*$/: the first plus with no line terminator behind it.
  size_t from = 0;
  for (size_t i = 0; i < version.size(); ++i) {
    const bool ends_line = version[i] == '\n' || version[i] == '\r' ||
                           version.substr(i).starts_with("\xE2\x80\xA8") ||
                           version.substr(i).starts_with("\xE2\x80\xA9");
    if (ends_line) from = i;
  }
  return version.substr(0, version.find('+', from));
}

void AppendVersionPart(std::string_view part, std::string* out) {
  constexpr size_t kWidth = 5;
  if (!part.empty() && part.size() < kWidth && std::all_of(part.begin(), part.end(), IsDigit)) {
    out->append(kWidth - part.size(), ' ');
  }
  out->append(part);
}

}  // namespace

JsValue LoadValue(json::Value value, std::string* scratch) {
  JsValue loaded;
  if (!value.present()) return loaded;
  loaded.kind = value.kind();
  loaded.json = value;
  if (loaded.kind == Kind::kString) {
    loaded.text = value.string(scratch);
  } else if (loaded.kind == Kind::kNumber) {
    loaded.number = json::ToDouble(value);
  }
  return loaded;
}

JsValue NumberValue(double number) {
  JsValue value;
  value.kind = Kind::kNumber;
  value.number = number;
  return value;
}

bool IsTruthy(const JsValue& value) {
  switch (value.kind) {
    case Kind::kNull:
    case Kind::kFalse:
      return false;
    case Kind::kNumber:
      return value.number != 0;
    case Kind::kString:
      return !value.text.empty();
    default:
      return true;
  }
}

std::string_view ToText(const JsValue& value, std::string* scratch) {
  if (value.kind == Kind::kString) return value.text;
  scratch->clear();
  if (value.kind == Kind::kArray) {
    AppendJoined(value.json, scratch);
  } else {
    AppendText(value, scratch);
  }
  return *scratch;
}

std::string_view ToKeyText(const JsValue& value, std::string* scratch) {
  const bool written = value.kind == Kind::kArray || value.kind == Kind::kObject;
  return written ? value.json.raw() : ToText(value, scratch);
}

std::string_view TrimSpace(std::string_view text) {
  size_t at = 0;
  size_t begin = 0;
  while (at < text.size() && IsSpace(NextCodePoint(text, &at))) begin = at;
  text.remove_prefix(begin);
  size_t end = text.size();
  while (end > 0) {
    size_t start = end - 1;
    while (start > 0 && (static_cast<uint8_t>(text[start]) & 0xC0) == 0x80) --start;
    size_t position = start;
    if (!IsSpace(NextCodePoint(text, &position))) break;
    end = start;
  }
  return text.substr(0, end);
}

double TextToNumber(std::string_view text) {
  text = TrimSpace(text);
  if (text.empty()) return 0;
  if (text.size() > 2 && text[0] == '0') {
    const char kind = static_cast<char>(text[1] | 0x20);
    const uint32_t radix = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    if (radix > 0) return ReadRadix(text.substr(2), radix);
  }
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  double value = std::numeric_limits<double>::infinity();
  if (text != "Infinity") {
    const std::string number = ToJsonNumber(text);
    if (number.empty()) return NotANumber();
    value = json::ToDouble(number);
  }
  return negative ? -value : value;
}

double ToNumber(const JsValue& value, std::string* scratch) {
  switch (value.kind) {
    case Kind::kNull:
    case Kind::kFalse:
      return 0;
    case Kind::kTrue:
      return 1;
    case Kind::kNumber:
      return value.number;
    default:
      return TextToNumber(ToText(value, scratch));
  }
}

Order CompareText(std::string_view x, std::string_view y) {
  const size_t common = std::min(x.size(), y.size());
  size_t at = 0;
  while (at < common && x[at] == y[at]) ++at;
  if (at == common) {
    return x.size() == y.size() ? Order::kEqual
                                : (x.size() < y.size() ? Order::kLess : Order::kGreater);
  }
  const uint8_t a = static_cast<uint8_t>(x[at]);
  const uint8_t b = static_cast<uint8_t>(y[at]);
  // What takes four bytes is a surrogate pair, which sorts before U+E000 and up (EE and EF).
  const bool a_is_pair = a >= 0xF0 && b >= 0xEE && b <= 0xEF;
  const bool b_is_pair = b >= 0xF0 && a >= 0xEE && a <= 0xEF;
  if (a_is_pair || b_is_pair) return a_is_pair ? Order::kLess : Order::kGreater;
  return a < b ? Order::kLess : Order::kGreater;
}

Order CompareWithText(const JsValue& value, std::string_view text, std::string* scratch) {
  const bool is_text = value.kind >= Kind::kString;
  if (is_text) return CompareText(ToText(value, scratch), text);
  return CompareNumbers(ToNumber(value, scratch), TextToNumber(text));
}

Order CompareWithNumber(const JsValue& value, double number, std::string* scratch) {
  return CompareNumbers(ToNumber(value, scratch), number);
}

bool SameJson(json::Value x, json::Value y) {
  const uint32_t x_end = x.document()->nodes()[x.index()].next;
  const uint32_t y_end = y.document()->nodes()[y.index()].next;
  if (x_end - x.index() != y_end - y.index()) return false;
  // Both tapes are in document order, so trees of the same shape lie side by side.
  for (uint32_t i = 0; i < x_end - x.index(); ++i) {
    if (!SameNode({x.document(), x.index() + i}, {y.document(), y.index() + i})) return false;
  }
  return true;
}

void AppendPaddedVersion(const JsValue& value, std::string* out) {
  std::string text;
  if (value.kind == Kind::kNumber) AppendNumber(value.number, &text);
  if (value.kind == Kind::kString) text = value.text;
  if (text.empty()) text = "0";
  std::string_view rest = WithoutBuild(text);
  for (int parts = 1;; ++parts) {
    const size_t size = std::min(rest.find_first_of("-."), rest.size());
    AppendVersionPart(rest.substr(0, size), out);
    if (size == rest.size()) {
      if (parts == 3) out->append("-~");
      return;
    }
    rest.remove_prefix(size + 1);
    out->push_back('-');
  }
}

}  // namespace sluice::experiment

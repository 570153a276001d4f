// JMESPath's functions.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/json/number.h"
#include "sluice/json/writer.h"
#include "sluice/query/jmespath_runner.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

namespace {

constexpr double kLargestExact = 9007199254740992.0;

uint8_t TypeOf(const Item& item) {
  static constexpr uint8_t kBits[] = {kNull, kBoolean, kBoolean, kNumber, kString, kArray, kObject};
  return kBits[static_cast<size_t>(item.kind())];
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

// RFC 8259, section 6.
bool IsJsonNumber(std::string_view text) {
  size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  size_t end = SkipDigits(text, at);
  if (end == at || (text[at] == '0' && end > at + 1)) return false;
  if (end < text.size() && text[end] == '.') {
    at = end + 1;
    end = SkipDigits(text, at);
    if (end == at) return false;
  }
  if (end < text.size() && (text[end] | 0x20) == 'e') {
    at = end + 1;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    end = SkipDigits(text, at);
    if (end == at) return false;
  }
  return end == text.size();
}

}  // namespace

Item JmesPathRunner::Fail(Error error, std::string_view message) {
  if (!failed_) failure_ = MakeJmesError(error, offset_, message, /*compiling=*/false);
  failed_ = true;
  return Item::Null();
}

Item JmesPathRunner::Call(const Operation& call, const Item& current) {
  const Function function = static_cast<Function>(call.c);
  if (function == Function::kMerge || function == Function::kNotNull) {
    return CallMany(call, current);
  }
  const absl::Span<const Part> parts = parts_.subspan(call.a, call.b);
  Item arguments[2] = {Item::Null(), Item::Null()};
  static constexpr Part kItself = {kIdentity, 1, {}};
  const Part* reference = &kItself;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].mark != 0) {
      reference = &parts[i];
    } else {
      arguments[i] = Evaluate(parts[i].expression, current);
    }
  }
  if (Stopped() || !CheckTypes(call, absl::MakeSpan(arguments, parts.size()))) return Item::Null();
  switch (function) {
    case Function::kMap:
      return MapArray(arguments[1], *reference);
    case Function::kMaxBy:
      return ByKey(arguments[0], *reference, Pick::kGreatest);
    case Function::kMinBy:
      return ByKey(arguments[0], *reference, Pick::kLeast);
    case Function::kSortBy:
      return ByKey(arguments[0], *reference, Pick::kAll);
    case Function::kMax:
      return ByKey(arguments[0], kItself, Pick::kGreatest);
    case Function::kMin:
      return ByKey(arguments[0], kItself, Pick::kLeast);
    case Function::kSort:
      return ByKey(arguments[0], kItself, Pick::kAll);
    default:
      return CallValues(function, absl::MakeSpan(arguments, parts.size()));
  }
}

bool JmesPathRunner::CheckTypes(const Operation& call, absl::Span<const Item> arguments) {
  offset_ = call.offset;
  const Signature& signature = SignatureOf(static_cast<Function>(call.c));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const uint8_t types = signature.parameters[std::min<size_t>(i, 1)];
    const uint8_t found = TypeOf(arguments[i]);
    if (types == kReference || (types & found) != 0) continue;
    Fail(Error::kInvalidType, absl::StrCat(signature.name, "() takes ", DescribeTypes(types),
                                           " as argument ", i + 1, ", not ", DescribeTypes(found)));
    return false;
  }
  return true;
}

// Those that take any number of arguments.
Item JmesPathRunner::CallMany(const Operation& call, const Item& current) {
  const size_t base = scratch_.stack.size();
  for (const Part& part : parts_.subspan(call.a, call.b)) {
    const Item argument = Evaluate(part.expression, current);
    if (static_cast<Function>(call.c) == Function::kMerge) {
      Push(argument);
    } else if (!argument.is(Kind::kNull)) {
      return argument;
    }
  }
  if (static_cast<Function>(call.c) == Function::kNotNull) return Item::Null();
  const size_t count = scratch_.stack.size() - base;
  const Item* arguments = TakeFrom(base);
  if (Stopped() || !CheckTypes(call, {arguments, count})) return Item::Null();
  return Merge({arguments, count});
}

Item JmesPathRunner::CallValues(Function function, absl::Span<const Item> arguments) {
  const Item& first = arguments[0];
  switch (function) {
    case Function::kAbs: {
      const std::string_view text = first.number_text();
      return Item::Number(text[0] == '-' ? text.substr(1) : text);
    }
    case Function::kAvg:
    case Function::kSum:
      return Sum(first, function == Function::kAvg);
    case Function::kCeil:
    case Function::kFloor:
      return Round(first, function == Function::kCeil);
    case Function::kContains:
      return Contains(first, arguments[1]);
    case Function::kKeys:
    case Function::kValues: {
      const size_t base = scratch_.stack.size();
      if (!meter_.Take(first.count())) return Item::Null();
      for (Children child(first); !child.done(); child.Next()) {
        Push(function == Function::kKeys ? child.key() : child.value());
      }
      return ArrayFrom(base);
    }
    case Function::kLength:
      return Length(first);
    case Function::kReverse:
      return Reverse(first);
    case Function::kToArray: {
      if (first.is(Kind::kArray)) return first;
      const size_t base = scratch_.stack.size();
      Push(first);
      return ArrayFrom(base);
    }
    case Function::kToNumber:
      return ToNumber(first);
    case Function::kType:
      return Item::String(json::KindName(first.kind()));
    default:
      return CallText(function, arguments);
  }
}

Item JmesPathRunner::CallText(Function function, absl::Span<const Item> arguments) {
  switch (function) {
    case Function::kJoin:
      return Join(arguments[0], arguments[1]);
    case Function::kToString:
      return ToString(arguments[0]);
    default: {
      const std::string_view text = comparer_.Text(arguments[0]);
      const std::string_view part = comparer_.Text(arguments[1]);
      meter_.TakeForText(part.size());
      return Item::Bool(function == Function::kStartsWith ? absl::StartsWith(text, part)
                                                          : absl::EndsWith(text, part));
    }
  }
}

void JmesPathRunner::ResetText() { scratch_.text.Reset(path_.budget_.max_memory_bytes); }

Item JmesPathRunner::StringFromText() {
  if (scratch_.text.exhausted() || !meter_.TakeForText(scratch_.text.size())) {
    too_much_ = true;
    return Item::Null();
  }
  return Item::String(scratch_.arena.Copy(scratch_.text.text()));
}

Item JmesPathRunner::NumberFrom(double value) {
  if (!std::isfinite(value)) {
    return Fail(Error::kInvalidValue, "the result is out of a double's range");
  }
  ResetText();
  json::Writer(scratch_.text).Double(value == 0 ? 0.0 : value);
  const Item text = StringFromText();
  return Item::Number(text.is(Kind::kString) ? text.view() : "0");
}

Item JmesPathRunner::Round(const Item& number, bool up) {
  const std::string_view text = number.number_text();
  const double value = json::ToDouble(text);
  // Integers as they are written, and what is too large to have a fraction a double could tell.
  if (text.find_first_of(".eE") == std::string_view::npos || std::abs(value) >= kLargestExact) {
    return Item::Number(text);
  }
  return NumberFrom(up ? std::ceil(value) : std::floor(value));
}

Item JmesPathRunner::Sum(const Item& array, bool average) {
  const uint32_t count = array.count();
  if (average && count == 0) return Item::Null();
  double sum = 0;
  for (Children child(array); !child.done() && meter_.Take(1); child.Next()) {
    const Item value = child.value();
    if (!value.is(Kind::kNumber)) {
      return Fail(Error::kInvalidType,
                  absl::StrCat("sum() and avg() take an array of numbers, not of ",
                               DescribeTypes(TypeOf(value))));
    }
    meter_.TakeForText(value.number_text().size());
    sum += json::ToDouble(value.number_text());
  }
  return NumberFrom(average ? sum / count : sum);
}

Item JmesPathRunner::Contains(const Item& subject, const Item& wanted) {
  if (subject.is(Kind::kString)) {
    if (!wanted.is(Kind::kString)) return Item::Bool(false);
    return Item::Bool(ContainsText(comparer_.Text(subject), comparer_.Text(wanted)));
  }
  for (Children child(subject); !child.done() && !Stopped(); child.Next()) {
    if (comparer_.Equal(child.value(), wanted)) return Item::Bool(true);
  }
  return Item::Bool(false);
}

// Knuth, Morris and Pratt, "Fast pattern matching in strings", 1977, where the obvious way could be
// quadratic.
bool JmesPathRunner::ContainsText(std::string_view subject, std::string_view wanted) {
  constexpr size_t kShort = 16;
  if (!meter_.TakeForText(subject.size()) || wanted.size() > subject.size()) return false;
  if (wanted.size() <= kShort) return subject.find(wanted) != std::string_view::npos;
  uint32_t* border = scratch_.arena.Allocate<uint32_t>(wanted.size());
  if (border == nullptr) return false;
  border[0] = 0;
  uint32_t matched = 0;
  for (size_t i = 1; i < wanted.size(); ++i) {
    while (matched > 0 && wanted[i] != wanted[matched]) matched = border[matched - 1];
    if (wanted[i] == wanted[matched]) ++matched;
    border[i] = matched;
  }
  matched = 0;
  for (const char c : subject) {
    while (matched > 0 && c != wanted[matched]) matched = border[matched - 1];
    if (c == wanted[matched]) ++matched;
    if (matched == wanted.size()) return true;
  }
  return false;
}

Item JmesPathRunner::Join(const Item& glue, const Item& strings) {
  const std::string_view between = comparer_.Text(glue);
  ResetText();
  bool first = true;
  for (Children child(strings); !child.done() && meter_.Take(1); child.Next()) {
    const Item value = child.value();
    if (!value.is(Kind::kString)) {
      return Fail(Error::kInvalidType, absl::StrCat("join() takes an array of strings, not of ",
                                                    DescribeTypes(TypeOf(value))));
    }
    if (!first) scratch_.text.Append(between);
    first = false;
    const Arena::Mark mark = scratch_.arena.mark();
    scratch_.text.Append(comparer_.Text(value));
    scratch_.arena.Rewind(mark);
  }
  return StringFromText();
}

Item JmesPathRunner::Reverse(const Item& item) {
  if (item.is(Kind::kString)) {
    const std::string_view text = comparer_.Text(item);
    char* reversed = scratch_.arena.Allocate<char>(text.size());
    if (reversed == nullptr || !meter_.TakeForText(text.size())) return Item::Null();
    // All bytes, then those of each character back again.
    std::reverse_copy(text.begin(), text.end(), reversed);
    for (size_t begin = 0, at = 0; at < text.size(); ++at) {
      if ((static_cast<unsigned char>(reversed[at]) & 0xC0) == 0x80) continue;
      std::reverse(reversed + begin, reversed + at + 1);
      begin = at + 1;
    }
    return Item::String({reversed, text.size()});
  }
  const size_t base = scratch_.stack.size();
  if (!meter_.Take(item.count())) return Item::Null();
  for (Children child(item); !child.done(); child.Next()) Push(child.value());
  std::reverse(scratch_.stack.begin() + static_cast<std::ptrdiff_t>(base), scratch_.stack.end());
  return ArrayFrom(base);
}

Item JmesPathRunner::Length(const Item& item) {
  uint32_t length = 0;
  if (item.is(Kind::kString)) {
    const std::string_view text = comparer_.Text(item);
    meter_.TakeForText(text.size());
    length = CodePointCount(text);
  } else {
    length = item.count();
  }
  char digits[12];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof(digits), length);
  return Item::Number(scratch_.arena.Copy({digits, static_cast<size_t>(end.ptr - digits)}));
}

Item JmesPathRunner::ToNumber(const Item& item) {
  if (item.is(Kind::kNumber)) return item;
  if (!item.is(Kind::kString)) return Item::Null();
  const std::string_view text = comparer_.Text(item);
  return meter_.TakeForText(text.size()) && IsJsonNumber(text) ? Item::Number(text) : Item::Null();
}

Item JmesPathRunner::ToString(const Item& item) {
  if (item.is(Kind::kString)) return item;
  ResetText();
  Write(item, /*compact=*/true, scratch_.text);
  return StringFromText();
}

// Later objects win; a name stays where it first was. O(members log members).
Item JmesPathRunner::Merge(absl::Span<const Item> objects) {
  const size_t base = scratch_.stack.size();
  for (const Item& object : objects) {
    if (!meter_.Take(1 + object.count())) return Item::Null();
    for (Children child(object); !child.done(); child.Next()) {
      Push(child.key());
      Push(child.value());
    }
  }
  const uint32_t count = static_cast<uint32_t>((scratch_.stack.size() - base) / 2);
  Item* pairs = const_cast<Item*>(TakeFrom(base));
  std::string_view* keys = scratch_.arena.Allocate<std::string_view>(count);
  uint32_t* order = scratch_.arena.Allocate<uint32_t>(count);
  uint32_t* buffer = scratch_.arena.Allocate<uint32_t>(count);
  if (pairs == nullptr || keys == nullptr || order == nullptr || buffer == nullptr) {
    return Item::Null();
  }
  for (uint32_t i = 0; i < count; ++i) {
    keys[i] = comparer_.Text(pairs[2 * i]);
    order[i] = i;
  }
  SortIndices({order, count}, buffer, [&](uint32_t a, uint32_t b) {
    return meter_.TakeForText(std::min(keys[a].size(), keys[b].size())) && keys[a] < keys[b];
  });
  for (uint32_t i = 0; i < count;) {
    uint32_t last = i;
    while (last + 1 < count && keys[order[last + 1]] == keys[order[i]]) ++last;
    pairs[2 * order[i] + 1] = pairs[2 * order[last] + 1];
    for (uint32_t other = i + 1; other <= last; ++other) pairs[2 * order[other]] = Item();
    i = last + 1;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (!pairs[2 * i].present()) continue;
    pairs[2 * kept] = pairs[2 * i];
    pairs[2 * kept + 1] = pairs[2 * i + 1];
    ++kept;
  }
  return Item::Object(pairs, kept);
}

Item JmesPathRunner::MapArray(const Item& array, const Part& each) {
  const size_t base = scratch_.stack.size();
  for (Children child(array); !child.done() && meter_.Take(each.mark) && !Stopped(); child.Next()) {
    Push(Evaluate(each.expression, child.value()));
  }
  return ArrayFrom(base);
}

Item JmesPathRunner::ByKey(const Item& array, const Part& key, Pick pick) {
  const uint32_t count = array.count();
  if (count == 0) return pick == Pick::kAll ? array : Item::Null();
  Item* keys = scratch_.arena.Allocate<Item>(count);
  Item* values = scratch_.arena.Allocate<Item>(count);
  if (keys == nullptr || values == nullptr) return Item::Null();
  const uint32_t offset = offset_;
  uint32_t at = 0;
  for (Children child(array); !child.done(); child.Next(), ++at) {
    if (!meter_.Take(key.mark) || Stopped()) return Item::Null();
    values[at] = child.value();
    keys[at] = Evaluate(key.expression, values[at]);
    if (keys[at].is(Kind::kString)) keys[at] = Item::String(comparer_.Text(keys[at]));
  }
  offset_ = offset;
  if (Stopped() || !CheckKeys({keys, count})) return Item::Null();
  if (pick == Pick::kAll) return Sorted({keys, count}, {values, count});
  return Extreme({keys, count}, {values, count}, pick);
}

bool JmesPathRunner::CheckKeys(absl::Span<const Item> keys) {
  const uint8_t wanted = TypeOf(keys[0]);
  for (const Item& key : keys) {
    const uint8_t found = TypeOf(key);
    if (found == wanted && (found == kNumber || found == kString)) continue;
    Fail(Error::kInvalidType,
         absl::StrCat("only numbers, or only strings, have an order; found ",
                      found == wanted
                          ? DescribeTypes(found)
                          : absl::StrCat(DescribeTypes(found), " beside ", DescribeTypes(wanted))));
    return false;
  }
  return true;
}

// The first of equals.
Item JmesPathRunner::Extreme(absl::Span<const Item> keys, absl::Span<const Item> values,
                             Pick pick) {
  size_t best = 0;
  for (size_t i = 1; i < keys.size() && !Stopped(); ++i) {
    const int order = comparer_.Order(keys[i], keys[best]);
    if (pick == Pick::kLeast ? order < 0 : order > 0) best = i;
  }
  return values[best];
}

Item JmesPathRunner::Sorted(absl::Span<const Item> keys, absl::Span<const Item> values) {
  const size_t count = keys.size();
  uint32_t* order = scratch_.arena.Allocate<uint32_t>(count);
  uint32_t* buffer = scratch_.arena.Allocate<uint32_t>(count);
  Item* sorted = scratch_.arena.Allocate<Item>(count);
  if (order == nullptr || buffer == nullptr || sorted == nullptr) return Item::Null();
  for (uint32_t i = 0; i < count; ++i) order[i] = i;
  SortIndices({order, count}, buffer, [&](uint32_t a, uint32_t b) {
    return !meter_.exhausted() && comparer_.Order(keys[a], keys[b]) < 0;
  });
  for (size_t i = 0; i < count; ++i) sorted[i] = values[order[i]];
  return Item::Array(sorted, static_cast<uint32_t>(count));
}

}  // namespace sluice::query

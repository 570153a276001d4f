// Functions that read or make text.
#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "sluice/query/jmespath_runner.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

namespace {

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

void JmesPathRunner::ResetText() { scratch_.text.Reset(path_.budget_.max_memory_bytes); }

Item JmesPathRunner::StringFromText() {
  if (scratch_.text.exhausted() || !meter_.TakeForText(scratch_.text.size())) {
    too_much_ = true;
    return Item::Null();
  }
  return Item::String(scratch_.arena.Copy(scratch_.text.text()));
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

}  // namespace sluice::query

#include "sluice/query/compare.h"

#include <algorithm>
#include <utility>

namespace sluice::query {

using json::Kind;

void SortIndices(absl::Span<uint32_t> order, uint32_t* buffer,
                 absl::FunctionRef<bool(uint32_t, uint32_t)> less) {
  uint32_t* from = order.data();
  uint32_t* to = buffer;
  const size_t count = order.size();
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t begin = 0; begin < count; begin += 2 * width) {
      const size_t middle = std::min(begin + width, count);
      const size_t end = std::min(begin + 2 * width, count);
      size_t left = begin;
      size_t right = middle;
      for (size_t out = begin; out < end; ++out) {
        const bool take_right = left == middle || (right < end && less(from[right], from[left]));
        to[out] = take_right ? from[right++] : from[left++];
      }
    }
    std::swap(from, to);
  }
  if (from != order.data()) std::copy(from, from + count, order.data());
}

uint32_t CodePointCount(std::string_view text) {
  uint32_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::string_view Comparer::Text(const Item& string) {
  if (!string.is_node()) return string.view();
  const json::Value value = string.value();
  if (!value.has_escapes()) return value.raw_string();
  if (!meter_.TakeForText(value.raw().size())) return {};
  return arena_.Copy(value.string(&decoded_));
}

bool Comparer::StringsEqual(const Item& a, const Item& b) {
  const bool a_plain = !a.is_node() || !a.value().has_escapes();
  const bool b_plain = !b.is_node() || !b.value().has_escapes();
  if (a_plain && b_plain) {
    const std::string_view x = Text(a);
    const std::string_view y = Text(b);
    if (x.size() != y.size() || !meter_.TakeForText(x.size())) return false;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): y is as long as x
    return SameBytes(x.data(), y.data(), x.size());
  }
  const Arena::Mark mark = arena_.mark();
  const bool equal = a_plain ? b.value().StringEquals(Text(a)) : a.value().StringEquals(Text(b));
  meter_.TakeForText(a.is_node() ? a.value().raw().size() : a.size);
  arena_.Rewind(mark);
  return equal;
}

int Comparer::Order(const Item& a, const Item& b) {
  if (a.kind() == Kind::kNumber) return OrderOfNumbers(a, b);
  const Arena::Mark mark = arena_.mark();
  const std::string_view x = Text(a);
  const std::string_view y = Text(b);
  meter_.TakeForText(std::min(x.size(), y.size()));
  const int order = x.compare(y);
  arena_.Rewind(mark);
  return order;
}

bool Comparer::Equal(const Item& a, const Item& b) {
  if (!meter_.Take(1)) return false;
  const Kind kind = a.kind();
  if (kind != b.kind()) return false;
  switch (kind) {
    case Kind::kNumber:
      return OrderOfNumbers(a, b) == 0;
    case Kind::kString:
      return StringsEqual(a, b);
    case Kind::kArray:
      return ArraysEqual(a, b);
    case Kind::kObject:
      return ObjectsEqual(a, b);
    default:
      return true;
  }
}

bool Comparer::ArraysEqual(const Item& a, const Item& b) {
  if (a.count() != b.count()) return false;
  Children y(b);
  for (Children x(a); !x.done(); x.Next(), y.Next()) {
    if (!Equal(x.value(), y.value())) return false;
  }
  return true;
}

bool Comparer::ObjectsEqual(const Item& a, const Item& b) {
  // Each value is compared once, whatever way is taken: twice would double at every level.
  if (SameKeys(a, b)) return MembersEqualInOrder(a, b);
  const Arena::Mark mark = arena_.mark();
  const bool equal = MembersEqualSorted(a, b);
  arena_.Rewind(mark);
  return equal;
}

// The same names in the same order?
bool Comparer::SameKeys(const Item& a, const Item& b) {
  if (a.count() != b.count()) return false;
  Children y(b);
  for (Children x(a); !x.done(); x.Next(), y.Next()) {
    if (!StringsEqual(x.key(), y.key())) return false;
  }
  return true;
}

bool Comparer::MembersEqualInOrder(const Item& a, const Item& b) {
  Children y(b);
  for (Children x(a); !x.done(); x.Next(), y.Next()) {
    if (Equal(x.value(), y.value())) continue;
    // Unless the name comes again, which is then what counts.
    bool again = false;
    Children later = x;
    for (later.Next(); !later.done() && !again && meter_.Take(1); later.Next()) {
      again = StringsEqual(later.key(), x.key());
    }
    if (!again) return false;
  }
  return true;
}

// By name, the last of each name only.
absl::Span<const Comparer::Entry> Comparer::SortedMembers(const Item& object) {
  const uint32_t count = object.count();
  Entry* entries = arena_.Allocate<Entry>(count);
  Entry* sorted = arena_.Allocate<Entry>(count);
  uint32_t* order = arena_.Allocate<uint32_t>(count);
  uint32_t* buffer = arena_.Allocate<uint32_t>(count);
  if (buffer == nullptr || order == nullptr || sorted == nullptr || entries == nullptr) return {};
  uint32_t at = 0;
  for (Children member(object); !member.done(); member.Next(), ++at) {
    entries[at] = {Text(member.key()), member.value()};
    order[at] = at;
  }
  const auto less = [&](uint32_t x, uint32_t y) {
    return meter_.TakeForText(std::min(entries[x].key.size(), entries[y].key.size())) &&
           entries[x].key < entries[y].key;
  };
  SortIndices({order, count}, buffer, less);
  size_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (kept > 0 && sorted[kept - 1].key == entries[order[i]].key) --kept;
    sorted[kept++] = entries[order[i]];
  }
  return {sorted, kept};
}

bool Comparer::MembersEqualSorted(const Item& a, const Item& b) {
  if (!meter_.Take(uint64_t{a.count()} + b.count())) return false;
  const absl::Span<const Entry> x = SortedMembers(a);
  const absl::Span<const Entry> y = SortedMembers(b);
  if (arena_.exhausted() || x.size() != y.size()) return false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i].key != y[i].key) return false;
  }
  for (size_t i = 0; i < x.size(); ++i) {
    if (!Equal(x[i].value, y[i].value)) return false;
  }
  return true;
}

}  // namespace sluice::query

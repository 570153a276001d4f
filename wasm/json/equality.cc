#include "sluice/json/equality.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "sluice/base/sort.h"
#include "sluice/base/utf8.h"
#include "sluice/json/escape.h"
#include "sluice/json/number_order.h"

namespace sluice::json {

EqualityScratch::~EqualityScratch() { Release(); }

void EqualityScratch::Release() {
  std::free(entries_);
  entries_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

bool EqualityScratch::Reserve(size_t count) {
  if (count <= capacity_ - size_) return true;
  const size_t wanted = std::max(size_ + count, 2 * capacity_);
  void* const grown =
      wanted > SIZE_MAX / sizeof(Entry) ? nullptr : std::realloc(entries_, wanted * sizeof(Entry));
  if (grown == nullptr) {
    exhausted_ = true;
    return false;
  }
  entries_ = static_cast<Entry*>(grown);
  capacity_ = wanted;
  return true;
}

namespace {

// A string's value, byte after byte.
class DecodedBytes {
 public:
  explicit DecodedBytes(Value string) : raw_(string.raw_string()) {}

  // -1 at the end.
  int Next() {
    if (at_pending_ < pending_size_) return static_cast<unsigned char>(pending_[at_pending_++]);
    if (at_ == raw_.size()) return -1;
    if (raw_[at_] != '\\') return static_cast<unsigned char>(raw_[at_++]);
    pending_size_ = EncodeUtf8(ReadEscape(raw_, &at_), pending_);
    at_pending_ = 1;
    return static_cast<unsigned char>(pending_[0]);
  }

 private:
  std::string_view raw_;
  size_t at_ = 0;
  char pending_[4];
  uint32_t pending_size_ = 0;
  uint32_t at_pending_ = 0;
};

// By the bytes of their UTF-8, which is by code points.
int CompareStrings(Value a, Value b) {
  if (!a.has_escapes() && !b.has_escapes()) return a.raw_string().compare(b.raw_string());
  DecodedBytes x(a);
  DecodedBytes y(b);
  for (;;) {
    const int c = x.Next();
    const int d = y.Next();
    if (c != d || c < 0) return c - d;
  }
}

bool StringsEqual(Value a, Value b) {
  if (!b.has_escapes()) return a.StringEquals(b.raw_string());
  if (!a.has_escapes()) return b.StringEquals(a.raw_string());
  return a.raw_string() == b.raw_string() || CompareStrings(a, b) == 0;
}

}  // namespace

class ValueComparer {
 public:
  explicit ValueComparer(EqualityScratch& scratch) : scratch_(scratch) {}

  bool Equal(Value a, Value b) {
    const Kind kind = a.kind();
    if (kind != b.kind()) return false;
    switch (kind) {
      case Kind::kNumber:
        return CompareNumbers(a.raw(), b.raw()) == 0;
      case Kind::kString:
        return StringsEqual(a, b);
      case Kind::kArray:
        return ArraysEqual(a, b);
      case Kind::kObject:
        // Each pair of values is compared once, whatever way is taken: twice would double at every
        // level.
        return SameNames(a, b) ? EqualInOrder(a, b) : EqualSorted(a, b);
      default:
        return true;
    }
  }

 private:
  using Entry = EqualityScratch::Entry;

  // Members of an object by name, the last of each name only; in the scratch, which may move.
  struct Sorted {
    size_t begin = 0;
    size_t size = 0;
  };

  bool ArraysEqual(Value a, Value b) {
    if (a.size() != b.size()) return false;
    ElementIterator other = Elements(b).begin();
    for (const Value element : Elements(a)) {
      if (!Equal(element, *other)) return false;
      ++other;
    }
    return true;
  }

  static bool SameNames(Value a, Value b) {
    if (a.size() != b.size()) return false;
    MemberIterator other = Members(b).begin();
    for (const Member member : Members(a)) {
      if (!StringsEqual(member.key, (*other).key)) return false;
      ++other;
    }
    return true;
  }

  bool EqualInOrder(Value a, Value b) {
    const size_t begin = scratch_.size_;
    Sorted sorted;
    bool equal = true;
    MemberIterator other = Members(b).begin();
    for (const Member member : Members(a)) {
      if (!Equal(member.value, (*other).value)) {
        // Unless the name comes again, which is then what counts.
        if (sorted.size == 0) sorted = Sort(a);
        equal = !Counts(sorted, member.key);
        if (!equal) break;
      }
      ++other;
    }
    scratch_.size_ = begin;
    return equal;
  }

  bool EqualSorted(Value a, Value b) {
    const size_t begin = scratch_.size_;
    const bool equal = EqualSorted(a, Sort(a), b, Sort(b));
    scratch_.size_ = begin;
    return equal;
  }
  bool EqualSorted(Value a, Sorted x, Value b, Sorted y) {
    if (x.size != y.size || scratch_.exhausted()) return false;
    for (size_t i = 0; i < x.size; ++i) {
      if (!StringsEqual(Key(a, x, i), Key(b, y, i))) return false;
    }
    for (size_t i = 0; i < x.size; ++i) {
      const Value left(a.document(), Key(a, x, i).index() + 1);
      const Value right(b.document(), Key(b, y, i).index() + 1);
      if (!Equal(left, right)) return false;
    }
    return true;
  }

  Value Key(Value object, Sorted sorted, size_t i) const {
    return {object.document(), scratch_.entries_[sorted.begin + i].key};
  }

  Sorted Sort(Value object) {
    Sorted sorted{scratch_.size_, 0};
    if (!scratch_.Reserve(object.size())) return sorted;
    Entry* const entries = scratch_.entries_ + sorted.begin;
    for (const Member member : Members(object)) entries[sorted.size++] = {0, member.key.index()};
    const Document* const document = object.document();
    sluice::Sort(entries, entries + sorted.size, [document](const Entry& x, const Entry& y) {
      const int order = CompareStrings(Value(document, x.key), Value(document, y.key));
      return order != 0 ? order < 0 : x.key < y.key;
    });
    size_t kept = 0;
    for (size_t i = 0; i < sorted.size; ++i) {
      const Value key(document, entries[i].key);
      if (kept > 0 && StringsEqual(Value(document, entries[kept - 1].key), key)) --kept;
      entries[kept++] = entries[i];
    }
    sorted.size = kept;
    scratch_.size_ += kept;
    return sorted;
  }

  // Whether the member with this name is the last one.
  bool Counts(Sorted sorted, Value key) const {
    size_t begin = 0;
    size_t end = sorted.size;
    while (begin < end) {
      const size_t middle = begin + (end - begin) / 2;
      const Value candidate = Key(key, sorted, middle);
      const int order = CompareStrings(candidate, key);
      if (order == 0) return candidate.index() == key.index();
      (order < 0 ? begin : end) = order < 0 ? middle + 1 : middle;
    }
    return true;
  }

  EqualityScratch& scratch_;
};

bool Equal(Value a, Value b, EqualityScratch& scratch) {
  return ValueComparer(scratch).Equal(a, b);
}

}  // namespace sluice::json

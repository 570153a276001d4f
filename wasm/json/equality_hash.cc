#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "absl/base/attributes.h"
#include "sluice/base/sort.h"
#include "sluice/base/utf8.h"
#include "sluice/json/decimal.h"
#include "sluice/json/equality.h"
#include "sluice/json/escape.h"
#include "sluice/json/number_order.h"

namespace sluice::json {
namespace {

// What keeps values of different kinds apart.
enum Tag : uint64_t { kSmallNumberTag = 16, kNumberTag, kStringTag, kArrayTag, kObjectTag };

// A hash of bytes that come in pieces of any size: it depends on all of them together only.
class Chain {
 public:
  Chain(HashKey key, uint64_t prefix) : key_(key), hash_(prefix) {}

  void Add(char c) {
    buffer_[size_++] = c;
    if (size_ == kBytes) Flush();
  }
  void Add(std::string_view text) {
    for (const char c : text) Add(c);
  }
  // Of text that is all there is, at once.
  static uint64_t Of(HashKey key, uint64_t prefix, std::string_view text) {
    while (text.size() >= kBytes) {
      prefix = SipHash13(key, prefix, text.substr(0, kBytes));
      text.remove_prefix(kBytes);
    }
    return SipHash13(key, prefix, text);
  }
  uint64_t Finish() {
    Flush();
    return hash_;
  }

 private:
  static constexpr size_t kBytes = 256;

  void Flush() {
    hash_ = SipHash13(key_, hash_, {buffer_, size_});
    size_ = 0;
  }

  HashKey key_;
  uint64_t hash_;
  size_t size_ = 0;
  char buffer_[kBytes];
};

uint64_t Combine(HashKey key, uint64_t a, uint64_t b) {
  char bytes[sizeof b];
  std::memcpy(bytes, &b, sizeof b);
  return SipHash13(key, a, {bytes, sizeof bytes});
}

// Not inlined, like what is below: the buffer isn't for a frame of the recursion.
ABSL_ATTRIBUTE_NOINLINE uint64_t HashEscaped(HashKey key, std::string_view raw) {
  Chain chain(key, kStringTag);
  size_t at = 0;
  while (at < raw.size()) {
    if (raw[at] != '\\') {
      chain.Add(raw[at++]);
      continue;
    }
    char bytes[4];
    chain.Add({bytes, EncodeUtf8(ReadEscape(raw, &at), bytes)});
  }
  return chain.Finish();
}

uint64_t HashString(HashKey key, Value string) {
  if (string.has_escapes()) return HashEscaped(key, string.raw_string());
  return Chain::Of(key, kStringTag, string.raw_string());
}

ABSL_ATTRIBUTE_NOINLINE uint64_t HashAnyNumber(HashKey key, std::string_view text) {
  uint32_t small = 0;
  const Decimal number = Decimal::Of(text);
  // What could be written as one must have its hash.
  if (number.is_zero()) return Combine(key, kSmallNumberTag, 0);
  if (!number.negative && number.exponent() >= 0 && number.scale <= 8) {
    for (int64_t i = 0; i < number.scale; ++i) {
      const auto at = static_cast<size_t>(i);
      small = small * 10 + (at < number.size() ? static_cast<uint32_t>(number.digit(at) - '0') : 0);
    }
    return Combine(key, kSmallNumberTag, small);
  }
  Chain chain(key, Combine(key, kNumberTag, static_cast<uint64_t>(number.scale)));
  chain.Add(number.negative ? '-' : '+');
  chain.Add(number.head);
  chain.Add(number.tail);
  return chain.Finish();
}

uint64_t HashNumber(HashKey key, std::string_view text) {
  uint32_t small = 0;
  if (IsShortInteger(text, &small)) return Combine(key, kSmallNumberTag, small);
  return HashAnyNumber(key, text);
}

}  // namespace

class ValueHasher {
 public:
  ValueHasher(HashKey key, EqualityScratch& scratch) : key_(key), scratch_(scratch) {}

  uint64_t Hash(Value value) {
    const Kind kind = value.kind();
    switch (kind) {
      case Kind::kNumber:
        return HashNumber(key_, value.raw());
      case Kind::kString:
        return HashString(key_, value);
      case Kind::kArray:
        return HashArray(value);
      case Kind::kObject:
        return HashObject(value);
      default:
        return Combine(key_, static_cast<uint64_t>(kind), 0);
    }
  }

 private:
  using Entry = EqualityScratch::Entry;

  uint64_t HashArray(Value array) {
    uint64_t hash = kArrayTag;
    for (const Value element : Elements(array)) hash = Combine(key_, hash, Hash(element));
    return Combine(key_, hash, kArrayTag);
  }

  uint64_t HashObject(Value object) {
    const size_t begin = scratch_.size_;
    const size_t count = object.size();
    if (!scratch_.Reserve(count)) return 0;
    scratch_.size_ += count;
    Entry* const entries = scratch_.entries_ + begin;
    size_t at = 0;
    for (const Member member : Members(object)) {
      entries[at++] = {HashString(key_, member.key), member.key.index()};
    }
    const size_t kept = KeepLast(entries, count);
    // A sum, because the order says nothing.
    uint64_t sum = 0;
    for (size_t i = 0; i < kept; ++i) {
      const Entry entry = scratch_.entries_[begin + i];
      sum += Combine(key_, entry.name_hash, Hash(Value(object.document(), entry.key + 1)));
    }
    scratch_.size_ = begin;
    return Combine(key_, kObjectTag, sum);
  }

  // Drops members whose name comes again, and returns how many are left.
  static size_t KeepLast(Entry* entries, size_t count) {
    constexpr size_t kFew = 8;
    const auto comes_again = [](const Entry& entry, const Entry* from, const Entry* to) {
      return std::any_of(from, to,
                         [&](const Entry& later) { return later.name_hash == entry.name_hash; });
    };
    if (count > kFew) {
      Sort(entries, entries + count, [](const Entry& x, const Entry& y) {
        return x.name_hash != y.name_hash ? x.name_hash < y.name_hash : x.key < y.key;
      });
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      const size_t end = count > kFew ? std::min(i + 2, count) : count;
      if (!comes_again(entries[i], entries + i + 1, entries + end)) entries[kept++] = entries[i];
    }
    return kept;
  }

  HashKey key_;
  EqualityScratch& scratch_;
};

uint64_t Hash(Value value, HashKey key, EqualityScratch& scratch) {
  return ValueHasher(key, scratch).Hash(value);
}

}  // namespace sluice::json

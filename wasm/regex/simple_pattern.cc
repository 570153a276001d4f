#include "sluice/regex/simple_pattern.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/base/attributes.h"
#include "sluice/base/simd128.h"
#include "sluice/base/utf8.h"

namespace sluice::regex {
namespace {

constexpr size_t kBlock = 16;

// Bits of those of 16 bytes that are in a set; see SimplePattern::Step. simdjson classifies
// characters so (Langdale and Lemire, 2019).
ABSL_ATTRIBUTE_ALWAYS_INLINE inline uint32_t BitsIn(v128_t nibbles, v128_t beyond, v128_t block) {
  const v128_t bits = wasm_i8x16_make(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
  const v128_t row = wasm_i8x16_swizzle(nibbles, wasm_v128_and(block, wasm_i8x16_splat(15)));
  const v128_t bit = wasm_i8x16_swizzle(bits, wasm_u8x16_shr(block, 4));
  const v128_t has = wasm_i8x16_ne(wasm_v128_and(row, bit), wasm_i8x16_splat(0));
  return wasm_i8x16_bitmask(wasm_v128_or(has, wasm_v128_and(block, beyond)));
}

}  // namespace

ABSL_ATTRIBUTE_ALWAYS_INLINE inline size_t SimplePattern::TakeSet(const Step& step,
                                                                  const char* text, size_t size,
                                                                  size_t at) const {
  if (!step.is_bytewise) return TakePoints(step, text, size, at);
  const size_t begin = at;
  const size_t least = step.least;
  const size_t most = step.most;
  if (most == 1) {
    if (at < size && step.Has(static_cast<unsigned char>(text[at]))) return at + 1;
    return least == 0 ? at : kNoMatch;
  }
  const size_t limit = most < size - at ? at + most : size;
  const v128_t nibbles = wasm_v128_load(step.nibbles.data());
  const v128_t beyond = wasm_i8x16_splat(step.beyond == Beyond::kAll ? -128 : 0);
  while (at < limit) {
    const size_t left = limit - at;
    uint32_t others;
    if (left >= kBlock) {
      others = ~BitsIn(nibbles, beyond, wasm_v128_load(text + at));
    } else if (limit >= kBlock) {
      // The last block ends where the text does.
      others = ~BitsIn(nibbles, beyond, wasm_v128_load(text + limit - kBlock)) >> (kBlock - left);
    } else {
      others = ~BitsIn(nibbles, beyond, LoadShort(text + at, left));
    }
    const size_t taken = std::min({static_cast<size_t>(std::countr_zero(others)), left, kBlock});
    at += taken;
    if (taken < kBlock) break;
  }
  return at - begin >= least ? at : kNoMatch;
}

size_t SimplePattern::TakePoints(const Step& step, const char* text, size_t size, size_t at) const {
  const absl::Span<const CodeRange> ranges =
      absl::MakeConstSpan(ranges_).subspan(step.begin, step.end - step.begin);
  uint32_t count = 0;
  for (; count < step.most && at < size; ++count) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      if (!step.Has(byte)) break;
      ++at;
      continue;
    }
    size_t next = at;
    const uint32_t point = NextCodePoint({text, size}, &next);
    if (step.beyond == Beyond::kSome && !Contains(ranges, point)) break;
    at = next;
  }
  return count >= step.least ? at : kNoMatch;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline size_t SimplePattern::Run(const std::vector<Step>& steps,
                                                              const char* text, size_t size,
                                                              size_t at) const {
  const char* const literals = text_.data();
  const Step* const last = steps.data() + steps.size();
  for (const Step* step = steps.data(); step != last; ++step) {
    if (step->is_literal) {
      const char* const literal = literals + step->begin;
      const size_t length = step->end - step->begin;
      if (length > size - at || text[at] != *literal ||
          (length > 1 && std::memcmp(text + at, literal, length) != 0)) {
        return kNoMatch;
      }
      at += length;
    } else {
      at = TakeSet(*step, text, size, at);
      if (at == kNoMatch) return kNoMatch;
    }
  }
  return at;
}

bool SimplePattern::MatchesWhole(std::string_view text) const {
  return Run(steps_, text.data(), text.size(), 0) == text.size();
}

bool SimplePattern::HasPart(const char* text, size_t size) const {
  if (begins_) {
    const size_t end = Run(part(), text, size, 0);
    return ends_ ? end == size : end != kNoMatch;
  }
  if (!ends_) return Search({text, size});
  return size >= suffix_bytes_ && Run(part_, text, size, size - suffix_bytes_) != kNoMatch;
}

bool SimplePattern::Search(std::string_view text) const {
  if (part_.empty()) return true;
  const Step& first = part_[0];
  if (part_.size() == 1) {
    if (!first.is_literal) return SearchRun(first, text);
    return text.find(std::string_view(text_).substr(first.begin, first.end - first.begin)) !=
           std::string_view::npos;
  }
  for (size_t begin = 0; begin < text.size(); ++begin) {
    // A set that takes all beyond ASCII would take half of a character.
    if ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) continue;
    if (Run(part_, text.data(), text.size(), begin) != kNoMatch) return true;
  }
  return false;
}

// `least` of the set in a row.
bool SimplePattern::SearchRun(const Step& step, std::string_view text) const {
  Step one = step;
  one.least = one.most = 1;
  uint32_t count = 0;
  for (size_t at = 0; at < text.size();) {
    if (const size_t next = TakeSet(one, text.data(), text.size(), at); next != kNoMatch) {
      at = next;
      if (++count >= step.least) return true;
    } else {
      count = 0;
      NextCodePoint(text, &at);
    }
  }
  return false;
}

size_t SimplePattern::bytes() const {
  return sizeof(*this) + (steps_.capacity() + part_.capacity()) * sizeof(Step) + text_.capacity() +
         ranges_.capacity() * sizeof(CodeRange);
}

}  // namespace sluice::regex

#include "sluice/json/structural_index.h"

#include <algorithm>
#include <new>

#include "sluice/json/fault.h"
#include "sluice/json/simd128.h"

// The amalgamated source, whole, in this one translation unit: its scanner is internal to it. It
// comes under a namespace of its own, so that a program may link simdjson proper too (tests do).
#include "simdjson.cpp"  // NOLINT(bugprone-suspicious-include)

namespace simdjson::westmere::numberparsing {
inline uint32_t parse_eight_digits_unrolled(const uint8_t* digits) {
  uint32_t value = 0;
  for (int i = 0; i < 8; ++i) value = value * 10 + (digits[i] - uint32_t{'0'});
  return value;
}
inline internal::value128 full_multiplication(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  internal::value128 result;
  result.low = static_cast<uint64_t>(product);
  result.high = static_cast<uint64_t>(product >> 64);
  return result;
}
}  // namespace simdjson::westmere::numberparsing

namespace sluice::json {
namespace kernel = simdjson::westmere;

namespace {

constexpr size_t kBlockBytes = 64;
// The position before the first one, what is left of the window before, the window's, whose last
// block is written in whole, and the sentinels.
constexpr size_t kBufferSize = 1 + StructuralIndex::kLookahead + StructuralIndex::kWindowBytes +
                               kBlockBytes + StructuralIndex::kLookahead;

// The bits of { } [ ] : , in a block, strings included. As simdjson does it: by the low four bits
// of each character a table says which operator it would have to be; { | 0x20 is {, as is [ | 0x20.
SLUICE_SIMD_INLINE uint64_t Operators(const kernel::simd::simd8x64<uint8_t>& in) {
  const v128_t table = wasm_i8x16_make(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
  const v128_t low = wasm_i8x16_splat(0x0F);
  const v128_t curl = wasm_i8x16_splat(0x20);
  const auto chunk = [&](v128_t v) -> uint64_t {
    return wasm_i8x16_bitmask(
        wasm_i8x16_eq(wasm_i8x16_swizzle(table, wasm_v128_and(v, low)), wasm_v128_or(v, curl)));
  };
  return chunk(in.chunks[0]) | chunk(in.chunks[1]) << 16 | chunk(in.chunks[2]) << 32 |
         chunk(in.chunks[3]) << 48;
}

// Writes the positions of the bits. The first eight without a test between them: a wrong guess of
// their number would cost more than writing words that the next block overwrites.
SLUICE_SIMD_INLINE uint32_t* WritePositions(uint64_t bits, uint32_t base, uint32_t* out) {
  const int count = kernel::count_ones(bits);
  const auto write = [&](int i) {
    out[i] = base + static_cast<uint32_t>(kernel::trailing_zeroes(bits));
    bits = kernel::clear_lowest_bit(bits);
  };
  for (int i = 0; i < 8; ++i) write(i);
  if (count > 8) {
    for (int i = 8; i < 16; ++i) write(i);
    for (int i = 16; i < count; ++i) write(i);
  }
  return out + count;
}

// The last `size` bytes of a text, less than a block, and blanks behind them. What short texts take
// is mostly what is done once: no call to copy memory.
SLUICE_SIMD_INLINE void PadBlock(const uint8_t* from, size_t size, uint8_t* block) {
  const v128_t positions = wasm_i8x16_make(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const v128_t blanks = wasm_i8x16_splat(' ');
  for (size_t at = 0; at < kBlockBytes; at += sizeof(v128_t)) {
    v128_t part = blanks;
    if (at + sizeof(v128_t) <= size) {
      part = wasm_v128_load(from + at);
    } else if (at < size) {
      const v128_t own = wasm_i8x16_lt(positions, wasm_i8x16_splat(static_cast<int8_t>(size - at)));
      part = wasm_v128_or(LoadShort(from + at, size - at), wasm_v128_andnot(blanks, own));
    }
    wasm_v128_store(block + at, part);
  }
}

}  // namespace

struct StructuralIndex::Scanner {
  kernel::stage1::json_escape_scanner escapes;
  kernel::utf8_validation::utf8_checker utf8;
  uint64_t in_string = 0;    // all ones if the last block ended in a string
  uint64_t after_quote = 0;  // 1 if it ended with a closing quote
  bool unfinished = false;   // true if it ended in an escape or a character
  bool wrong = false;

  // The bits of the positions in a block, which is the text at `offset`, with blanks behind its
  // end. `last` is the position before them, 0 if there is none.
  SLUICE_SIMD_INLINE uint64_t Scan(const uint8_t* block, std::string_view text, size_t offset,
                                   uint32_t last) {
    const kernel::simd::simd8x64<uint8_t> in(block);
    uint64_t quotes = in.eq('"');
    uint64_t escaped = 0;
    const bool plain = IsPlain(in) && !unfinished;
    if (!plain) {
      escaped = escapes.next(in.eq('\\')).escaped;
      quotes &= ~escaped;
    }
    const uint64_t inside = kernel::prefix_xor(quotes) ^ in_string;
    in_string = static_cast<uint64_t>(static_cast<int64_t>(inside) >> 63);
    const uint64_t closing = quotes & ~inside;
    uint64_t bits = (Operators(in) & ~inside) | closing << 1 | after_quote;
    after_quote = closing >> 63;
    if (!plain) {
      utf8.check_next_input(in);
      unfinished = escapes.next_is_escaped != 0 || utf8.prev_incomplete.any_bits_set_anywhere();
      wrong |= (in.lteq(0x1F) & inside) != 0;
      escaped &= inside;
      if (escaped != 0) bits |= FirstEscapes(escaped, bits, text, offset, last);
    }
    return bits;
  }

  // True without backslashes, control characters and non-ASCII characters, which are negative.
  static SLUICE_SIMD_INLINE bool IsPlain(const kernel::simd::simd8x64<uint8_t>& in) {
    const v128_t backslash = wasm_i8x16_splat('\\');
    const v128_t least = wasm_i8x16_min(wasm_i8x16_min(in.chunks[0], in.chunks[1]),
                                        wasm_i8x16_min(in.chunks[2], in.chunks[3]));
    const v128_t backslashes = wasm_v128_or(wasm_v128_or(wasm_i8x16_eq(in.chunks[0], backslash),
                                                         wasm_i8x16_eq(in.chunks[1], backslash)),
                                            wasm_v128_or(wasm_i8x16_eq(in.chunks[2], backslash),
                                                         wasm_i8x16_eq(in.chunks[3], backslash)));
    const v128_t odd = wasm_v128_or(wasm_i8x16_gt(wasm_i8x16_splat(' '), least), backslashes);
    return wasm_i8x16_bitmask(odd) == 0;
  }

  // Of the escaped characters those whose string has none before them. Checks all.
  [[gnu::noinline]] uint64_t FirstEscapes(uint64_t escaped, uint64_t others, std::string_view text,
                                          size_t offset, uint32_t last) {
    uint64_t first = 0;
    // Behind every string there is a position: if the one before is an escape, it's the same
    // string.
    bool seen = last > 0 && text[last - 1] == '\\';
    for (; escaped != 0; escaped = kernel::clear_lowest_bit(escaped)) {
      const uint64_t bit = escaped & (0 - escaped);
      const size_t at = offset + static_cast<size_t>(kernel::trailing_zeroes(escaped));
      if (EscapeLength(text, at - 1) == 0) wrong = true;
      if ((others & (bit - 1)) != 0) seen = false;
      others &= ~(bit - 1);
      if (!seen) first |= bit;
      seen = true;
    }
    return first;
  }
};

StructuralIndex::StructuralIndex() = default;
StructuralIndex::~StructuralIndex() = default;

bool StructuralIndex::Start(std::string_view text, size_t begin) {
  if (positions_ == nullptr) positions_.reset(new (std::nothrow) uint32_t[kBufferSize]);
  if (scanner_ == nullptr) scanner_.reset(new (std::nothrow) Scanner);
  if (positions_ == nullptr || scanner_ == nullptr) return false;
  *scanner_ = Scanner();
  text_ = text;
  begin_ = begin;
  offset_ = begin;
  end_ = positions_.get() + 1;
  end_[-1] = 0;
  return true;
}

StructuralIndex::Window StructuralIndex::NextWindow(const uint32_t* rest) {
  uint32_t* const first = positions_.get() + 1;
  uint32_t* out = first;
  if (rest != nullptr) out = std::copy(rest, static_cast<const uint32_t*>(end_), first);
  do {
    out = IndexWindow(out);
  } while (!exhausted() && static_cast<size_t>(out - first) <= kLookahead);
  const size_t count = static_cast<size_t>(out - first);
  end_ = out;
  if (!exhausted()) return {first, out - kLookahead - 1, count};
  std::fill_n(out, kLookahead, static_cast<uint32_t>(begin_));
  // Behind all positions, and only compared with.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return {first, reinterpret_cast<const uint32_t*>(UINTPTR_MAX), count};
}

uint32_t* StructuralIndex::IndexWindow(uint32_t* out) {
  // A copy on the stack, which the compiler keeps in registers over the loop.
  Scanner scanner = *scanner_;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text_.data());
  const size_t end = std::min(text_.size(), offset_ + kWindowBytes);
  size_t at = offset_;
  for (; at + kBlockBytes <= end; at += kBlockBytes) {
    const uint64_t bits = scanner.Scan(bytes + at, text_, at, out[-1]);
    out = WritePositions(bits, static_cast<uint32_t>(at), out);
  }
  if (at < end) {
    uint8_t block[kBlockBytes];
    PadBlock(bytes + at, end - at, block);
    const uint64_t bits = scanner.Scan(block, text_, at, out[-1]);
    out = WritePositions(bits, static_cast<uint32_t>(at), out);
  }
  offset_ = end;
  if (exhausted()) {
    scanner.utf8.check_eof();
    scanner.wrong |= scanner.in_string != 0;
  }
  *scanner_ = scanner;
  return out;
}

bool StructuralIndex::has_fault() const {
  return scanner_->wrong || scanner_->utf8.errors() != simdjson::SUCCESS;
}

size_t StructuralIndex::retained_bytes() const {
  return positions_ == nullptr ? 0 : kBufferSize * sizeof(uint32_t);
}

}  // namespace sluice::json

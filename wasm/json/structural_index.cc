#include "sluice/json/structural_index.h"

#include <algorithm>
#include <cstring>
#include <new>

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

struct StructuralIndex::Scanner {
  kernel::stage1::json_scanner tokens;
  kernel::utf8_validation::utf8_checker utf8;
  uint64_t control_characters = 0;
  bool unclosed = false;

  // The bits of the positions in a block of 64 bytes.
  SLUICE_SIMD_INLINE uint64_t Scan(const uint8_t* block) {
    const kernel::simd::simd8x64<uint8_t> in(block);
    const kernel::stage1::json_block found = tokens.next(in);
    const uint64_t in_string = found._string._in_string;
    utf8.check_next_input(in);
    control_characters |= in.lteq(0x1F) & in_string;
    return found.structural_start() | (found._string._quote & ~in_string) |
           (found._string._escaped & in_string);
  }
};

namespace {

constexpr size_t kBlockBytes = 64;

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

}  // namespace

StructuralIndex::StructuralIndex() = default;
StructuralIndex::~StructuralIndex() = default;

bool StructuralIndex::Start(std::string_view text) {
  if (positions_ == nullptr)
    positions_.reset(new (std::nothrow) uint32_t[kWindowBytes + kBlockBytes]);
  if (scanner_ == nullptr) scanner_.reset(new (std::nothrow) Scanner);
  if (positions_ == nullptr || scanner_ == nullptr) return false;
  *scanner_ = Scanner();
  text_ = text;
  offset_ = 0;
  return true;
}

size_t StructuralIndex::NextWindow() {
  // A copy on the stack, which the compiler keeps in registers over the loop.
  Scanner scanner = *scanner_;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text_.data());
  const size_t end = std::min(text_.size(), offset_ + kWindowBytes);
  uint32_t* out = positions_.get();
  size_t at = offset_;
  for (; at + kBlockBytes <= end; at += kBlockBytes) {
    out = WritePositions(scanner.Scan(bytes + at), static_cast<uint32_t>(at), out);
  }
  if (at < end) {
    uint8_t block[kBlockBytes];
    std::memset(block, ' ', sizeof(block));
    std::memcpy(block, bytes + at, end - at);
    out = WritePositions(scanner.Scan(block), static_cast<uint32_t>(at), out);
  }
  offset_ = end;
  if (exhausted()) {
    scanner.utf8.check_eof();
    scanner.unclosed = scanner.tokens.finish() != simdjson::SUCCESS;
  }
  *scanner_ = scanner;
  return static_cast<size_t>(out - positions_.get());
}

bool StructuralIndex::has_fault() const {
  return scanner_->unclosed || scanner_->control_characters != 0 ||
         scanner_->utf8.errors() != simdjson::SUCCESS;
}

size_t StructuralIndex::retained_bytes() const {
  return positions_ == nullptr ? 0 : (kWindowBytes + kBlockBytes) * sizeof(uint32_t);
}

}  // namespace sluice::json

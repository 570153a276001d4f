// A WebAssembly SIMD128 kernel for simdjson: the vector types that simdjson's generic stage 1 is
// written on, over <wasm_simd128.h>.
//
// simdjson has no kernel for WebAssembly. This header takes the place of the vector parts of its
// westmere kernel, whose width it shares: it defines the include guards of those parts and what
// they would have defined, so simdjson.cpp, included after it, compiles unmodified on top. Natively
// the same code runs through SIMDe, so that sanitizers and fuzzers see what ships.
//
// Inside this room only: structural_index.cc includes it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sluice/base/simd128.h"

// A namespace of our own for all of it; see structural_index.cc.
#define simdjson sluice_simdjson

#define SIMDJSON_IMPLEMENTATION_WESTMERE 1
// The dependency's own build may say otherwise on the command line.
#undef SIMDJSON_IMPLEMENTATION_FALLBACK
#define SIMDJSON_IMPLEMENTATION_FALLBACK 0
#define SIMDJSON_IMPLEMENTATION_HASWELL 0
#define SIMDJSON_IMPLEMENTATION_ICELAKE 0
#define SIMDJSON_IMPLEMENTATION_ARM64 0
#define SIMDJSON_BUILTIN_IMPLEMENTATION westmere

#define SIMDJSON_WESTMERE_INTRINSICS_H
#define SIMDJSON_WESTMERE_BITMANIPULATION_H
#define SIMDJSON_WESTMERE_BITMASK_H
#define SIMDJSON_WESTMERE_NUMBERPARSING_DEFS_H
#define SIMDJSON_WESTMERE_SIMD_H
#define SIMDJSON_WESTMERE_STRINGPARSING_DEFS_H
#define SIMDJSON_SWAR_NUMBER_PARSING 0

#define SLUICE_SIMD_INLINE inline __attribute__((always_inline))

namespace simdjson::westmere {
namespace {

SLUICE_SIMD_INLINE int trailing_zeroes(uint64_t bits) {
  return bits == 0 ? 64 : __builtin_ctzll(bits);
}
SLUICE_SIMD_INLINE int leading_zeroes(uint64_t bits) {
  return bits == 0 ? 64 : __builtin_clzll(bits);
}
SLUICE_SIMD_INLINE uint64_t clear_lowest_bit(uint64_t bits) { return bits & (bits - 1); }
SLUICE_SIMD_INLINE int count_ones(uint64_t bits) { return __builtin_popcountll(bits); }
SLUICE_SIMD_INLINE bool add_overflow(uint64_t a, uint64_t b, uint64_t* sum) {
  unsigned long long result = 0;
  const bool overflow = __builtin_uaddll_overflow(a, b, &result);
  *sum = result;
  return overflow;
}

// WebAssembly has no carry-less multiplication; six shifts do the same.
SLUICE_SIMD_INLINE uint64_t prefix_xor(uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

// What simdjson's character classification calls by this name: a lookup by the low four bits, 0
// where the top bit is set. i8x16.swizzle yields 0 for every index above 15, hence the mask.
SLUICE_SIMD_INLINE v128_t _mm_shuffle_epi8(v128_t table, v128_t indices) {
  return wasm_i8x16_swizzle(table,
                            wasm_v128_and(indices, wasm_i8x16_splat(static_cast<int8_t>(0x8F))));
}

namespace simd {

template <typename T>
struct simd8;

template <typename T>
struct Vector {
  v128_t value;

  SLUICE_SIMD_INLINE Vector() : value(wasm_i8x16_splat(0)) {}
  SLUICE_SIMD_INLINE Vector(v128_t v) : value(v) {}
  SLUICE_SIMD_INLINE operator v128_t() const { return value; }

  SLUICE_SIMD_INLINE simd8<T> operator|(simd8<T> other) const {
    return wasm_v128_or(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<T> operator&(simd8<T> other) const {
    return wasm_v128_and(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<T> operator^(simd8<T> other) const {
    return wasm_v128_xor(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<T> bit_andnot(simd8<T> other) const {
    return wasm_v128_andnot(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<T>& operator|=(simd8<T> other) {
    return Set(wasm_v128_or(value, other.value));
  }
  SLUICE_SIMD_INLINE simd8<T>& operator&=(simd8<T> other) {
    return Set(wasm_v128_and(value, other.value));
  }
  SLUICE_SIMD_INLINE simd8<T>& operator^=(simd8<T> other) {
    return Set(wasm_v128_xor(value, other.value));
  }
  // The vector that ends N bytes before this one does.
  template <int N = 1>
  SLUICE_SIMD_INLINE simd8<T> prev(simd8<T> previous) const {
    static_assert(N >= 1 && N <= 3);
    if constexpr (N == 1) {
      return wasm_i8x16_shuffle(previous.value, value, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                                26, 27, 28, 29, 30);
    } else if constexpr (N == 2) {
      return wasm_i8x16_shuffle(previous.value, value, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
                                25, 26, 27, 28, 29);
    } else {
      return wasm_i8x16_shuffle(previous.value, value, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
                                24, 25, 26, 27, 28);
    }
  }

 private:
  SLUICE_SIMD_INLINE simd8<T>& Set(v128_t v) {
    value = v;
    return *static_cast<simd8<T>*>(this);
  }
};

template <>
struct simd8<bool> : Vector<bool> {
  using Vector<bool>::Vector;
  SLUICE_SIMD_INLINE simd8(bool b) : Vector<bool>(wasm_i8x16_splat(b ? -1 : 0)) {}
  SLUICE_SIMD_INLINE int to_bitmask() const { return static_cast<int>(wasm_i8x16_bitmask(value)); }
  SLUICE_SIMD_INLINE bool any() const { return wasm_v128_any_true(value); }
  SLUICE_SIMD_INLINE simd8<bool> operator~() const { return wasm_v128_not(value); }
};

template <typename T>
struct Numeric : Vector<T> {
  using Vector<T>::Vector;

  static SLUICE_SIMD_INLINE simd8<T> splat(T v) { return wasm_i8x16_splat(static_cast<int8_t>(v)); }
  static SLUICE_SIMD_INLINE simd8<T> zero() { return splat(0); }
  static SLUICE_SIMD_INLINE simd8<T> load(const T* values) { return wasm_v128_load(values); }
  static SLUICE_SIMD_INLINE simd8<T> repeat_16(T v0, T v1, T v2, T v3, T v4, T v5, T v6, T v7, T v8,
                                               T v9, T v10, T v11, T v12, T v13, T v14, T v15) {
    return simd8<T>(v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15);
  }
  SLUICE_SIMD_INLINE void store(T* out) const { wasm_v128_store(out, this->value); }

  SLUICE_SIMD_INLINE simd8<T> operator~() const { return wasm_v128_not(this->value); }
  SLUICE_SIMD_INLINE simd8<T> operator+(simd8<T> other) const {
    return wasm_i8x16_add(this->value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<T> operator-(simd8<T> other) const {
    return wasm_i8x16_sub(this->value, other.value);
  }

  // Only for values below 16, so no mask.
  template <typename L>
  SLUICE_SIMD_INLINE simd8<L> lookup_16(simd8<L> table) const {
    return wasm_i8x16_swizzle(table.value, this->value);
  }
  template <typename L>
  SLUICE_SIMD_INLINE simd8<L> lookup_16(L v0, L v1, L v2, L v3, L v4, L v5, L v6, L v7, L v8, L v9,
                                        L v10, L v11, L v12, L v13, L v14, L v15) const {
    return lookup_16(
        simd8<L>::repeat_16(v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15));
  }

  // Writes the bytes whose bit in `mask` is 0, in order. Only simdjson's minify, which we don't
  // use, calls it: scalar.
  template <typename L>
  SLUICE_SIMD_INLINE void compress(uint16_t mask, L* output) const {
    T lanes[16];
    store(lanes);
    size_t count = 0;
    for (int i = 0; i < 16; ++i) {
      if ((mask >> i & 1) == 0) output[count++] = static_cast<L>(lanes[i]);
    }
  }
};

template <typename T>
SLUICE_SIMD_INLINE simd8<bool> operator==(simd8<T> a, simd8<T> b) {
  return wasm_i8x16_eq(a.value, b.value);
}

template <>
struct simd8<int8_t> : Numeric<int8_t> {
  using Numeric<int8_t>::Numeric;
  SLUICE_SIMD_INLINE simd8(int8_t v) : Numeric<int8_t>(wasm_i8x16_splat(v)) {}
  SLUICE_SIMD_INLINE simd8(const int8_t* values) : Numeric<int8_t>(wasm_v128_load(values)) {}
  SLUICE_SIMD_INLINE simd8(int8_t v0, int8_t v1, int8_t v2, int8_t v3, int8_t v4, int8_t v5,
                           int8_t v6, int8_t v7, int8_t v8, int8_t v9, int8_t v10, int8_t v11,
                           int8_t v12, int8_t v13, int8_t v14, int8_t v15)
      : Numeric<int8_t>(wasm_i8x16_make(v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13,
                                        v14, v15)) {}
  SLUICE_SIMD_INLINE simd8<bool> operator>(simd8<int8_t> other) const {
    return wasm_i8x16_gt(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<bool> operator<(simd8<int8_t> other) const {
    return wasm_i8x16_lt(value, other.value);
  }
};

template <>
struct simd8<uint8_t> : Numeric<uint8_t> {
  using Numeric<uint8_t>::Numeric;
  SLUICE_SIMD_INLINE simd8(uint8_t v)
      : Numeric<uint8_t>(wasm_i8x16_splat(static_cast<int8_t>(v))) {}
  SLUICE_SIMD_INLINE simd8(const uint8_t* values) : Numeric<uint8_t>(wasm_v128_load(values)) {}
  SLUICE_SIMD_INLINE simd8(uint8_t v0, uint8_t v1, uint8_t v2, uint8_t v3, uint8_t v4, uint8_t v5,
                           uint8_t v6, uint8_t v7, uint8_t v8, uint8_t v9, uint8_t v10, uint8_t v11,
                           uint8_t v12, uint8_t v13, uint8_t v14, uint8_t v15)
      : Numeric<uint8_t>(wasm_i8x16_make(S(v0), S(v1), S(v2), S(v3), S(v4), S(v5), S(v6), S(v7),
                                         S(v8), S(v9), S(v10), S(v11), S(v12), S(v13), S(v14),
                                         S(v15))) {}

  SLUICE_SIMD_INLINE simd8<uint8_t> saturating_add(simd8<uint8_t> other) const {
    return wasm_u8x16_add_sat(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<uint8_t> saturating_sub(simd8<uint8_t> other) const {
    return wasm_u8x16_sub_sat(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<uint8_t> gt_bits(simd8<uint8_t> other) const {
    return saturating_sub(other);
  }
  SLUICE_SIMD_INLINE simd8<uint8_t> lt_bits(simd8<uint8_t> other) const {
    return other.saturating_sub(*this);
  }
  SLUICE_SIMD_INLINE simd8<bool> operator<=(simd8<uint8_t> other) const {
    return wasm_u8x16_le(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<bool> operator>=(simd8<uint8_t> other) const {
    return wasm_u8x16_ge(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<bool> operator>(simd8<uint8_t> other) const {
    return wasm_u8x16_gt(value, other.value);
  }
  SLUICE_SIMD_INLINE simd8<bool> operator<(simd8<uint8_t> other) const {
    return wasm_u8x16_lt(value, other.value);
  }

  SLUICE_SIMD_INLINE simd8<bool> bits_not_set() const {
    return *this == simd8<uint8_t>(uint8_t{0});
  }
  SLUICE_SIMD_INLINE simd8<bool> bits_not_set(simd8<uint8_t> bits) const {
    return (*this & bits).bits_not_set();
  }
  SLUICE_SIMD_INLINE simd8<bool> any_bits_set() const { return ~bits_not_set(); }
  SLUICE_SIMD_INLINE simd8<bool> any_bits_set(simd8<uint8_t> bits) const {
    return ~bits_not_set(bits);
  }
  SLUICE_SIMD_INLINE bool is_ascii() const { return wasm_i8x16_bitmask(value) == 0; }
  SLUICE_SIMD_INLINE bool any_bits_set_anywhere() const { return wasm_v128_any_true(value); }
  SLUICE_SIMD_INLINE bool bits_not_set_anywhere() const { return !any_bits_set_anywhere(); }
  SLUICE_SIMD_INLINE bool any_bits_set_anywhere(simd8<uint8_t> bits) const {
    return (*this & bits).any_bits_set_anywhere();
  }
  SLUICE_SIMD_INLINE bool bits_not_set_anywhere(simd8<uint8_t> bits) const {
    return !any_bits_set_anywhere(bits);
  }
  template <int N>
  SLUICE_SIMD_INLINE simd8<uint8_t> shr() const {
    return wasm_u8x16_shr(value, N);
  }
  template <int N>
  SLUICE_SIMD_INLINE simd8<uint8_t> shl() const {
    return wasm_i8x16_shl(value, N);
  }

 private:
  static constexpr int8_t S(uint8_t v) { return static_cast<int8_t>(v); }
};

template <typename T>
struct simd8x64 {
  static constexpr int NUM_CHUNKS = 4;
  const simd8<T> chunks[NUM_CHUNKS];

  SLUICE_SIMD_INLINE simd8x64(simd8<T> c0, simd8<T> c1, simd8<T> c2, simd8<T> c3)
      : chunks{c0, c1, c2, c3} {}
  SLUICE_SIMD_INLINE simd8x64(const T* values)
      : chunks{simd8<T>::load(values), simd8<T>::load(values + 16), simd8<T>::load(values + 32),
               simd8<T>::load(values + 48)} {}
  simd8x64(const simd8x64&) = delete;
  simd8x64& operator=(const simd8x64&) = delete;

  SLUICE_SIMD_INLINE void store(T* out) const {
    for (int i = 0; i < NUM_CHUNKS; ++i) chunks[i].store(out + i * 16);
  }
  SLUICE_SIMD_INLINE simd8<T> reduce_or() const {
    return (chunks[0] | chunks[1]) | (chunks[2] | chunks[3]);
  }
  SLUICE_SIMD_INLINE uint64_t compress(uint64_t mask, T* output) const {
    T* next = output;
    for (int i = 0; i < NUM_CHUNKS; ++i) {
      const uint16_t part = static_cast<uint16_t>(mask >> (16 * i));
      chunks[i].compress(part, next);
      next += 16 - count_ones(part);
    }
    return static_cast<uint64_t>(next - output);
  }
  SLUICE_SIMD_INLINE uint64_t to_bitmask() const {
    const uint64_t b0 = static_cast<uint32_t>(chunks[0].to_bitmask());
    const uint64_t b1 = static_cast<uint32_t>(chunks[1].to_bitmask());
    const uint64_t b2 = static_cast<uint32_t>(chunks[2].to_bitmask());
    const uint64_t b3 = static_cast<uint32_t>(chunks[3].to_bitmask());
    return b0 | b1 << 16 | b2 << 32 | b3 << 48;
  }
  SLUICE_SIMD_INLINE uint64_t eq(T m) const {
    const simd8<T> v = simd8<T>::splat(m);
    return simd8x64<bool>(chunks[0] == v, chunks[1] == v, chunks[2] == v, chunks[3] == v)
        .to_bitmask();
  }
  SLUICE_SIMD_INLINE uint64_t eq(const simd8x64<uint8_t>& other) const {
    return simd8x64<bool>(chunks[0] == other.chunks[0], chunks[1] == other.chunks[1],
                          chunks[2] == other.chunks[2], chunks[3] == other.chunks[3])
        .to_bitmask();
  }
  SLUICE_SIMD_INLINE uint64_t lteq(T m) const {
    const simd8<T> v = simd8<T>::splat(m);
    return simd8x64<bool>(chunks[0] <= v, chunks[1] <= v, chunks[2] <= v, chunks[3] <= v)
        .to_bitmask();
  }
};

}  // namespace simd

// simdjson's generic code names the vector types without their namespace.
using namespace simd;

// Called by simdjson's stage 2, which we don't use but which is compiled along.
struct backslash_and_quote {
  static constexpr uint32_t BYTES_PROCESSED = 16;
  static SLUICE_SIMD_INLINE backslash_and_quote copy_and_find(const uint8_t* src, uint8_t* dst) {
    const simd8<uint8_t> v(src);
    v.store(dst);
    return {static_cast<uint32_t>((v == simd8<uint8_t>(uint8_t{'\\'})).to_bitmask()),
            static_cast<uint32_t>((v == simd8<uint8_t>(uint8_t{'"'})).to_bitmask())};
  }
  SLUICE_SIMD_INLINE bool has_quote_first() const { return ((bs_bits - 1) & quote_bits) != 0; }
  SLUICE_SIMD_INLINE bool has_backslash() const { return bs_bits != 0; }
  SLUICE_SIMD_INLINE int quote_index() const { return trailing_zeroes(quote_bits); }
  SLUICE_SIMD_INLINE int backslash_index() const { return trailing_zeroes(bs_bits); }

  uint32_t bs_bits;
  uint32_t quote_bits;
};

}  // namespace

}  // namespace simdjson::westmere

// The number parsing of stage 2, which we don't use either; defined after simdjson.cpp, where
// value128 is complete.
namespace simdjson {
namespace internal {
struct value128;
}
namespace westmere::numberparsing {
inline uint32_t parse_eight_digits_unrolled(const uint8_t* digits);
inline internal::value128 full_multiplication(uint64_t a, uint64_t b);
}  // namespace westmere::numberparsing
}  // namespace simdjson

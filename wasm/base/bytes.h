// Bytes in, bytes out: a capped output buffer and little-endian words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/types/span.h"

namespace sluice {

using ByteSpan = absl::Span<const uint8_t>;

inline std::string_view AsText(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline ByteSpan AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// An append-only buffer with a hard cap. Appending past the cap (or past what memory there is)
// never aborts: it sets `exhausted()`, drops the append that doesn't fit as a whole and ignores all
// later ones until `Clear` or `Reset`, so a producer checks once at its end. `Clear` keeps the
// capacity: a buffer used again allocates nothing until a longer output comes. Growth is geometric:
// appending is amortized O(1) a byte.
class OutputBuffer {
 public:
  explicit OutputBuffer(size_t max_bytes) : max_bytes_(max_bytes) {}
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  OutputBuffer(OutputBuffer&&) noexcept;
  OutputBuffer& operator=(OutputBuffer&&) noexcept;
  ~OutputBuffer();

  void Append(std::string_view text) {
    if (text.size() > limit_ - size_ && !Grow(text.size())) return;
    CopyBytes(data_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  // The same for text that lies in memory readable up to `end`: what is short is copied as one
  // block, whatever its size, so that no branch depends on it.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void AppendWithin(std::string_view text, const char* end) {
    if (!IsShort(text, end) || limit_ - size_ < kBlock) return Append(text);
    std::memcpy(data_ + size_, text.data(), kBlock);
    size_ += text.size();
  }
  // Two of them.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void AppendWithin(std::string_view first, const char* first_end,
                                                 std::string_view second, const char* second_end) {
    if (!IsShort(first, first_end) || !IsShort(second, second_end) || limit_ - size_ < 2 * kBlock) {
      Append(first);
      return Append(second);
    }
    char* const to = data_ + size_;
    std::memcpy(to, first.data(), kBlock);
    std::memcpy(to + first.size(), second.data(), kBlock);
    size_ += first.size() + second.size();
  }
  void Append(char c) {
    if (size_ == limit_ && !Grow(1)) return;
    data_[size_++] = c;
  }
  void AppendWord(uint32_t word);  // 4 bytes, little-endian

  // Makes room for `size` more bytes, so that the next appends of that many don't grow. False
  // (and exhausted) if the cap or memory forbids it.
  bool Reserve(size_t size);

  // Overwrites 4 bytes at `offset`, which must lie inside what was appended.
  void PatchWord(size_t offset, uint32_t word);

  // Drops everything after the first `size` bytes (size <= this->size()).
  void Truncate(size_t size);
  void Clear();
  // Clears and caps anew; keeps the memory if it is no larger than the new cap.
  void Reset(size_t max_bytes);
  // Clears and gives the memory back.
  void Release();

  size_t size() const { return size_; }
  size_t max_bytes() const { return max_bytes_; }
  size_t capacity() const { return capacity_; }
  bool exhausted() const { return exhausted_; }
  std::string_view text() const { return {data_, size_}; }
  ByteSpan bytes() const { return {reinterpret_cast<const uint8_t*>(data_), size_}; }

 private:
  static constexpr size_t kBlock = 32;

  bool Grow(size_t extra);
  void Exhaust();
  static bool IsShort(std::string_view text, const char* end) {
    return text.size() <= kBlock && static_cast<size_t>(end - text.data()) >= kBlock;
  }

  // Most appends are a few bytes; a call to memcpy costs more than they do.
  static void CopyBytes(char* to, const char* from, size_t size) {
    if (size > 32) {
      std::memcpy(to, from, size);
    } else if (size >= 16) {
      CopyEnds<16>(to, from, size);
    } else if (size >= 8) {
      CopyEnds<8>(to, from, size);
    } else if (size >= 4) {
      CopyEnds<4>(to, from, size);
    } else {
      for (size_t i = 0; i < size; ++i) to[i] = from[i];
    }
  }
  // Copies kBytes ≤ size ≤ 2 × kBytes as the first and the last kBytes, which may overlap.
  template <size_t kBytes>
  static void CopyEnds(char* to, const char* from, size_t size) {
    char head[kBytes];
    char tail[kBytes];
    std::memcpy(head, from, kBytes);
    std::memcpy(tail, from + size - kBytes, kBytes);
    std::memcpy(to, head, kBytes);
    std::memcpy(to + size - kBytes, tail, kBytes);
  }

  char* data_ = nullptr;  // malloc'd: realloc grows in place at the end of the Wasm heap
  size_t size_ = 0;
  size_t capacity_ = 0;
  size_t limit_ = 0;  // appends up to here need no call: the capacity, or the size when exhausted
  size_t max_bytes_;
  bool exhausted_ = false;
};

inline uint32_t LoadWord(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
         static_cast<uint32_t>(bytes[2]) << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}
inline uint64_t LoadLong(const uint8_t* bytes) {
  return LoadWord(bytes) | static_cast<uint64_t>(LoadWord(bytes + 4)) << 32;
}

}  // namespace sluice

// The one shape of every program: flat tables in one owned block.
//
// A program (what an engine compiles to) is immutable, u32-indexed and free of pointers: it could
// be written to disk and read back. A Block is that memory: a header (magic, format version,
// table count), then a directory of (offset, element count) pairs, then the tables, each aligned
// to 8 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/types/span.h"

namespace sluice {

class Block {
 public:
  Block() = default;

  uint32_t format_version() const;
  // Total bytes, header and directory included.
  size_t size() const { return size_; }

  // Table `index` as elements of T; empty if there is none. The element size must be the one it
  // was built with.
  template <typename T>
  absl::Span<const T> Table(uint32_t index) const {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    const Entry entry = EntryAt(index);
    return {reinterpret_cast<const T*>(words_.get() + entry.word_offset), entry.count};
  }
  // Table `index` as text, for string pools.
  std::string_view Text(uint32_t index) const {
    const absl::Span<const char> table = Table<char>(index);
    return {table.data(), table.size()};
  }

 private:
  friend class BlockBuilder;
  struct Entry {
    uint32_t word_offset;  // in 8-byte words from the start of the block
    uint32_t count;        // in elements
  };
  Entry EntryAt(uint32_t index) const;

  std::unique_ptr<uint64_t[]> words_;
  size_t size_ = 0;
};

// Gathers tables, then copies them once into a Block of exactly the right size.
class BlockBuilder {
 public:
  explicit BlockBuilder(uint32_t format_version) : format_version_(format_version) {}

  // Adds the next table and returns its index. The elements are referenced, not copied, until
  // `Build`.
  template <typename T>
  uint32_t Add(absl::Span<const T> elements) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    return AddBytes(elements.data(), elements.size(), sizeof(T));
  }
  template <typename T>
  uint32_t Add(const std::vector<T>& elements) {
    return Add(absl::Span<const T>(elements));
  }
  uint32_t Add(std::string_view text) { return AddBytes(text.data(), text.size(), 1); }

  // O(bytes). The empty Block (size 0) if memory is short or there are more than 2^32 elements in
  // a table.
  Block Build() const;

 private:
  struct Source {
    const void* data;
    size_t count;
    size_t element_size;
  };
  uint32_t AddBytes(const void* data, size_t count, size_t element_size);

  uint32_t format_version_;
  std::vector<Source> sources_;
};

// A string in a pool (a text table of a Block).
struct StringRef {
  uint32_t offset;
  uint32_t length;
  std::string_view In(std::string_view pool) const { return pool.substr(offset, length); }
  bool operator==(const StringRef&) const = default;
};

}  // namespace sluice

// Memory of one run: bump allocation below a cap, taken back all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sluice::query {

// Allocations stay where they are until `Reset` or a `Rewind` past them. The memory itself is kept
// for the next run. Running out (cap or malloc) is never fatal: nullptr, and `exhausted()` from
// then on.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // Takes everything back and sets the cap.
  void Reset(size_t max_bytes);
  // Gives the memory back.
  void Release();

  // Uninitialized, for `count` elements. Amortized O(1).
  template <typename T>
  T* Allocate(size_t count) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    if (count > max_bytes_ / sizeof(T)) {
      exhausted_ = true;
      return nullptr;
    }
    return static_cast<T*>(AllocateBytes(count * sizeof(T)));
  }
  // A copy of the text; empty if there is no room.
  std::string_view Copy(std::string_view text);

  struct Mark {
    size_t chunk;
    size_t used;
  };
  Mark mark() const { return {chunk_, used_}; }
  // Takes back what was allocated since.
  void Rewind(Mark mark);

  bool exhausted() const { return exhausted_; }
  size_t retained_bytes() const { return retained_; }

 private:
  struct Chunk {
    char* bytes;
    size_t size;
  };
  void* AllocateBytes(size_t bytes);
  bool NextChunk(size_t bytes);

  std::vector<Chunk> chunks_;
  size_t chunk_ = 0;  // the one in use
  size_t used_ = 0;   // of it
  size_t retained_ = 0;
  size_t max_bytes_ = 0;
  bool exhausted_ = false;
};

}  // namespace sluice::query

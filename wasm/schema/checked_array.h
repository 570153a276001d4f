// Memory of an evaluation whose growth may fail without harm. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <type_traits>

namespace sluice::schema {

// Of trivial elements; kept until `Release`.
template <typename T>
class CheckedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  CheckedArray() = default;
  CheckedArray(const CheckedArray&) = delete;
  CheckedArray& operator=(const CheckedArray&) = delete;
  ~CheckedArray() { std::free(data_); }

  // Room for `size` elements, the old ones kept. False if memory is short.
  bool Reserve(size_t size) {
    if (size <= capacity_) return true;
    if (size > SIZE_MAX / sizeof(T) / 2) return false;
    const size_t capacity = size < 64 ? 64 : size + size / 2;
    void* const grown = std::realloc(data_, capacity * sizeof(T));
    if (grown == nullptr) return false;
    data_ = static_cast<T*>(grown);
    capacity_ = capacity;
    return true;
  }
  void Release() {
    std::free(data_);
    data_ = nullptr;
    capacity_ = 0;
  }
  T* data() { return data_; }
  size_t retained_bytes() const { return capacity_ * sizeof(T); }

 private:
  T* data_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace sluice::schema

// A growing array whose growth may fail without harm.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "absl/types/span.h"

namespace sluice::transform {

// Of trivial elements. Memory is kept until `Release`. Appending is amortized O(1).
template <typename T>
class CheckedVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  CheckedVector() = default;
  CheckedVector(CheckedVector&& other) noexcept { *this = std::move(other); }
  CheckedVector& operator=(CheckedVector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~CheckedVector() { std::free(data_); }

  // False if memory is short.
  bool Append(const T& element) {
    if (size_ == capacity_ && !Reserve(size_ < 16 ? 32 : size_ * 2)) return false;
    data_[size_++] = element;
    return true;
  }
  // Makes room for `capacity` elements in all. False if memory is short.
  bool Reserve(size_t capacity) {
    if (capacity <= capacity_) return true;
    if (capacity > SIZE_MAX / sizeof(T)) return false;
    void* const grown = std::realloc(data_, capacity * sizeof(T));
    if (grown == nullptr) return false;
    data_ = static_cast<T*>(grown);
    capacity_ = capacity;
    return true;
  }
  // `size` elements, new ones as `value`. False if memory is short.
  bool Resize(size_t size, const T& value) {
    if (!Reserve(size)) return false;
    while (size_ < size) data_[size_++] = value;
    size_ = size;
    return true;
  }
  void Truncate(size_t size) { size_ = size; }
  void Clear() { size_ = 0; }
  void Release() { *this = CheckedVector(); }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t index) { return data_[index]; }
  const T& operator[](size_t index) const { return data_[index]; }
  T& back() { return data_[size_ - 1]; }
  absl::Span<const T> span() const { return {data_, size_}; }
  size_t retained_bytes() const { return capacity_ * sizeof(T); }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace sluice::transform

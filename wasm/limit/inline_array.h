// A sequence of at most N elements that lies where it is declared, and of which only what is used
// is ever touched: state on the stack that is mostly empty.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

namespace sluice::limit {

template <typename T, size_t N>
class InlineArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  size_t size() const { return size_; }
  bool full() const { return size_ == N; }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& back() { return data()[size_ - 1]; }

  // The array must not be full.
  T& push_back(const T& value) { return *new (data() + size_++) T(value); }
  // Before element `at` ≤ size(). O(size).
  T& insert(size_t at, const T& value) {
    std::memmove(bytes_ + (at + 1) * sizeof(T), bytes_ + at * sizeof(T), (size_ - at) * sizeof(T));
    ++size_;
    return *new (data() + at) T(value);
  }
  void erase(size_t at) {
    --size_;
    std::memmove(bytes_ + at * sizeof(T), bytes_ + (at + 1) * sizeof(T), (size_ - at) * sizeof(T));
  }
  void resize_down(size_t size) { size_ = size; }

 private:
  T* data() { return std::launder(reinterpret_cast<T*>(bytes_)); }
  const T* data() const { return std::launder(reinterpret_cast<const T*>(bytes_)); }

  alignas(T) unsigned char bytes_[N * sizeof(T)];
  size_t size_ = 0;
};

}  // namespace sluice::limit

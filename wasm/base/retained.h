// Memory that is kept from one run to the next, and giving back what is too much of it.
#pragma once

#include <cstddef>
#include <vector>

namespace sluice {

template <typename T>
size_t RetainedBytes(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

// Empties the vector and gives its memory back if it holds more than `max_bytes`.
template <typename T>
void TrimVector(std::vector<T>& vector, size_t max_bytes) {
  if (RetainedBytes(vector) > max_bytes) std::vector<T>().swap(vector);
}

}  // namespace sluice

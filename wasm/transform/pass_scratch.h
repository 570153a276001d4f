// Memory of passes and selections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice::transform {

// Memory of passes, kept between runs.
class PassScratch {
 public:
  // At least `size` bytes, all zero in the beginning; nullptr if memory is short. Users leave them
  // zero.
  uint8_t* Flags(size_t size);

  size_t retained_bytes() const { return size_; }
  void Release();

 private:
  std::unique_ptr<uint8_t[]> flags_;
  size_t size_ = 0;
};

}  // namespace sluice::transform

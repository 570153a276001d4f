// Text in a heap block of exactly its size, so that a sanitizer sees a read of one byte more.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

namespace sluice::test_support {

class ExactBuffer {
 public:
  explicit ExactBuffer(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
  }
  std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_;
};

}  // namespace sluice::test_support

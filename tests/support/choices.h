// Bytes as choices, for generators that a fuzzer or a pseudo-random test drives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::test_support {

class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  // 0 when there are no bytes left.
  uint32_t Below(uint32_t bound) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte % bound;
  }
  bool OneIn(uint32_t bound) { return Below(bound) == bound - 1; }

  template <typename T, size_t kCount>
  const T& Of(const T (&options)[kCount]) {
    return options[Below(kCount)];
  }

  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace sluice::test_support

// The texts of a program while it is compiled. Of this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/base/block.h"

namespace sluice::experiment {

// Texts lie in `source`, which the program keeps whole, or behind it.
class TextPool {
 public:
  // Without a source every text is copied. It outlives the pool.
  explicit TextPool(std::string_view source = {}) : source_(source) {}

  // A text out of the source stays where it is; any other is copied, each time.
  StringRef Keep(std::string_view text) {
    const uintptr_t offset =
        reinterpret_cast<uintptr_t>(text.data()) - reinterpret_cast<uintptr_t>(source_.data());
    if (offset >= source_.size()) return Make(text);
    return {static_cast<uint32_t>(offset), static_cast<uint32_t>(text.size())};
  }
  // One text of two.
  StringRef Make(std::string_view first, std::string_view second = {}) {
    const size_t offset = source_.size() + made_.size();
    made_.append(first);
    made_.append(second);
    return {static_cast<uint32_t>(offset), static_cast<uint32_t>(first.size() + second.size())};
  }

  bool IsMade(StringRef text) const { return text.offset >= source_.size(); }
  std::string_view At(StringRef text) const {
    if (!IsMade(text)) return source_.substr(text.offset, text.length);
    return std::string_view(made_).substr(text.offset - source_.size(), text.length);
  }

  // All of it, for the program. Afterwards no text may be kept.
  std::string_view Join() {
    joined_.reserve(source_.size() + made_.size());
    joined_.append(source_).append(made_);
    return joined_;
  }

 private:
  std::string_view source_;
  std::string made_;
  std::string joined_;
};

}  // namespace sluice::experiment

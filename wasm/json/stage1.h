// simdjson's stage 1: where the tokens of a text start. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/types/span.h"

namespace sluice::json {

// The positions of {}[]:, outside strings, of opening quotes and of the first character of
// everything else that is not whitespace, in order (Langdale and Lemire, "Parsing Gigabytes of JSON
// per Second", 2019, section 3.1). Memory is kept from one text to the next.
class StructuralIndex {
 public:
  StructuralIndex();
  ~StructuralIndex();
  StructuralIndex(const StructuralIndex&) = delete;
  StructuralIndex& operator=(const StructuralIndex&) = delete;

  enum class Result {
    kBuilt,    // and it is valid UTF-8, strings are closed and without raw control characters
    kRefused,  // it isn't, or is nothing but whitespace; nothing is said about where
    kNoMemory,
  };
  // O(text). `text` needs no padding. At most kMaxTextBytes, and its last byte must be ASCII: the
  // portable kernel reads one byte on from a character that the text's end cuts off.
  Result Build(std::string_view text);

  // After kBuilt. One more element follows the span: the text's size.
  absl::Span<const uint32_t> positions() const;

  size_t retained_bytes() const;
  void Release();

 private:
  struct Kernel;
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace sluice::json

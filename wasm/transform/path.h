// Paths: the part of JSONPath (RFC 9535) that needs no search. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::transform {

struct Segment {
  enum class Kind : uint8_t { kName, kIndex, kWildcard };
  Kind kind;
  uint32_t index = 0;  // kIndex; clamped to kNoSuchIndex, which no document has
  std::string name;    // kName; UTF-8
};
constexpr uint32_t kNoSuchIndex = 0xFFFFFFFF;

struct PathFault {
  std::string_view code;  // "invalid_path" or "unsupported"
  size_t offset = 0;      // in the path
  std::string message;
};

// `path` is UTF-8. False and `*fault` if it is not a path of singular and wildcard segments.
// O(length).
bool ParsePath(std::string_view path, std::vector<Segment>* segments, PathFault* fault);

}  // namespace sluice::transform

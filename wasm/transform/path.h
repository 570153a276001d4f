// Paths of steps: JSONPath (RFC 9535) and JSON Pointer (RFC 6901). Inside this room only.
//
// A text that starts with $ is JSONPath; the empty text and one that starts with / is a pointer. A
// simple path, which needs no search, is a list of segments: any pointer, and JSONPath of one name,
// index ≥ 0 or wildcard a segment. All other JSONPath is general and runs on the query room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::transform {

struct Segment {
  enum class Kind : uint8_t {
    kName,      // the members of an object with that name
    kIndex,     // an element of an array
    kWildcard,  // all of either
    kToken,     // of a pointer, digits: the members with that name or the element
  };
  Kind kind;
  uint32_t index = 0;  // kIndex, kToken; clamped to kNoSuchIndex, which no document has
  std::string name;    // kName, kToken: UTF-8, decoded
};
constexpr uint32_t kNoSuchIndex = 0xFFFFFFFF;

struct Path {
  enum class Language : uint8_t { kJsonPath, kJsonPointer };
  Language language = Language::kJsonPath;
  bool simple = true;
  std::vector<Segment> segments;  // of a general path: the simple part that it begins with
  // Of a general path: where that part ends, and on what ("a filter", "a slice", …).
  size_t general_offset = 0;
  std::string_view general_what;

  // Simple and without wildcards: one value at most, duplicate names aside.
  bool is_location() const;
};

struct PathFault {
  size_t offset = 0;  // in the path
  std::string message;
};

// `text` is UTF-8. False and `*fault` if it is no path. Only the simple part of a general path is
// checked: query::JsonPath::Compile reads it all. O(length).
bool ParsePath(std::string_view text, Path* path, PathFault* fault);

}  // namespace sluice::transform

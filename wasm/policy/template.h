// Path templates: "/orders/{id}", "/files/{rest...}".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::policy {

constexpr uint32_t kMaxSegments = 64;
constexpr uint32_t kMaxParameters = 16;
constexpr size_t kMaxLiteralBytes = 256;

enum class SegmentKind : uint32_t { kLiteral, kParameter, kRest };

// One segment as the policy has it.
struct TemplateSegment {
  SegmentKind kind;
  std::string text;     // a literal, percent-decoded; or the parameter's name
  std::string encoded;  // a literal as it goes upstream; else empty
};

struct PathTemplate {
  std::vector<TemplateSegment> segments;

  // Names of the parameters in order; the rest parameter is the last.
  std::vector<std::string_view> parameters() const;
};

// Reads a template. Reports wrong_type, invalid_path and too_many.
std::optional<PathTemplate> ReadTemplate(json::Value value, json::CompileContext& context);

// The same for a text that is, or is a part of, the string `value`.
std::optional<PathTemplate> ReadTemplateText(std::string_view text, json::Value value,
                                             json::CompileContext& context);

// True if some path matches both.
bool Overlap(const PathTemplate& a, const PathTemplate& b);

// True if `wide` matches every path that `narrow` does.
bool Covers(const PathTemplate& wide, const PathTemplate& narrow);

// Where a path has the values of its template's parameters, in order. A rest parameter's value
// begins with the slash before it, or is empty where there is none.
struct Capture {
  uint32_t begin;
  uint32_t end;

  std::string_view In(std::string_view path) const { return path.substr(begin, end - begin); }
};
using Captures = std::array<Capture, kMaxParameters>;

// A segment, compiled. Of a template to match: `text` is a literal, decoded. Of one to expand:
// `text` is what is written as it is, slashes included; a parameter or rest is written before it.
struct SegmentRow {
  SegmentKind kind;
  uint32_t parameter;  // which, from the left
  StringRef text;
};

// Matches a normalized path against one template. O(path).
bool MatchTemplate(absl::Span<const SegmentRow> segments, std::string_view pool,
                   std::string_view path, Captures& captures);

// Appends the expanded path. O(output).
void ExpandTemplate(absl::Span<const SegmentRow> segments, std::string_view pool,
                    std::string_view path, const Captures& captures, OutputBuffer& out);

// True if a segment of a normalized path is this literal, which is decoded.
bool SegmentEquals(std::string_view segment, std::string_view literal);

}  // namespace sluice::policy

#include <optional>

#include "sluice/policy/path.h"
#include "sluice/policy/template.h"

namespace sluice::policy {

bool SegmentEquals(std::string_view segment, std::string_view literal) {
  if (segment.find('%') == std::string_view::npos) return segment == literal;
  char decoded[kMaxLiteralBytes];
  const std::optional<size_t> length = DecodeSegment(segment, decoded, sizeof(decoded));
  return length.has_value() && std::string_view(decoded, *length) == literal;
}

bool MatchTemplate(absl::Span<const SegmentRow> segments, std::string_view pool,
                   std::string_view path, Captures& captures) {
  size_t slash = 0;
  for (const SegmentRow& row : segments) {
    if (row.kind == SegmentKind::kRest) {
      captures[row.parameter] = {static_cast<uint32_t>(slash), static_cast<uint32_t>(path.size())};
      return true;
    }
    if (slash == path.size()) return false;
    const std::string_view segment = SegmentAt(path, slash);
    const size_t end = slash + 1 + segment.size();
    if (row.kind == SegmentKind::kLiteral) {
      if (!SegmentEquals(segment, row.text.In(pool))) return false;
    } else {
      if (segment.empty()) return false;
      captures[row.parameter] = {static_cast<uint32_t>(slash + 1), static_cast<uint32_t>(end)};
    }
    slash = end;
  }
  return slash == path.size();
}

void ExpandTemplate(absl::Span<const SegmentRow> segments, std::string_view pool,
                    std::string_view path, const Captures& captures, OutputBuffer& out) {
  const size_t start = out.size();
  for (const SegmentRow& row : segments) {
    if (row.kind != SegmentKind::kLiteral) out.Append(captures[row.parameter].In(path));
    out.Append(row.text.In(pool));
  }
  if (out.size() == start) out.Append('/');  // only an empty rest
}

}  // namespace sluice::policy

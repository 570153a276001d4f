#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/transform/compiler.h"

namespace sluice::transform {

void Compiler::OverBudget(json::Value value, std::string message) {
  context_.AddIssue(value, "budget_exceeded", std::move(message));
}

// False if there are none or too many.
bool Compiler::CheckCount(json::Value value, uint32_t most, std::string_view what) {
  if (value.size() == 0) {
    context_.AddIssue(value, "missing_path", absl::StrCat("expected at least one ", what));
    return false;
  }
  if (value.size() <= most) return true;
  OverBudget(value, absl::StrCat("a step has at most ", most, " ", what, "s"));
  return false;
}

std::optional<std::string> Compiler::Text(json::Value value) {
  if (!json::Expect(value, json::Kind::kString, context_)) return std::nullopt;
  std::string scratch;
  return std::string(value.string(&scratch));
}

std::optional<transform::Path> Compiler::ReadPath(json::Value text) {
  const std::optional<std::string> path = Text(text);
  if (!path) return std::nullopt;
  transform::Path parsed;
  PathFault fault;
  if (!ParsePath(*path, &parsed, &fault)) {
    context_.AddIssue(
        text, "invalid_path",
        absl::StrCat("in ", Quoted(*path), " at ", fault.offset, ": ", fault.message));
    return std::nullopt;
  }
  if (parsed.segments.size() > kMaxSegmentsPerPath) {
    OverBudget(text, absl::StrCat("a path has at most ", kMaxSegmentsPerPath, " segments"));
    return std::nullopt;
  }
  for (const Segment& segment : parsed.segments) {
    if (segment.name.size() <= kMaxNameBytes) continue;
    OverBudget(text, absl::StrCat("a name in a path has at most ", kMaxNameBytes, " bytes"));
    return std::nullopt;
  }
  return parsed;
}

std::optional<transform::Path> Compiler::ReadLocation(json::Value text) {
  std::optional<transform::Path> path = ReadPath(text);
  if (!path || path->is_location()) return path;
  context_.AddIssue(text, "unsupported",
                    "expected the way to one value, of names and indexes only, like \"/a/0\" or "
                    "\"$.a[0]\"");
  return std::nullopt;
}

std::optional<transform::Path> Compiler::ReadPointer(json::Value text) {
  const std::optional<std::string> pointer = Text(text);
  if (!pointer) return std::nullopt;
  if (pointer->empty() || pointer->front() == '/') return ReadPath(text);
  context_.AddIssue(text, "invalid_path",
                    absl::StrCat("expected a JSON Pointer (RFC 6901), which is empty or starts "
                                 "with /, found ",
                                 Quoted(*pointer)));
  return std::nullopt;
}

uint32_t Compiler::AddPath(const transform::Path& path) {
  const auto first = static_cast<uint32_t>(segments_.size());
  for (size_t i = 0; i < path.segments.size(); ++i) {
    const Segment& segment = path.segments[i];
    PathSegment compiled = {PathSegment::Kind::kWildcard, segment.index, kNone, {0, 0}};
    const bool named =
        segment.kind == Segment::Kind::kName || segment.kind == Segment::Kind::kToken;
    if (named) {
      compiled.key = constants_.AddName(segment.name);
      compiled.name = constants_.TextOf(compiled.key);
    }
    const bool end = path.language == transform::Path::Language::kJsonPointer &&
                     segment.name == "-" && i + 1 == path.segments.size();
    if (segment.kind == Segment::Kind::kIndex) compiled.kind = PathSegment::Kind::kIndex;
    if (segment.kind == Segment::Kind::kToken) compiled.kind = PathSegment::Kind::kToken;
    if (segment.kind == Segment::Kind::kName) {
      compiled.kind = end ? PathSegment::Kind::kEnd : PathSegment::Kind::kName;
    }
    segments_.push_back(compiled);
  }
  paths_.push_back({first, static_cast<uint32_t>(path.segments.size())});
  return static_cast<uint32_t>(paths_.size() - 1);
}

std::optional<uint32_t> Compiler::AddJsonPath(json::Value text) {
  const std::optional<std::string> query = Text(text);
  if (!query) return std::nullopt;
  absl::StatusOr<query::JsonPath> path =
      query::JsonPath::Compile(*query, {}, query::Duplicates::kEvery);
  if (!path.ok()) {
    const bool over = ErrorCodeOf(path.status()) == ErrorCode::kBudgetExceeded;
    context_.AddIssue(text, over ? "budget_exceeded" : "invalid_path",
                      std::string(path.status().message()));
    return std::nullopt;
  }
  queries_.json_paths.push_back(*std::move(path));
  return static_cast<uint32_t>(queries_.json_paths.size() - 1);
}

// The name's number in the list, where it is added if it's new.
uint32_t Compiler::NumberOf(std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<uint32_t>(found - names.begin());
  names.emplace_back(name);
  return static_cast<uint32_t>(names.size() - 1);
}

}  // namespace sluice::transform

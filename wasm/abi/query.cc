#include "sluice/abi/query.h"

#include <variant>

#include "sluice/base/limits.h"
#include "sluice/base/retained.h"
#include "sluice/base/status.h"
#include "sluice/json/writer.h"
#include "sluice/query/normalized_path.h"

namespace sluice::abi {
namespace {

// What is the caller's fault in a library is the query's, or the document's, for who runs it.
absl::Status Renamed(const absl::Status& status, ErrorCode code) {
  return ErrorCodeOf(status) == ErrorCode::kInvalidArgument ? WithCode(status, code) : status;
}

absl::Status CheckRoom(const OutputBuffer& out) {
  return out.exhausted() ? MakeBudgetError(Budget::kOutputBytes, "the result is too long")
                         : absl::OkStatus();
}

absl::Status Select(const query::JsonPath& path, std::string_view json, QueryScratch& scratch) {
  SLUICE_RETURN_IF_ERROR(scratch.document.Parse(json));
  return path.Run(scratch.document, scratch.json_path, scratch.nodes);
}

}  // namespace

void QueryScratch::Trim(size_t max_bytes) {
  if (document.retained_bytes() > max_bytes) document.Release();
  json_path.Trim(max_bytes);
  jmes_path.Trim(max_bytes);
  TrimVector(nodes, max_bytes);
}

absl::StatusOr<Query> Query::Compile(uint32_t language, std::string_view text) {
  switch (language) {
    case static_cast<uint32_t>(QueryLanguage::kJsonPath): {
      absl::StatusOr<query::JsonPath> path = query::JsonPath::Compile(text);
      if (!path.ok()) return Renamed(path.status(), ErrorCode::kInvalidQuery);
      return Query(*std::move(path));
    }
    case static_cast<uint32_t>(QueryLanguage::kJmesPath): {
      absl::StatusOr<query::JmesPath> path = query::JmesPath::Compile(text);
      if (!path.ok()) return Renamed(path.status(), ErrorCode::kInvalidQuery);
      return Query(*std::move(path));
    }
    default:
      return MakeError(ErrorCode::kInvalidArgument, "no query language has this number");
  }
}

absl::Status Query::Run(std::string_view json, QueryScratch& scratch, OutputBuffer& out) const {
  if (const auto* jmes_path = std::get_if<query::JmesPath>(&compiled_)) {
    SLUICE_RETURN_IF_ERROR(scratch.document.Parse(json));
    return Renamed(jmes_path->Run(scratch.document, scratch.jmes_path, out),
                   ErrorCode::kQueryFailed);
  }
  SLUICE_RETURN_IF_ERROR(Select(std::get<query::JsonPath>(compiled_), json, scratch));
  query::AppendValues(scratch.document, scratch.nodes, out);
  return CheckRoom(out);
}

absl::Status Query::Paths(std::string_view json, QueryScratch& scratch, OutputBuffer& out) const {
  const auto* path = std::get_if<query::JsonPath>(&compiled_);
  if (path == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument, "only a JSONPath has paths, not a JMESPath");
  }
  SLUICE_RETURN_IF_ERROR(Select(*path, json, scratch));
  query::NormalizedPaths paths;
  SLUICE_RETURN_IF_ERROR(paths.Build(scratch.document, scratch.nodes, out.max_bytes()));
  json::Writer writer(out);
  writer.BeginArray();
  for (size_t i = 0; i < paths.size(); ++i) writer.String(paths[i]);
  writer.EndArray();
  return CheckRoom(out);
}

}  // namespace sluice::abi

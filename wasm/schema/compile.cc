#include <algorithm>

#include "sluice/base/status.h"
#include "sluice/schema/catalog.h"
#include "sluice/schema/generator.h"
#include "sluice/schema/linker.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

constexpr std::string_view kNotASchema = "not a JSON Schema that can be compiled";

}  // namespace

absl::StatusOr<Program> Compile(absl::Span<const ParsedResource> roots, const Options& options,
                                json::CompileContext& context) {
  const size_t faults_before = context.issues().total();
  Catalog catalog(options, context);
  catalog.Load(roots);
  if (catalog.exhausted()) return MakeError(ErrorCode::kInvalidSchema, kNotASchema);
  Generator generator(catalog, options, context);
  generator.Run();
  Linker linker(catalog, generator, options);
  if (context.issues().total() == faults_before) linker.CheckLoops();
  if (context.issues().total() != faults_before) {
    return MakeError(ErrorCode::kInvalidSchema, kNotASchema);
  }
  return linker.Link();
}

absl::StatusOr<Program> Compile(json::Value schema, const Options& options,
                                json::CompileContext& context) {
  const ParsedResource root = {options.base_uri, schema};
  return Compile(absl::MakeConstSpan(&root, 1), options, context);
}

}  // namespace sluice::schema

#include "sluice/schema/meta_schemas.h"

namespace sluice::schema {
namespace {

constexpr MetaSchema kMetaSchemas[] = {
// Written by tools/embed-meta-schemas.mjs from what npm brings.
#include "meta_schemas.inc"
};

}  // namespace

absl::Span<const MetaSchema> MetaSchemas() { return kMetaSchemas; }

}  // namespace sluice::schema

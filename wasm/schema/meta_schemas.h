// The meta-schemas of the five drafts, which every program can refer to. Inside this room only.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/types/span.h"

namespace sluice::schema {

struct MetaSchema {
  std::string_view uri;  // without fragment
  std::string_view json;
};

absl::Span<const MetaSchema> MetaSchemas();

}  // namespace sluice::schema

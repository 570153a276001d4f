// The tables of a transform's Block. Inside this room only.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/transform/pass_tables.h"

namespace sluice::transform {

enum Table : uint32_t { kOrder, kFirstPassTable };

struct Tables {
  explicit Tables(const Block& block)
      : order(block.Table<uint32_t>(kOrder)), passes(block, kFirstPassTable) {}

  absl::Span<const uint32_t> order;  // numbers of passes
  PassTables passes;
};

}  // namespace sluice::transform

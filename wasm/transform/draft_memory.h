// Memory of a Draft.
#pragma once

#include <cstddef>

#include "sluice/query/arena.h"

namespace sluice::transform {

// Kept between runs.
struct DraftMemory {
  query::Arena containers;
  query::Arena temporary;  // while one operation runs

  size_t retained_bytes() const { return containers.retained_bytes() + temporary.retained_bytes(); }
  void Trim(size_t max_bytes);
};

}  // namespace sluice::transform

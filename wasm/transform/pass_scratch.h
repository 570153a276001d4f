// Memory of passes and selections.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sluice/transform/checked_vector.h"
#include "sluice/transform/marks.h"
#include "sluice/transform/splice.h"

namespace sluice::transform {

// Kept between runs. One pass or selection at a time.
struct PassScratch {
  // A container that is being written.
  struct Frame {
    uint32_t next;  // its next child (a key in an object) and where they end: tape indices
    uint32_t end;
    bool in_object;
    Children children;
  };

  CheckedVector<uint8_t> flags;       // of a pass; all zero between runs
  Marks marks;                        // of a selection
  CheckedVector<Frame> frames;        // of a selection
  CheckedVector<uint32_t> takers;     // of a selection: by new name, where a member gets it
  CheckedVector<uint32_t> displaced;  // of a selection

  size_t retained_bytes() const {
    return flags.retained_bytes() + marks.retained_bytes() + frames.retained_bytes() +
           takers.retained_bytes() + displaced.retained_bytes();
  }
  void Release() {
    flags.Release();
    marks.Release();
    frames.Release();
    takers.Release();
    displaced.Release();
  }
};

}  // namespace sluice::transform

// One pass of a pick. Inside this room only.
#pragma once

#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/transform/program.h"

namespace sluice::transform {

// Appends what `step` leaves of the document. O(members and elements that its paths go through,
// output). Recursion goes along the paths: at most kMaxSegmentsPerPath deep.
void Pick(const Tables& tables, const Step& step, const json::Document& document,
          OutputBuffer& out);

}  // namespace sluice::transform

// One pass of a drop or redact. Inside this room only.
#pragma once

#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/transform/program.h"

namespace sluice::transform {

// Appends the document with what `step` selects taken out or replaced; all else is copied in the
// longest spans there are. O(members and elements that its paths go through, output). Recursion
// goes along the paths: at most kMaxSegmentsPerPath deep.
void Edit(const Tables& tables, const Step& step, const json::Document& document,
          OutputBuffer& out);

}  // namespace sluice::transform

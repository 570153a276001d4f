// Running a pass: adjacent picks, drops, redactions and renames in one go over a document.
//
// Inside this room only; pass_builder.h makes passes. What the steps mean is in transform.h.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/base/sha256.h"
#include "sluice/json/document.h"
#include "sluice/transform/pass_scratch.h"
#include "sluice/transform/pass_tables.h"

namespace sluice::transform {

// Appends what pass number `pass` makes of `value`, which is a whole document or a value in one
// that the paths start from ($). All that no step touches is copied byte for byte, blanks included,
// in the longest spans there are. `secrets` by number, for redactions that hash.
// budget_exceeded if memory is short; whether the output fits, `out` knows.
// O(members and elements that the paths go through, output); in objects where k steps rename, k
// more times. Recursion goes along the paths: at most kMaxSegmentsPerPath deep.
absl::Status RunPass(const PassTables& tables, uint32_t pass, json::Value value,
                     absl::Span<const HmacSha256> secrets, PassScratch& scratch, OutputBuffer& out);

}  // namespace sluice::transform

// Running a pick, drop, redact or rename some of whose paths are general. Inside this room only.
//
// What the step's paths select is marked, then the step is done in one go over the document, guided
// by the marks. In this order:
//   * MarkSimple marks for the simple paths, and in a pick what the general ones go through;
//   * the caller runs the general paths (query::JsonPath, Duplicates::kEvery) and marks what they
//     select with scratch.marks.Add(node, path), in any order;
//   * RunSelection does the step.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/base/sha256.h"
#include "sluice/json/document.h"
#include "sluice/transform/pass_scratch.h"
#include "sluice/transform/pass_tables.h"

namespace sluice::transform {

// Resets `scratch.marks` to at most `max_marks` and marks what the simple paths of selection number
// `selection` select, starting at `value`. budget_exceeded if there are more or memory is short.
// O(members and elements that the paths go through). Recursion goes along the paths.
absl::Status MarkSimple(const PassTables& tables, uint32_t selection, json::Value value,
                        size_t max_marks, PassScratch& scratch);

// Appends what the step makes of `value`; `scratch.marks` are nodes in it.
//   pick    What is marked, whole, with the way down to it; and the containers that the simple
//           paths, or the simple parts that general ones begin with, go through.
//   drop    What is marked goes.
//   redact  The outermost marked values are replaced.
//   rename  Marked members get the new name of the path (the last one, where several paths select
//           one), elements stay as they are; a member that had a name which another one in its
//           object gets, and isn't renamed itself, goes.
// All else is copied byte for byte. budget_exceeded if memory is short or marks ran out; whether
// the output fits, `out` knows. O(marks, children of containers with marks below, output). Not
// recursive.
absl::Status RunSelection(const PassTables& tables, uint32_t selection, json::Value value,
                          absl::Span<const HmacSha256> secrets, PassScratch& scratch,
                          OutputBuffer& out);

}  // namespace sluice::transform

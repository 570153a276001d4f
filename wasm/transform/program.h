// The tables of a transform's Block. Inside this room only.
//
// A sequence is an array of steps: that of the program, or of a map step. A step becomes one or
// more operations (a run of passes also stands for several steps); operations on the draft are
// ranges of changes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/json/document.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jsonpath.h"
#include "sluice/transform/pass_tables.h"

namespace sluice::transform {

// Tables of the block, in this order; then those of the passes.
enum Table : uint32_t {
  kSequences,
  kSteps,
  kOperations,
  kPassOrder,
  kGeneralPaths,
  kChanges,
  kPaths,
  kSegments,
  kText,  // decoded names in paths
  kConstantText,
  kConstantNodes,
  kFirstPassTable,
};

// A range of another table.
struct Range {
  uint32_t first;
  uint32_t count;

  template <typename T>
  absl::Span<const T> In(absl::Span<const T> table) const {
    return table.subspan(first, count);
  }
};

struct Step {
  uint32_t number;     // in the array that the author wrote
  uint32_t condition;  // number of a condition; kNone
  uint32_t exists;     // number of a path, where the condition is a pointer; kNone
  Range operations;
};

enum class OperationKind : uint32_t {
  kPasses,           // range: of kPassOrder
  kSelection,        // number: of the selection; range: of kGeneralPaths, its general ones
  kReplaceSelected,  // number: of a JSONPath; constant
  kChanges,          // range: of kChanges
  kJmesPath,         // number
  kJsonPath,         // number
  kMapSimple,        // number: of a path; sequence
  kMapGeneral,       // number: of a JSONPath; sequence
};

struct Operation {
  OperationKind kind;
  uint32_t number;
  uint32_t constant;  // tape index
  uint32_t sequence;
  Range range;
};

struct GeneralPath {
  uint32_t json_path;
  uint32_t path;  // its number in the step
};

enum class ChangeKind : uint32_t {
  kSet,           // to, value
  kDefault,       // to, value
  kMove,          // from, to
  kCopy,          // from, to
  kWrap,          // value: the name's key
  kUnwrap,        // from
  kMerge,         // value
  kPatchAdd,      // to, value
  kPatchRemove,   // from
  kPatchReplace,  // to, value
  kPatchMove,     // from, to
  kPatchCopy,     // from, to
  kPatchTest,     // from, value
  kCompose,       // to; value: null; number: of the input; missing, merge
};
constexpr bool IsPatch(ChangeKind kind) {
  return kind >= ChangeKind::kPatchAdd && kind <= ChangeKind::kPatchTest;
}

enum class Missing : uint32_t { kFail, kNull, kOmit };

struct Change {
  ChangeKind kind;
  uint32_t from;    // number of a path
  uint32_t to;      // likewise
  uint32_t value;   // tape index in the constants
  uint32_t number;  // of a patch's operation; of an input
  Missing missing;
  uint32_t merge;  // 1: RFC 7396
};

// A segment of a compiled path.
struct PathSegment {
  enum class Kind : uint32_t {
    kName,
    kIndex,
    kToken,     // a member's name, or an element's index
    kEnd,       // past an array's last element; in an object the name "-"
    kWildcard,  // all members or elements
  };
  Kind kind;
  uint32_t index;  // kIndex, kToken
  uint32_t key;    // the name in the constants: a key's tape index. Not for kIndex and kWildcard
  StringRef name;  // decoded, in the text
};

struct Tables {
  explicit Tables(const Block& block)
      : sequences(block.Table<Range>(kSequences)),
        steps(block.Table<Step>(kSteps)),
        operations(block.Table<Operation>(kOperations)),
        pass_order(block.Table<uint32_t>(kPassOrder)),
        general_paths(block.Table<GeneralPath>(kGeneralPaths)),
        changes(block.Table<Change>(kChanges)),
        paths(block.Table<Range>(kPaths)),
        segments(block.Table<PathSegment>(kSegments)),
        text(block.Text(kText)),
        passes(block, kFirstPassTable) {}

  absl::Span<const PathSegment> Path(uint32_t number) const { return paths[number].In(segments); }

  absl::Span<const Range> sequences;  // the last one is the program's
  absl::Span<const Step> steps;
  absl::Span<const Operation> operations;
  absl::Span<const uint32_t> pass_order;
  absl::Span<const GeneralPath> general_paths;
  absl::Span<const Change> changes;
  absl::Span<const Range> paths;
  absl::Span<const PathSegment> segments;
  std::string_view text;
  PassTables passes;
};

// What a program runs on the query room.
struct Queries {
  std::vector<query::JsonPath> json_paths;
  std::vector<query::JmesPath> jmes_paths;
  std::vector<query::Condition> conditions;
};

}  // namespace sluice::transform

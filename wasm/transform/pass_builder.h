// Compiles picks, drops, redactions and renames into as few passes as they need. Inside this room
// only; pass.h and selection.h run what comes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/transform/automaton.h"
#include "sluice/transform/path.h"

namespace sluice::transform {

struct RedactionSpec {
  Redaction::Mode mode = Redaction::Mode::kText;
  std::string text = "***";  // kText, kKeepLast: what is put there or hides the beginning; UTF-8
  uint32_t keep_last = 0;    // kKeepLast: 1 to kMaxKeepLast characters
  uint32_t secret = 0;       // kHash: number of the secret, as a run is given them
};

// The caller has checked the step: its paths are within the bounds of transform.h, a drop has no
// path that is the document itself, simple paths of a rename end in a name.
struct PassStep {
  StepKind kind;
  std::vector<Path> paths;
  std::vector<std::string> new_names;  // kRename: by path
  RedactionSpec redaction;             // kRedact
};

class PassBuilder {
 public:
  // Compiles adjacent steps, which have simple paths only. Appends the numbers of the passes to run
  // one after the other in their place. False, and `*faulty` the step, if its paths combine to more
  // than kMaxStates or kMaxEdges (with all passes so far): then nothing is appended.
  //
  // All steps become one pass, unless that takes too many states, or a step
  //   * asks for an index of an array that an earlier step may have taken elements from (a drop
  //     through an index; a pick through an index, or on through a wildcard),
  //   * hashes a value in which an earlier step may have changed something,
  //   * hashes or keeps the last characters of what an earlier step put there:
  // then a new pass begins with it. A program has at most kMaxAttempts such constructions that come
  // to nothing; after those each step becomes a pass.
  bool AddPasses(absl::Span<const PassStep> steps, std::vector<uint32_t>* passes, size_t* faulty);

  // Compiles a step some of whose paths are general, for RunSelection. The caller runs the general
  // ones itself. Nothing if the simple ones take too many states.
  std::optional<uint32_t> AddSelection(const PassStep& step);

  // Adds the tables (kPassTableCount) and returns the first one's number, for PassTables. They are
  // referenced until `builder` builds.
  uint32_t AddTo(BlockBuilder& builder) const;

  static constexpr uint32_t kMaxAttempts = 16;

 private:
  struct Steps {
    PathForest forest;
    std::vector<FusedStep> steps;
  };
  Steps Prepare(absl::Span<const PassStep> steps);
  uint32_t AddRedaction(const RedactionSpec& spec);

  PassTablesBuilder tables_;
  std::vector<Pass> passes_;
  std::vector<Selection> selections_;
  std::vector<uint32_t> path_names_;
  uint32_t attempts_left_ = kMaxAttempts;
};

}  // namespace sluice::transform

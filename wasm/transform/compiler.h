// From steps as JSON to the tables of a Program. Inside this room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/transform/constants.h"
#include "sluice/transform/pass_builder.h"
#include "sluice/transform/path.h"
#include "sluice/transform/program.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {

// Reports every fault to the context and goes on; what it then builds is of no use.
class Compiler {
 public:
  explicit Compiler(json::CompileContext& context) : context_(context) {}

  // compile.cc: a program's steps, or those of a map within `depth` maps. The sequence's number.
  uint32_t Sequence(json::Value steps, uint32_t depth);
  absl::StatusOr<Program> Build();

 private:
  // The steps of one array while they are read.
  struct Reading {
    uint32_t depth = 0;
    std::vector<Step> steps;
    // Adjacent steps that may become one pass, and where their paths are.
    std::vector<PassStep> fusible;
    std::vector<json::Value> fusible_paths;
    uint32_t first_fusible = 0;
  };
  // One step while it is read.
  struct Body {
    json::Value value;  // of its key
    uint32_t number;
    bool has_when;
    bool general;  // a path of it is general
    std::vector<Operation> operations;
  };
  using Read = void (Compiler::*)(Reading& reading, Body& body);
  struct StepType {
    std::string_view name;
    Read read;
  };
  static const StepType kTypes[];

  void OneStep(json::Value value, uint32_t number, Reading& reading);
  void When(json::Value when, Step* step);
  void Append(Reading& reading, Step step, const std::vector<Operation>& operations);
  void Flush(Reading& reading);

  // compile_passes.cc
  void Pick(Reading& reading, Body& body);
  void Drop(Reading& reading, Body& body);
  void Redact(Reading& reading, Body& body);
  void Rename(Reading& reading, Body& body);
  bool ReadRedaction(const json::ObjectReader& reader, RedactionSpec* redaction);
  void PathsOf(json::Value paths, PassStep& step, Body& body, std::vector<json::Value>& values);
  void OnePassPath(json::Value value, PassStep& step, Body& body);
  void AddPassStep(PassStep step, json::Value paths, const std::vector<json::Value>& values,
                   Reading& reading, Body& body);
  void AddSelection(const PassStep& step, json::Value paths, const std::vector<json::Value>& values,
                    Body& body);
  void TooManyStates(json::Value paths);

  // compile_changes.cc
  void Set(Reading& reading, Body& body);
  void Default(Reading& reading, Body& body);
  void Move(Reading& reading, Body& body);
  void Copy(Reading& reading, Body& body);
  void Wrap(Reading& reading, Body& body);
  void Unwrap(Reading& reading, Body& body);
  void Merge(Reading& reading, Body& body);
  void Patch(Reading& reading, Body& body);
  void Compose(Reading& reading, Body& body);
  void Query(Reading& reading, Body& body);
  void Map(Reading& reading, Body& body);
  void Writes(ChangeKind kind, Body& body);
  void MovesOrCopies(ChangeKind kind, Body& body);
  void PatchOperation(json::Value operation, uint32_t number, Body& body);
  bool CheckNoDuplicates(json::Value operation);
  void OneInput(json::Member member, Body& body);
  void CheckNotInside(json::Value to, const transform::Path& from_path,
                      const transform::Path& to_path);
  Change& AddChange(ChangeKind kind, Body& body);

  // compile_paths.cc. They report what is at fault and return nothing then.
  std::optional<transform::Path> ReadPath(json::Value text);
  std::optional<transform::Path> ReadLocation(json::Value text);
  std::optional<transform::Path> ReadPointer(json::Value text);
  uint32_t AddPath(const transform::Path& path);
  std::optional<uint32_t> AddJsonPath(json::Value text);
  std::optional<std::string> Text(json::Value value);
  bool CheckCount(json::Value value, uint32_t most, std::string_view what);
  void OverBudget(json::Value value, std::string message);
  uint32_t NumberOf(std::vector<std::string>& names, std::string_view name);
  // Of all that is compiled together: nothing large is made for what is refused anyway.
  bool faultless() const { return context_.issues().empty(); }

  json::CompileContext& context_;
  uint32_t step_count_ = 0;
  PassBuilder passes_;
  ConstantsBuilder constants_;
  std::vector<Range> sequences_;
  std::vector<Step> steps_;
  std::vector<Operation> operations_;
  std::vector<uint32_t> pass_order_;
  std::vector<GeneralPath> general_paths_;
  std::vector<Change> changes_;
  std::vector<Range> paths_;
  std::vector<PathSegment> segments_;
  Queries queries_;
  std::vector<std::string> inputs_;
  std::vector<std::string> secrets_;
};

}  // namespace sluice::transform

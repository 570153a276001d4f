#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/transform/compiler.h"

namespace sluice::transform {
namespace {

constexpr std::string_view kMoveKeys[] = {"from", "to"};
constexpr std::string_view kQueryKeys[] = {"jmespath", "jsonpath"};
constexpr std::string_view kMapKeys[] = {"path", "steps"};
constexpr std::string_view kInputKeys[] = {"to", "missing", "merge"};
constexpr std::string_view kMissing[] = {"fail", "null", "omit"};  // by Missing
constexpr std::string_view kPatchKeys[] = {"op", "path", "from", "value"};
constexpr std::string_view kPatchNames[] = {"add",  "remove", "replace",
                                            "move", "copy",   "test"};  // by kind
constexpr ChangeKind kPatchKinds[] = {ChangeKind::kPatchAdd,     ChangeKind::kPatchRemove,
                                      ChangeKind::kPatchReplace, ChangeKind::kPatchMove,
                                      ChangeKind::kPatchCopy,    ChangeKind::kPatchTest};

bool SamePlace(const Segment& a, const Segment& b) {
  const bool a_named = a.kind != Segment::Kind::kIndex;
  const bool b_named = b.kind != Segment::Kind::kIndex;
  if (a_named && b_named) return a.name == b.name;
  return a.kind != Segment::Kind::kName && b.kind != Segment::Kind::kName && a.index == b.index;
}

}  // namespace

// Starts with what an operation of changes needs; ends where `body.operations` does.
Change& Compiler::AddChange(ChangeKind kind, Body& body) {
  const bool goes_on =
      !body.operations.empty() && body.operations.back().kind == OperationKind::kChanges;
  if (!goes_on) {
    body.operations.push_back(
        {OperationKind::kChanges, 0, 0, 0, {static_cast<uint32_t>(changes_.size()), 0}});
  }
  ++body.operations.back().range.count;
  changes_.push_back({kind, kNone, kNone, 0, 0, Missing::kFail, 0});
  return changes_.back();
}

void Compiler::Set(Reading& /*reading*/, Body& body) { Writes(ChangeKind::kSet, body); }
void Compiler::Default(Reading& /*reading*/, Body& body) { Writes(ChangeKind::kDefault, body); }

void Compiler::Writes(ChangeKind kind, Body& body) {
  if (!json::Expect(body.value, json::Kind::kObject, context_)) return;
  if (!CheckCount(body.value, kMaxPathsPerStep, "path")) return;
  for (const json::Member member : json::Members(body.value)) {
    const std::optional<transform::Path> path = ReadPath(member.key);
    if (!path) continue;
    if (path->simple) {
      const uint32_t to = AddPath(*path);
      Change& change = AddChange(kind, body);
      change.to = to;
      change.value = constants_.AddValue(member.value);
    } else if (kind == ChangeKind::kDefault) {
      context_.AddIssue(member.key, "unsupported",
                        absl::StrCat("a default has a place of names, indexes and wildcards; ",
                                     path->general_what, " finds only what is there"));
    } else if (const std::optional<uint32_t> json_path = AddJsonPath(member.key)) {
      body.operations.push_back({OperationKind::kReplaceSelected,
                                 *json_path,
                                 constants_.AddValue(member.value),
                                 0,
                                 {0, 0}});
    }
  }
}

void Compiler::Move(Reading& /*reading*/, Body& body) { MovesOrCopies(ChangeKind::kMove, body); }
void Compiler::Copy(Reading& /*reading*/, Body& body) { MovesOrCopies(ChangeKind::kCopy, body); }

void Compiler::MovesOrCopies(ChangeKind kind, Body& body) {
  std::vector<json::Value> all = {body.value};
  if (body.value.is(json::Kind::kArray)) {
    if (!CheckCount(body.value, kMaxPathsPerStep, "path")) return;
    all.clear();
    for (const json::Value one : json::Elements(body.value)) all.push_back(one);
  }
  for (const json::Value one : all) {
    const json::ObjectReader reader(one, kMoveKeys, context_);
    const json::Value from = reader.Require("from");
    const json::Value to = reader.Require("to");
    if (!from.present() || !to.present()) continue;
    const std::optional<transform::Path> from_path = ReadLocation(from);
    const std::optional<transform::Path> to_path = ReadLocation(to);
    if (!from_path || !to_path) continue;
    if (kind == ChangeKind::kMove) CheckNotInside(to, *from_path, *to_path);
    const uint32_t from_number = AddPath(*from_path);
    const uint32_t to_number = AddPath(*to_path);
    Change& change = AddChange(kind, body);
    change.from = from_number;
    change.to = to_number;
  }
}

void Compiler::CheckNotInside(json::Value to, const transform::Path& from_path,
                              const transform::Path& to_path) {
  if (from_path.segments.size() >= to_path.segments.size()) return;
  for (size_t i = 0; i < from_path.segments.size(); ++i) {
    if (!SamePlace(from_path.segments[i], to_path.segments[i])) return;
  }
  context_.AddIssue(to, "invalid_path", "a value can't be moved into itself");
}

void Compiler::Wrap(Reading& /*reading*/, Body& body) {
  const std::optional<std::string> name = Text(body.value);
  if (!name) return;
  if (name->size() > kMaxNameBytes) {
    return OverBudget(body.value, absl::StrCat("a name has at most ", kMaxNameBytes, " bytes"));
  }
  AddChange(ChangeKind::kWrap, body).value = constants_.AddName(*name);
}

void Compiler::Unwrap(Reading& /*reading*/, Body& body) {
  const std::optional<transform::Path> from = ReadLocation(body.value);
  if (!from) return;
  const uint32_t number = AddPath(*from);
  AddChange(ChangeKind::kUnwrap, body).from = number;
}

void Compiler::Merge(Reading& /*reading*/, Body& body) {
  AddChange(ChangeKind::kMerge, body).value = constants_.AddValue(body.value);
}

void Compiler::Patch(Reading& /*reading*/, Body& body) {
  if (!json::Expect(body.value, json::Kind::kArray, context_)) return;
  if (body.value.size() > kMaxPathsPerStep) {
    return OverBudget(body.value,
                      absl::StrCat("a patch has at most ", kMaxPathsPerStep, " operations"));
  }
  body.operations.push_back(
      {OperationKind::kChanges, 0, 0, 0, {static_cast<uint32_t>(changes_.size()), 0}});
  uint32_t number = 0;
  for (const json::Value operation : json::Elements(body.value)) {
    PatchOperation(operation, number++, body);
  }
}

// What an operation means must not depend on which of two members a reader takes.
bool Compiler::CheckNoDuplicates(json::Value operation) {
  for (const std::string_view name : kPatchKeys) {
    uint32_t count = 0;
    for (const json::Member member : json::Members(operation)) {
      if (!member.key.StringEquals(name) || ++count == 1) continue;
      context_.AddIssue(member.key, "duplicate_key",
                        absl::StrCat(Quoted(name), " is there more than once"));
      return false;
    }
  }
  return true;
}

// RFC 6902, section 4. Members that it doesn't define are ignored.
void Compiler::PatchOperation(json::Value operation, uint32_t number, Body& body) {
  if (!json::Expect(operation, json::Kind::kObject, context_)) return;
  const auto member = [&](std::string_view name) {
    const json::Value value = operation.Find(name);
    if (!value.present()) {
      context_.AddIssue(operation, "missing_key", absl::StrCat(Quoted(name), " is missing"));
    }
    return value;
  };
  if (!CheckNoDuplicates(operation)) return;
  const json::Value op = member("op");
  const std::optional<std::string> name = op.present() ? Text(op) : std::nullopt;
  if (!name) return;
  uint32_t kind = 0;
  while (kind < std::size(kPatchNames) && kPatchNames[kind] != *name) ++kind;
  if (kind == std::size(kPatchNames)) {
    context_.AddIssue(op, "unknown_value",
                      absl::StrCat("expected \"add\", \"remove\", \"replace\", \"move\", \"copy\" "
                                   "or \"test\", found ",
                                   Quoted(*name), DidYouMean(*name, kPatchNames)));
    return;
  }
  Change change = {kPatchKinds[kind], kNone, kNone, 0, number, Missing::kFail, 0};
  const bool has_from =
      change.kind == ChangeKind::kPatchMove || change.kind == ChangeKind::kPatchCopy;
  const bool has_value = !has_from && change.kind != ChangeKind::kPatchRemove;
  const json::Value path = member("path");
  const json::Value from = has_from ? member("from") : json::Value();
  const json::Value value = has_value ? member("value") : json::Value();
  if (!path.present() || from.present() != has_from || value.present() != has_value) return;
  const std::optional<transform::Path> path_read = ReadPointer(path);
  if (!path_read) return;
  const bool reads =
      change.kind == ChangeKind::kPatchRemove || change.kind == ChangeKind::kPatchTest;
  (reads ? change.from : change.to) = AddPath(*path_read);
  if (has_from) {
    const std::optional<transform::Path> from_read = ReadPointer(from);
    if (!from_read) return;
    change.from = AddPath(*from_read);
    if (change.kind == ChangeKind::kPatchMove) CheckNotInside(path, *from_read, *path_read);
  }
  if (has_value) change.value = constants_.AddValue(value);
  AddChange(change.kind, body) = change;
}

void Compiler::Compose(Reading& reading, Body& body) {
  if (reading.depth > 0) {
    context_.AddIssue(body.value, "unsupported",
                      "\"compose\" can't stand within \"map\": inputs are for the whole document");
    return;
  }
  if (!json::Expect(body.value, json::Kind::kObject, context_)) return;
  if (!CheckCount(body.value, kMaxInputs, "input")) return;
  for (const json::Member member : json::Members(body.value)) OneInput(member, body);
}

void Compiler::OneInput(json::Member member, Body& body) {
  const std::optional<std::string> name = Text(member.key);
  if (!name) return;
  const json::ObjectReader reader(member.value, kInputKeys, context_);
  if (!reader.object().present()) return;
  std::optional<transform::Path> to = transform::Path();
  if (const json::Value given = reader.Get("to"); given.present()) {
    to = ReadLocation(given);
  } else {
    to->segments.push_back({Segment::Kind::kName, 0, *name});
  }
  const std::optional<uint32_t> missing = reader.Enum("missing", kMissing);
  const bool merge = reader.Bool("merge").value_or(false);
  if (!to) return;
  const uint32_t path = AddPath(*to);
  const uint32_t null = constants_.AddNull();
  Change& change = AddChange(ChangeKind::kCompose, body);
  change.to = path;
  change.value = null;
  change.number = NumberOf(inputs_, *name);
  change.missing = static_cast<Missing>(missing.value_or(0));
  change.merge = merge ? 1 : 0;
  if (inputs_.size() > kMaxInputs) {
    OverBudget(member.key, absl::StrCat("a transform has at most ", kMaxInputs, " inputs"));
  }
}

void Compiler::Query(Reading& /*reading*/, Body& body) {
  json::Value text = body.value;
  bool json_path = false;
  if (!text.is(json::Kind::kString)) {
    const json::ObjectReader reader(body.value, kQueryKeys, context_);
    if (!reader.object().present()) return;
    json_path = reader.Get("jsonpath").present();
    if (json_path == reader.Get("jmespath").present()) {
      context_.AddIssue(body.value, "invalid_query",
                        "expected either \"jmespath\" or \"jsonpath\"");
      return;
    }
    text = reader.Get(json_path ? "jsonpath" : "jmespath");
  }
  const std::optional<std::string> query = Text(text);
  if (!query) return;
  const auto fault = [&](const absl::Status& status) {
    const bool over = ErrorCodeOf(status) == ErrorCode::kBudgetExceeded;
    context_.AddIssue(text, over ? "budget_exceeded" : "invalid_query",
                      std::string(status.message()));
  };
  Operation operation = {OperationKind::kJmesPath, 0, 0, 0, {0, 0}};
  if (json_path) {
    absl::StatusOr<query::JsonPath> compiled = query::JsonPath::Compile(*query);
    if (!compiled.ok()) return fault(compiled.status());
    operation.kind = OperationKind::kJsonPath;
    operation.number = static_cast<uint32_t>(queries_.json_paths.size());
    queries_.json_paths.push_back(*std::move(compiled));
  } else {
    absl::StatusOr<query::JmesPath> compiled = query::JmesPath::Compile(*query);
    if (!compiled.ok()) return fault(compiled.status());
    operation.number = static_cast<uint32_t>(queries_.jmes_paths.size());
    queries_.jmes_paths.push_back(*std::move(compiled));
  }
  body.operations.push_back(operation);
}

void Compiler::Map(Reading& reading, Body& body) {
  const json::ObjectReader reader(body.value, kMapKeys, context_);
  const json::Value path = reader.Require("path");
  const json::Value steps = reader.Require("steps");
  if (!path.present() || !steps.present()) return;
  if (reading.depth == kMaxMapDepth) {
    return OverBudget(body.value, absl::StrCat("maps nest at most ", kMaxMapDepth, " deep"));
  }
  const std::optional<transform::Path> parsed = ReadPath(path);
  if (!parsed) return;
  Operation operation = {OperationKind::kMapSimple, 0, 0, 0, {0, 0}};
  if (parsed->simple) {
    operation.number = AddPath(*parsed);
  } else {
    const std::optional<uint32_t> json_path = AddJsonPath(path);
    if (!json_path) return;
    operation.kind = OperationKind::kMapGeneral;
    operation.number = *json_path;
  }
  operation.sequence = Sequence(steps, reading.depth + 1);
  body.operations.push_back(operation);
}

}  // namespace sluice::transform

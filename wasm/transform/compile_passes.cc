#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/transform/compiler.h"
#include "sluice/transform/redact.h"

namespace sluice::transform {
namespace {

constexpr std::string_view kRedactKeys[] = {"paths", "with", "keepLast", "hash"};
constexpr std::string_view kHashKeys[] = {"secret"};
constexpr size_t kMaxReplacementBytes = 64u << 10;

}  // namespace

void Compiler::TooManyStates(json::Value paths) {
  OverBudget(paths, absl::StrCat("these wildcards and names combine to more than ", kMaxStates,
                                 " states or ", kMaxEdges, " edges: use fewer or simpler paths"));
}

void Compiler::Pick(Reading& reading, Body& body) {
  PassStep step = {StepKind::kPick, {}, {}, {}};
  std::vector<json::Value> values;
  PathsOf(body.value, step, body, values);
  AddPassStep(std::move(step), body.value, values, reading, body);
}

void Compiler::Drop(Reading& reading, Body& body) {
  PassStep step = {StepKind::kDrop, {}, {}, {}};
  std::vector<json::Value> values;
  PathsOf(body.value, step, body, values);
  AddPassStep(std::move(step), body.value, values, reading, body);
}

void Compiler::Redact(Reading& reading, Body& body) {
  PassStep step = {StepKind::kRedact, {}, {}, {}};
  std::vector<json::Value> values;
  json::Value paths = body.value;
  if (paths.is(json::Kind::kObject)) {
    const json::ObjectReader reader(body.value, kRedactKeys, context_);
    paths = reader.Require("paths");
    if (!ReadRedaction(reader, &step.redaction) || !paths.present()) return;
  }
  PathsOf(paths, step, body, values);
  AddPassStep(std::move(step), paths, values, reading, body);
}

bool Compiler::ReadRedaction(const json::ObjectReader& reader, RedactionSpec* redaction) {
  redaction->text = reader.String("with").value_or(redaction->text);
  if (redaction->text.size() > kMaxReplacementBytes) {
    OverBudget(reader.Get("with"),
               absl::StrCat("a replacement has at most ", kMaxReplacementBytes, " bytes"));
    return false;
  }
  if (const auto keep = reader.Integer("keepLast", 1, kMaxKeepLast)) {
    redaction->mode = Redaction::Mode::kKeepLast;
    redaction->keep_last = static_cast<uint32_t>(*keep);
  }
  const json::Value hash = reader.Get("hash");
  if (!hash.present()) return true;
  if (reader.Get("with").present() || reader.Get("keepLast").present()) {
    context_.AddIssue(hash, "conflict",
                      "\"hash\" replaces the whole value: it doesn't go with \"with\" or "
                      "\"keepLast\"");
    return false;
  }
  const json::ObjectReader options(hash, kHashKeys, context_);
  if (!options.Require("secret").present()) return false;
  const std::optional<std::string> secret = options.String("secret");
  if (!secret) return false;
  redaction->mode = Redaction::Mode::kHash;
  redaction->secret = NumberOf(secrets_, *secret);
  return true;
}

void Compiler::Rename(Reading& reading, Body& body) {
  PassStep step = {StepKind::kRename, {}, {}, {}};
  std::vector<json::Value> values;
  if (!json::Expect(body.value, json::Kind::kObject, context_)) return;
  if (!CheckCount(body.value, kMaxPathsPerStep, "path")) return;
  for (const json::Member member : json::Members(body.value)) {
    const std::optional<std::string> name = Text(member.value);
    if (!name) continue;
    if (name->size() > kMaxNameBytes) {
      OverBudget(member.value, absl::StrCat("a name has at most ", kMaxNameBytes, " bytes"));
      continue;
    }
    OnePassPath(member.key, step, body);
    values.push_back(member.key);
    step.new_names.push_back(*name);
  }
  AddPassStep(std::move(step), body.value, values, reading, body);
}

void Compiler::PathsOf(json::Value paths, PassStep& step, Body& body,
                       std::vector<json::Value>& values) {
  if (!json::Expect(paths, json::Kind::kArray, context_)) return;
  if (!CheckCount(paths, kMaxPathsPerStep, "path")) return;
  for (const json::Value path : json::Elements(paths)) {
    OnePassPath(path, step, body);
    values.push_back(path);
  }
}

void Compiler::OnePassPath(json::Value value, PassStep& step, Body& body) {
  std::optional<transform::Path> path = ReadPath(value);
  if (!path) return;
  if (path->simple && path->segments.empty() && step.kind == StepKind::kDrop) {
    context_.AddIssue(value, "unsupported",
                      "$ can't be dropped: nothing would be left; drop its members with $.*");
    return;
  }
  const bool ends_in_name =
      !path->segments.empty() && (path->segments.back().kind == Segment::Kind::kName ||
                                  path->segments.back().kind == Segment::Kind::kToken);
  if (path->simple && step.kind == StepKind::kRename && !ends_in_name) {
    context_.AddIssue(value, "unsupported", "only a member has a name: the path must end in one");
    return;
  }
  body.general = body.general || !path->simple;
  step.paths.push_back(*std::move(path));
}

void Compiler::AddPassStep(PassStep step, json::Value paths, const std::vector<json::Value>& values,
                           Reading& reading, Body& body) {
  if (!faultless() || step.paths.empty()) return;
  if (body.general) return AddSelection(step, paths, values, body);
  if (!body.has_when) {
    if (reading.fusible.empty()) reading.first_fusible = body.number;
    reading.fusible.push_back(std::move(step));
    reading.fusible_paths.push_back(paths);
    return;
  }
  const auto first = static_cast<uint32_t>(pass_order_.size());
  size_t faulty = 0;
  if (!passes_.AddPasses({&step, 1}, &pass_order_, &faulty)) return TooManyStates(paths);
  const uint32_t count = static_cast<uint32_t>(pass_order_.size()) - first;
  body.operations.push_back({OperationKind::kPasses, 0, 0, 0, {first, count}});
}

void Compiler::AddSelection(const PassStep& step, json::Value paths,
                            const std::vector<json::Value>& values, Body& body) {
  const auto first = static_cast<uint32_t>(general_paths_.size());
  for (uint32_t i = 0; i < step.paths.size(); ++i) {
    if (step.paths[i].simple) continue;
    const std::optional<uint32_t> json_path = AddJsonPath(values[i]);
    if (json_path) general_paths_.push_back({*json_path, i});
  }
  if (!faultless()) return;
  const std::optional<uint32_t> selection = passes_.AddSelection(step);
  if (!selection) return TooManyStates(paths);
  const uint32_t count = static_cast<uint32_t>(general_paths_.size()) - first;
  body.operations.push_back({OperationKind::kSelection, *selection, 0, 0, {first, count}});
}

}  // namespace sluice::transform

// The calls about schemas; sluice.cc has the others.
#include "sluice/abi/schema.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/abi/sluice.h"
#include "sluice/base/issues.h"
#include "sluice/base/limits.h"
#include "sluice/base/slot_frame.h"
#include "sluice/base/status.h"
#include "sluice/json/compile.h"
#include "sluice/json/writer.h"
#include "sluice/policy/validate.h"
#include "sluice/schema/output.h"

namespace sluice::abi {
namespace {

constexpr size_t kMaxJsonBytes = 16u << 20;  // of a schema, a document, what is told of one

template <typename Body>
uint32_t WithInput(const uint8_t* data, uint32_t length, Body&& body) {
  Call call(kMaxJsonBytes);
  call.NeedSeed();
  if (!call.ok()) return call.Refusal();
  const std::optional<ByteSpan> bytes = call.instance().input.View(data, length);
  return bytes.has_value() ? body(call, *bytes) : call.FailInput();
}

template <typename Body>
uint32_t WithSchema(uint32_t handle, const uint8_t* json, uint32_t length, Body&& body) {
  return WithInput(json, length, [&](Call& call, ByteSpan text) {
    const SchemaPtr* schema = call.instance().handles.Get<SchemaPtr>(handle);
    if (schema == nullptr) return call.FailHandle(handle, "a schema");
    Instance& instance = call.instance();
    const absl::Status parsed = instance.schema_document.Parse(AsText(text));
    if (!parsed.ok()) return call.Fail(parsed);
    const absl::StatusOr<bool> valid = body(instance, **schema, instance.schema_document.root());
    instance.TrimSchemaScratch();
    if (!valid.ok()) return call.Fail(valid.status());
    instance.result.flag = *valid ? 1 : 0;
    return call.Succeed();
  });
}

absl::Status Invalid(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

// `resources` holds what the options refer to.
absl::Status ReadOptions(ByteSpan frame, uint32_t flags, std::vector<schema::Resource>& resources,
                         schema::Options& options) {
  options.assert_format = (flags & SLUICE_SCHEMA_FLAG_ASSERT_FORMAT) != 0;
  if ((flags & SLUICE_SCHEMA_FLAG_BUDGETED_PATTERNS) != 0) {
    options.patterns = schema::Patterns::kBudgeted;
  }
  if (frame.empty()) return absl::OkStatus();
  const std::optional<SlotFrame> slots = SlotFrame::Parse(frame, SLUICE_SCHEMA_VERSION);
  if (!slots.has_value()) return Invalid("the options are no frame of a schema's options");
  if (const auto name = slots->Get(SLUICE_SCHEMA_SLOT_DIALECT)) {
    const std::optional<schema::Dialect> dialect = schema::FindDialect(*name);
    if (dialect.has_value()) {
      options.dialect = *dialect;
    } else if (name->find(':') != std::string_view::npos) {
      options.meta_schema = *name;
    } else {
      return Invalid(absl::StrCat("there is no dialect ", Quoted(*name),
                                  ": expected \"2020-12\", \"2019-09\", \"draft-07\", "
                                  "\"draft-06\", \"draft-04\" or a meta-schema's URI"));
    }
  }
  for (uint32_t slot = SLUICE_SCHEMA_SLOT_FIRST_RESOURCE; slot < slots->size(); slot += 2) {
    const auto uri = slots->Get(slot);
    const auto json = slots->Get(slot + 1);
    if (!uri.has_value() || !json.has_value()) return Invalid("a resource is a URI and its JSON");
    resources.push_back({*uri, *json});
  }
  options.resources = resources;
  return absl::OkStatus();
}

void WriteNotes(const schema::Program& program, OutputBuffer& out) {
  json::Writer writer(out);
  writer.BeginObject();
  writer.Key("notes");
  writer.BeginArray();
  for (const schema::Note& note : program.notes()) {
    WriteRemark({note.code, "location", note.location, note.byte_offset, note.message}, writer);
  }
  writer.EndArray();
  writer.EndObject();
}

uint32_t CompileSchema(Call& call, ByteSpan json, ByteSpan frame, uint32_t flags) {
  Instance& instance = call.instance();
  schema::Options options;
  options.hash_key = *instance.key;
  std::vector<schema::Resource> resources;
  if (const absl::Status read = ReadOptions(frame, flags, resources, options); !read.ok()) {
    return call.Fail(read);
  }
  json::Document document;
  if (const absl::Status parsed = document.Parse(AsText(json)); !parsed.ok()) {
    return call.Fail(parsed);
  }
  json::CompileContext context;
  absl::StatusOr<schema::Program> program = schema::Compile(document.root(), options, context);
  if (!program.ok()) return call.Fail(program.status(), context.issues());
  WriteNotes(*program, instance.bytes);
  if (instance.bytes.exhausted()) {
    return call.Fail(MakeBudgetError(Budget::kOutputBytes, "the notes are too long"));
  }
  return call.SucceedWithHandle(
      instance.handles.Add(SchemaPtr(std::make_unique<schema::Program>(*std::move(program)))));
}

absl::StatusOr<bool> Validate(Instance& instance, const schema::Program& program, json::Value value,
                              schema::Output output, uint32_t max_errors) {
  if (output == schema::Output::kFlag) {
    return schema::IsValid(program, value, schema::Budget(), instance.schema_scratch);
  }
  return schema::Validate(program, value, output, max_errors, schema::Budget(),
                          instance.schema_scratch, instance.bytes);
}

absl::StatusOr<bool> CheckText(Instance& instance, const schema::Program& program, uint32_t schema,
                               std::string_view json, OutputBuffer& errors) {
  SLUICE_RETURN_IF_ERROR(instance.schema_document.Parse(json));
  return policy::Check(program, schema, instance.schema_document.root(), instance.schema_scratch,
                       errors);
}

}  // namespace

absl::StatusOr<bool> CheckBody(Instance& instance, const policy::Policy& policy, SchemaCheck check,
                               std::string_view json, OutputBuffer& errors) {
  const schema::Program* program = policy.schemas();
  if (program == nullptr || check.schema >= program->entry_count()) {
    return Invalid("the policy has no schema of this number");
  }
  absl::StatusOr<bool> valid = CheckText(instance, *program, check.schema, json, errors);
  instance.TrimSchemaScratch();
  if (valid.ok() || (check.flags & SLUICE_CHECK_REPORT) == 0) return valid;
  errors.Clear();
  policy::AppendUnknown(valid.status().message(), errors);
  return false;
}

}  // namespace sluice::abi

using namespace sluice;       // NOLINT(google-build-using-namespace): the rest is C
using namespace sluice::abi;  // NOLINT(google-build-using-namespace)

uint32_t sluice_schema_compile(const uint8_t* json, uint32_t length, const uint8_t* options,
                               uint32_t options_length, uint32_t flags) {
  return WithInput(json, length, [&](Call& call, ByteSpan text) {
    const std::optional<ByteSpan> frame = call.instance().input.View(options, options_length);
    return frame.has_value() ? CompileSchema(call, text, *frame, flags) : call.FailInput();
  });
}

uint32_t sluice_schema_is_valid(uint32_t schema, const uint8_t* json, uint32_t length) {
  return WithSchema(schema, json, length,
                    [](Instance& instance, const schema::Program& program, json::Value value) {
                      return schema::IsValid(program, value, schema::Budget(),
                                             instance.schema_scratch);
                    });
}

uint32_t sluice_schema_validate(uint32_t schema, uint32_t output, uint32_t max_errors,
                                const uint8_t* json, uint32_t length) {
  return WithSchema(schema, json, length,
                    [&](Instance& instance, const schema::Program& program,
                        json::Value value) -> absl::StatusOr<bool> {
                      if (output > SLUICE_SCHEMA_OUTPUT_ERROR_FRAME)
                        return Invalid("there is no such output");
                      return Validate(instance, program, value, static_cast<schema::Output>(output),
                                      std::clamp(max_errors, uint32_t{1}, schema::kMaxErrors));
                    });
}

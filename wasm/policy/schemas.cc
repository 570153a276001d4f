#include "sluice/policy/schemas.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/json/number.h"
#include "sluice/policy/parameter_types.h"
#include "sluice/policy/reading.h"
#include "sluice/policy/router.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 3> kOptionKeys = {"dialect", "assertFormat", "patterns"};
// As schema::Dialect.
constexpr std::array<std::string_view, 5> kDialects = {"draft-04", "draft-06", "draft-07",
                                                       "2019-09", "2020-12"};
constexpr std::array<std::string_view, 2> kPatterns = {"linear", "budgeted"};
constexpr std::array<std::string_view, 4> kRequestKeys = {"schema", "contentTypes", "required",
                                                          "onInvalid"};
constexpr std::array<std::string_view, 4> kResponseKeys = {"schema", "status", "onInvalid",
                                                           "detail"};
// As OnInvalid.
constexpr std::array<std::string_view, 2> kOnInvalidRequest = {"refuse", "report"};
constexpr std::array<std::string_view, 2> kOnInvalidResponse = {"enforce", "report"};
// One of them is in every schema that says something and isn't an object by its metadata only.
constexpr std::array<std::string_view, 34> kKeywords = {"$ref",
                                                        "$dynamicRef",
                                                        "$recursiveRef",
                                                        "type",
                                                        "enum",
                                                        "const",
                                                        "properties",
                                                        "additionalProperties",
                                                        "items",
                                                        "prefixItems",
                                                        "patternProperties",
                                                        "required",
                                                        "propertyNames",
                                                        "minProperties",
                                                        "maxProperties",
                                                        "dependentSchemas",
                                                        "dependencies",
                                                        "dependentRequired",
                                                        "minItems",
                                                        "maxItems",
                                                        "uniqueItems",
                                                        "contains",
                                                        "allOf",
                                                        "anyOf",
                                                        "oneOf",
                                                        "not",
                                                        "if",
                                                        "$schema",
                                                        "$id",
                                                        "id",
                                                        "minimum",
                                                        "pattern",
                                                        "format",
                                                        "unevaluatedProperties"};
constexpr uint32_t kMaxContentTypes = 16;
constexpr uint32_t kMaxStatuses = 32;

// By which the policy's schemas refer to each other. What isn't a name has a number: names begin
// with a letter.
constexpr std::string_view kBaseUri = "schema:/";

bool IsJsonMediaType(std::string_view type) {
  const size_t slash = type.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == type.size()) return false;
  const auto is_token = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("!#$&^_.+-/", c);
  };
  if (!std::all_of(type.begin(), type.end(), is_token)) return false;
  return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

void ReadContentTypes(json::Value array, json::CompileContext& context, BodySchema& out) {
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return;
  if (array.size() == 0 || array.size() > kMaxContentTypes) {
    context.AddIssue(array, "out_of_range",
                     absl::StrCat("expected 1 to ", kMaxContentTypes,
                                  " types; without the list all that are JSON are taken"));
  }
  for (const json::Value element : json::Elements(array)) {
    if (!json::Expect(element, json::Kind::kString, context)) continue;
    std::string scratch;
    const std::string type = absl::AsciiStrToLower(element.string(&scratch));
    if (!IsJsonMediaType(type)) {
      context.AddIssue(element, "invalid_media_type",
                       absl::StrCat(Quoted(type),
                                    " is no type of JSON: expected \"application/json\", "
                                    "\"text/json\" or one that ends in \"+json\", without "
                                    "parameters"));
    }
    out.content_types.push_back(type);
  }
}

// Whether an answer of this status has a whole body of its own (RFC 9110, section 15).
bool HasBody(int64_t status) {
  return status >= 200 && status != 204 && status != 205 && status != 206 && status != 304;
}

void ReadStatuses(json::Value array, json::CompileContext& context, BodySchema& out) {
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return;
  if (array.size() == 0 || array.size() > kMaxStatuses) {
    context.AddIssue(array, "out_of_range",
                     absl::StrCat("expected 1 to ", kMaxStatuses,
                                  " statuses; without the list all 2xx are checked"));
  }
  for (const json::Value element : json::Elements(array)) {
    if (!json::Expect(element, json::Kind::kNumber, context)) continue;
    const std::optional<int64_t> status = json::ToInt64(element);
    if (!status.has_value() || *status < 200 || *status > 599 || !HasBody(*status)) {
      context.AddIssue(element, "out_of_range",
                       "expected a status from 200 to 599 whose answers have a whole body: not "
                       "204, 205, 206 or 304");
      continue;
    }
    out.statuses.push_back(static_cast<uint32_t>(*status));
  }
}

// A schema in the place of a name takes any key, so a typing error in what should have been
// {"schema": …} would check nothing.
void CheckInline(json::Value schema, json::CompileContext& context) {
  if (schema.size() == 0) return;
  for (const json::Member member : json::Members(schema)) {
    std::string scratch;
    const std::string_view key = member.key.string(&scratch);
    if (std::find(kKeywords.begin(), kKeywords.end(), key) != kKeywords.end()) return;
  }
  context.AddIssue(schema, "missing_keyword",
                   "this has none of the keywords of a JSON Schema: expected one, or the name of "
                   "one");
}

class RequiredParameters {
 public:
  RequiredParameters(const Route& route, json::CompileContext& context)
      : names_(route.match_path->parameters()), context_(context) {}

  void Check(json::Value schema) {
    for (const json::Value name : RequiredNames(schema)) {
      std::string scratch;
      const std::string_view text = name.string(&scratch);
      if (std::find(names_.begin(), names_.end(), text) != names_.end()) continue;
      context_.AddIssue(name, "unknown_parameter",
                        absl::StrCat("the route's path has no parameter ", Quoted(text),
                                     ", so no request could be valid", DidYouMean(text, names_)));
    }
  }

 private:
  std::vector<std::string_view> names_;
  json::CompileContext& context_;
};

// Faults are reported at their places in the policy; what is too much as a whole, at its first
// schema.
std::optional<schema::Program> Compile(HashKey key, json::CompileContext& context,
                                       const Model& model) {
  std::vector<schema::ParsedResource> roots;
  roots.reserve(model.schemas.size());
  for (const Schema& schema : model.schemas) roots.push_back({schema.uri, schema.value});
  schema::Options options;
  options.dialect = model.schema_options.dialect;
  options.assert_format = model.schema_options.assert_format;
  options.patterns = model.schema_options.patterns;
  options.keep_annotations = false;
  options.hash_key = key;
  const size_t issues_before = context.issues().total();
  absl::StatusOr<schema::Program> program = schema::Compile(roots, options, context);
  if (program.ok()) return *std::move(program);
  ReportFailure(program.status(), issues_before, model.schemas[0].value, context);
  return std::nullopt;
}

void ReadShape(const SchemaIndex& index, const Model& model, json::CompileContext& context,
               ParameterSchema& parameters) {
  if (parameters.schema == kAbsent) return;
  const Schema& schema = model.schemas[parameters.schema];
  parameters.shape = ShapeOf(index, schema.uri, schema.value);
  if (!parameters.shape.too_large) return;
  context.AddIssue(parameters.source, "budget_exceeded",
                   "the schema refers to too many others to say which parameters are numbers: "
                   "make it simpler");
}

}  // namespace

void ReadSchemas(json::Value section, json::Value options, json::CompileContext& context,
                 Model& model) {
  for (Named& member : ReadNamed(section, model.schema_names, context)) {
    model.schemas.push_back({absl::StrCat(kBaseUri, member.name), member.value});
  }
  if (!options.present() || !json::Expect(options, json::Kind::kObject, context)) return;
  const json::ObjectReader reader(options, kOptionKeys, context);
  SchemaOptions& out = model.schema_options;
  if (const auto dialect = reader.Enum("dialect", kDialects)) {
    out.dialect = static_cast<schema::Dialect>(*dialect);
  }
  out.assert_format = reader.Bool("assertFormat").value_or(true);
  out.patterns = static_cast<schema::Patterns>(reader.Enum("patterns", kPatterns).value_or(0));
}

uint32_t ReadSchemaOf(json::Value value, json::CompileContext& context, Model& model) {
  if (!value.present()) return kAbsent;
  if (value.is(json::Kind::kString)) {
    return Resolve(value, model.schema_names, "unknown_schema", "schema", context)
        .value_or(kAbsent);
  }
  const bool is_schema =
      value.is(json::Kind::kObject) || value.is(json::Kind::kTrue) || value.is(json::Kind::kFalse);
  if (!is_schema) {
    context.AddIssue(value, "wrong_type",
                     absl::StrCat("expected the name of a schema, or a schema (an object or a "
                                  "boolean); found ",
                                  json::KindName(value.kind())));
    return kAbsent;
  }
  CheckInline(value, context);
  const auto number = static_cast<uint32_t>(model.schemas.size());
  model.schemas.push_back({absl::StrCat(kBaseUri, number), value});
  return number;
}

BodySchema ReadBodySchema(json::Value value, Direction direction, json::CompileContext& context,
                          Model& model) {
  BodySchema out;
  if (!value.present()) return out;
  out.source = value;
  const bool is_long = value.is(json::Kind::kObject) && value.Find("schema").present();
  if (!is_long) {
    out.schema = ReadSchemaOf(value, context, model);
    return out;
  }
  const bool is_request = direction == Direction::kRequest;
  const json::ObjectReader reader(
      value, is_request ? absl::MakeConstSpan(kRequestKeys) : absl::MakeConstSpan(kResponseKeys),
      context);
  out.schema = ReadSchemaOf(reader.Get("schema"), context, model);
  out.on_invalid = static_cast<OnInvalid>(
      reader.Enum("onInvalid", is_request ? kOnInvalidRequest : kOnInvalidResponse).value_or(0));
  if (is_request) {
    ReadContentTypes(reader.Get("contentTypes"), context, out);
    out.required = reader.Bool("required").value_or(true);
    return out;
  }
  ReadStatuses(reader.Get("status"), context, out);
  out.detail = reader.Bool("detail").value_or(false);
  if (out.on_invalid == OnInvalid::kReport) {
    Forbid(reader, "detail", "what is only reported is told to no client: remove this", context);
  }
  return out;
}

void ReadParameterSchemas(const json::ObjectReader& reader, json::CompileContext& context,
                          Model& model, Route& route) {
  route.query.source = reader.Get("query");
  route.query.schema = ReadSchemaOf(route.query.source, context, model);
  route.params.source = reader.Get("params");
  if (!route.params.source.present()) return;
  if (route.match_path.has_value() && route.match_path->parameters().empty()) {
    context.AddIssue(route.params.source, "not_applicable",
                     "the route's path has no parameters: remove this");
    return;
  }
  route.params.schema = ReadSchemaOf(route.params.source, context, model);
  if (route.params.schema == kAbsent || !route.match_path.has_value()) return;
  RequiredParameters(route, context).Check(model.schemas[route.params.schema].value);
}

void CompileSchemas(size_t max_bytes, HashKey key, json::CompileContext& context, Model& model) {
  if (model.schemas.empty()) return;
  model.schema_program = Compile(key, context, model);
  if (!model.schema_program.has_value()) return;
  if (model.schema_program->size() > max_bytes) {
    context.AddIssue(model.schemas[0].value, "budget_exceeded",
                     absl::StrCat("the schemas compile to over ", max_bytes >> 20,
                                  " MiB together: use fewer or simpler ones"));
  }
  for (const schema::Note& note : model.schema_program->notes()) {
    model.warnings.Add(note.code, note.location, note.byte_offset, note.message);
  }
  const auto reads_parameters = [](const Route& route) {
    return route.query.schema != kAbsent || route.params.schema != kAbsent;
  };
  if (std::none_of(model.routes.begin(), model.routes.end(), reads_parameters)) return;
  SchemaIndex index(model.schema_options.dialect);
  for (const Schema& schema : model.schemas) index.Add(schema.uri, schema.value);
  index.Seal();
  for (Route& route : model.routes) {
    ReadShape(index, model, context, route.query);
    ReadShape(index, model, context, route.params);
  }
}

}  // namespace sluice::policy

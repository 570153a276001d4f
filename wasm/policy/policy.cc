#include "sluice/policy/policy.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/compiled.h"
#include "sluice/policy/describe.h"
#include "sluice/policy/limit_overrides.h"
#include "sluice/policy/model.h"
#include "sluice/policy/reading.h"
#include "sluice/policy/route_charges.h"
#include "sluice/policy/schemas.h"

namespace sluice::policy {
namespace {

// "$schema" is for editors: it names docs/policy.schema.json.
constexpr std::array<std::string_view, 10> kKeys = {
    "$schema",  "version",    "upstreams", "auth",          "limits",
    "features", "transforms", "schemas",   "schemaOptions", "routes"};
constexpr int64_t kPolicyVersion = 1;
// Names and values come back escaped and, where routes share them, more than once.
constexpr size_t kDescriptionFactor = 16;

void ReadVersion(const json::ObjectReader& reader, json::CompileContext& context) {
  const json::Value version = reader.Require("version");
  if (!version.present()) return;
  const std::optional<int64_t> number = reader.Integer("version", 0, INT64_MAX);
  if (!number.has_value() || *number == kPolicyVersion) return;
  context.AddIssue(version, "unsupported_version",
                   absl::StrCat("this build reads policies of version ", kPolicyVersion));
}

// All sections, so that one go shows every fault.
void ReadModel(const json::ObjectReader& reader, const PolicyBudget& budget, HashKey key,
               json::CompileContext& context, Model& model) {
  reader.String("$schema");
  ReadVersion(reader, context);
  ReadUpstreams(reader.Get("upstreams"), context, model);
  ReadAuth(reader.Get("auth"), context, model);
  ReadLimits(reader.Get("limits"), context, model);
  CheckClaims(model, context);
  ReadUpstreamCharges(context, model);
  ReadTransforms(reader.Get("transforms"), budget.max_transform_bytes, context, model);
  ReadFeatures(reader.Get("features"), context, model);
  ReadSchemas(reader.Get("schemas"), reader.Get("schemaOptions"), context, model);
  ReadRoutes(reader.Require("routes"), context, model);
  CheckStickyRoom(reader.Get("features"), model);
  CompileSchemas(budget.max_schema_bytes, key, context, model);
}

}  // namespace

Policy::Policy(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Policy::~Policy() = default;

absl::StatusOr<std::unique_ptr<Policy>> Policy::Compile(std::string_view text,
                                                        const PolicyBudget& budget, Issues& issues,
                                                        HashKey key) {
  json::Document document;
  SLUICE_RETURN_IF_ERROR(ParsePolicy(text, budget, document));
  const json::Value routes = document.root().Find("routes");
  if (routes.present() && routes.size() > budget.max_routes) {
    return TooMany("routes", budget.max_routes);
  }
  json::CompileContext context;
  const json::ObjectReader reader(document.root(), kKeys, context);
  Model model;
  if (reader.object().present()) ReadModel(reader, budget, key, context, model);
  ProgramBlock program;
  if (context.issues().empty()) program = BuildProgram(model, routes, context);
  issues = std::move(context.issues());
  if (!issues.empty()) return MakeError(ErrorCode::kInvalidPolicy, "the policy has faults");

  auto compiled = std::make_unique<Compiled>();
  compiled->description.Reset(64 * 1024 + kDescriptionFactor * text.size());
  sluice::policy::Describe(model, program, compiled->description);
  compiled->block = std::move(program.block);
  if (compiled->description.exhausted() || compiled->block.size() == 0) {
    return MakeError(ErrorCode::kBudgetExceeded, "the compiled policy is too large");
  }
  compiled->program = ViewProgram(compiled->block);
  compiled->features = std::move(model.features.program);
  for (std::optional<transform::Program>& transform : model.transforms) {
    compiled->transforms.push_back(*std::move(transform));
  }
  compiled->schemas = std::move(model.schema_program);
  for (Secret& secret : model.secrets) {
    compiled->secrets.push_back({std::move(secret.binding), secret.min_bytes});
  }
  compiled->signing_keys[static_cast<size_t>(SigningKey::kCurrent)] = model.features.current_key;
  compiled->signing_keys[static_cast<size_t>(SigningKey::kPrevious)] = model.features.previous_key;
  return absl::WrapUnique(new Policy(std::move(compiled)));
}

void Policy::Describe(OutputBuffer& out) const { out.Append(compiled_->description.text()); }

const transform::Program* Policy::transform(uint32_t number) const {
  return number < compiled_->transforms.size() ? &compiled_->transforms[number] : nullptr;
}

const schema::Program* Policy::schemas() const {
  return compiled_->schemas.has_value() ? &*compiled_->schemas : nullptr;
}

absl::Status Policy::SetSecret(uint32_t number, ByteSpan key) {
  if (number >= compiled_->secrets.size()) {
    return MakeError(ErrorCode::kInvalidArgument, "there is no secret of this number");
  }
  const auto& [binding, min_bytes] = compiled_->secrets[number];
  if (key.size() < min_bytes) {
    return MakeError(ErrorCode::kInvalidArgument,
                     absl::StrCat("the secret ", binding, " must have at least ", min_bytes,
                                  min_bytes == 1 ? " byte" : " bytes"));
  }
  for (const SigningKey which : {SigningKey::kCurrent, SigningKey::kPrevious}) {
    if (compiled_->signing_keys[static_cast<size_t>(which)] == number) {
      compiled_->signer.SetKey(which, key);
    }
  }
  for (transform::Program& program : compiled_->transforms) {
    const std::vector<std::string>& names = program.secrets();
    for (uint32_t i = 0; i < names.size(); ++i) {
      if (names[i] == binding) program.SetSecret(i, key);
    }
  }
  return absl::OkStatus();
}

absl::Status Policy::SetUrlPatterns(std::string_view json) {
  if (!compiled_->features.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "the policy has no features");
  }
  return compiled_->features->SetUrlPatterns(json);
}

}  // namespace sluice::policy

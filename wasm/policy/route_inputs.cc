#include "sluice/policy/route_inputs.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/body_rule.h"
#include "sluice/policy/route_paths.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 5> kInputKeys = {"upstream", "path", "setHeaders",
                                                        "forwardHeaders", "maxBodyBytes"};

bool Forwards(const Input& input, std::string_view name) {
  return std::find(input.forward_headers.begin(), input.forward_headers.end(), name) !=
         input.forward_headers.end();
}

// A client could be whoever it likes.
void CheckVisitorHeader(const Input& input, json::Value array, const std::string& header,
                        json::CompileContext& context) {
  if (header.empty() || !Forwards(input, header)) return;
  context.AddIssue(array, "not_applicable",
                   absl::StrCat(Quoted(header),
                                " is features.visitorHeader: the client's own isn't passed on, and "
                                "only the route's upstream is told the visitor's id"));
}

// The key of the client must not get to a second upstream either.
void CheckForwarded(const Input& input, json::Value array, const AuthRule* auth,
                    json::CompileContext& context) {
  if (auth == nullptr) return;
  if (!Forwards(input, auth->header)) return;
  context.AddIssue(array, "not_applicable",
                   absl::StrCat(Quoted(auth->header),
                                " carries the route's key, which no upstream gets to see"));
}

Input ReadInput(Named&& member, const Model& model, const Route& route,
                json::CompileContext& context) {
  Input input;
  input.name = std::move(member.name);
  input.source = member.key;
  input.max_body_bytes = kDefaultBodyBytes;
  if (!json::Expect(member.value, json::Kind::kObject, context)) return input;
  const json::ObjectReader reader(member.value, kInputKeys, context);
  input.upstream = Resolve(reader.Require("upstream"), model.upstream_names, "unknown_upstream",
                           "upstream", context)
                       .value_or(kAbsent);
  input.path = ReadUpstreamPath(reader.Require("path"), route, context);
  input.set_headers = ReadSetHeaders(reader.Get("setHeaders"), context);
  const json::Value forwarded = reader.Get("forwardHeaders");
  input.forward_headers = ReadHeaderNames(forwarded, context);
  CheckForwarded(input, forwarded, route.auth == kAbsent ? nullptr : &model.auth[route.auth],
                 context);
  CheckVisitorHeader(input, forwarded, model.features.visitor_header, context);
  input.max_body_bytes =
      reader.Integer("maxBodyBytes", 1, kMaxBodyBytes).value_or(kDefaultBodyBytes);
  return input;
}

class InputChecker {
 public:
  InputChecker(const Route& route, const Model& model, json::CompileContext& context)
      : route_(route), model_(model), context_(context), used_(route.inputs.size()) {}

  void CheckResponse(uint32_t transform, json::Value source) {
    const transform::Program* program = Find(transform);
    if (program == nullptr) return;
    for (const std::string& name : program->inputs()) Use(name, transform, source);
  }

  void CheckRequest(uint32_t transform, json::Value source) {
    const transform::Program* program = Find(transform);
    if (program == nullptr || program->inputs().empty()) return;
    context_.AddIssue(source, "not_applicable",
                      absl::StrCat("the transform ", Quoted(model_.transform_names[transform]),
                                   " composes inputs, and a request's body has none"));
  }

  void ReportUnused() {
    // Whatever is at fault may be what would have used it.
    if (faulty_) return;
    for (size_t i = 0; i < route_.inputs.size(); ++i) {
      if (used_[i]) continue;
      context_.AddIssue(
          route_.inputs[i].source, "unused_input",
          absl::StrCat("no transform of this route composes ", Quoted(route_.inputs[i].name),
                       ": the call would be made for nothing"));
    }
  }

 private:
  // Null for none, and for one at fault.
  const transform::Program* Find(uint32_t transform) {
    if (transform == kAbsent) return nullptr;
    const std::optional<transform::Program>& program = model_.transforms[transform];
    if (program.has_value()) return &*program;
    faulty_ = true;
    return nullptr;
  }

  void Use(std::string_view name, uint32_t transform, json::Value source) {
    const auto found = std::find_if(route_.inputs.begin(), route_.inputs.end(),
                                    [&](const Input& input) { return input.name == name; });
    if (found != route_.inputs.end()) {
      used_[static_cast<size_t>(found - route_.inputs.begin())] = true;
      return;
    }
    std::vector<std::string_view> known;
    known.reserve(route_.inputs.size());
    for (const Input& input : route_.inputs) known.push_back(input.name);
    context_.AddIssue(
        source, "unknown_input",
        absl::StrCat("the transform ", Quoted(model_.transform_names[transform]), " composes ",
                     Quoted(name), ", which the route doesn't call: add it to its \"inputs\"",
                     DidYouMean(name, known)));
  }

  const Route& route_;
  const Model& model_;
  json::CompileContext& context_;
  std::vector<bool> used_;
  bool faulty_ = false;
};

}  // namespace

void ReadInputs(json::Value object, const Model& model, json::CompileContext& context,
                Route& route) {
  if (object.is(json::Kind::kObject) && object.size() > kMaxInputs) {
    context.AddIssue(object, "too_many",
                     absl::StrCat("a route has at most ", kMaxInputs, " inputs"));
    return;
  }
  Names names;
  for (Named& member : ReadNamed(object, names, context)) {
    route.inputs.push_back(ReadInput(std::move(member), model, route, context));
  }
}

void CheckInputs(const Route& route, const Model& model, json::CompileContext& context) {
  InputChecker checker(route, model, context);
  checker.CheckRequest(route.request_body.transform, route.request_body.source);
  checker.CheckResponse(route.response_body.transform, route.response_body.source);
  for (const Experiment& experiment : route.experiments) {
    for (const Variant& variant : experiment.variants) {
      checker.CheckResponse(variant.transform, variant.transform_source);
    }
  }
  checker.ReportUnused();
}

}  // namespace sluice::policy

#include "sluice/policy/validate.h"

#include <string_view>

#include "sluice/base/status.h"
#include "sluice/json/writer.h"
#include "sluice/schema/output.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxRetainedBytes = 1 << 20;

class ParameterChecker {
 public:
  ParameterChecker(const schema::Program& schemas, const RequestFacts& request, Scratch& scratch)
      : schemas_(schemas), request_(request), scratch_(scratch) {
    scratch_.faults.Clear();
  }

  void CheckPath(const RouteRow& route) {
    if (route.params.schema == kAbsent) return;
    scratch_.parameters.Clear();
    for (uint32_t i = 0; i < route.param_names.count; ++i) {
      std::string_view value = request_.captures[i].In(request_.path);
      // A rest begins with its slash, which isn't part of the value.
      if (value.starts_with('/')) value.remove_prefix(1);
      const StringRef name = request_.program.strings[route.param_names.first + i];
      scratch_.parameters.AddSegment(name.In(request_.program.pool), value);
    }
    CheckList("path", route.params);
  }

  void CheckQuery(const RouteRow& route) {
    if (route.query.schema == kAbsent) return;
    scratch_.parameters.Clear();
    scratch_.parameters.AddQuery(request_.facts.Get(kSlotQuery).value_or(""));
    CheckList("query", route.query);
  }

  void Finish() {
    if (scratch_.faults.size() != 0) scratch_.faults.Append('}');
    scratch_.schema.Trim(kMaxRetainedBytes);
  }

 private:
  void CheckList(std::string_view where, const ParameterRule& rule) {
    const ParameterTable table = {
        request_.program.parameters.subspan(rule.rows.first, rule.rows.count),
        request_.program.pool, rule.others};
    OutputBuffer& faults = scratch_.faults;
    const size_t before = faults.size();
    faults.Append(before == 0 ? "{\"" : ",\"");
    faults.Append(where);
    faults.Append("\":");
    if (IsValid(table, rule.schema)) faults.Truncate(before);
    if (!faults.exhausted()) return;
    // Half a text would be none: in the place of all of it, that it is too long.
    faults.Clear();
    faults.Append("{\"");
    faults.Append(where);
    faults.Append("\":");
    AppendUnknown("what is wrong is too long to be told", faults);
  }

  // What is wrong is appended to the faults.
  bool IsValid(const ParameterTable& table, uint32_t schema) {
    scratch_.instance.Clear();
    OutputBuffer& faults = scratch_.faults;
    if (!scratch_.parameters.AppendObject(table, scratch_.instance)) {
      AppendUnknown("the parameters are too long to be checked", faults);
      return false;
    }
    const size_t before = faults.size();
    absl::Status status = scratch_.document.Parse(scratch_.instance.text());
    if (status.ok()) {
      const absl::StatusOr<bool> valid =
          Check(schemas_, schema, scratch_.document.root(), scratch_.schema, faults);
      if (valid.ok()) return *valid;
      status = valid.status();
    }
    faults.Truncate(before);
    AppendUnknown(status.message(), faults);
    return false;
  }

  const schema::Program& schemas_;
  const RequestFacts& request_;
  Scratch& scratch_;
};

}  // namespace

void AppendUnknown(std::string_view why, OutputBuffer& errors) {
  json::Writer writer(errors);
  writer.BeginObject();
  writer.Key("valid");
  writer.Bool(false);
  writer.Key("errors");
  writer.BeginArray();
  writer.BeginObject();
  writer.Key("instanceLocation");
  writer.String("");
  writer.Key("keywordLocation");
  writer.String("");
  writer.Key("keyword");
  writer.String("");
  writer.Key("message");
  writer.String(why);
  writer.EndObject();
  writer.EndArray();
  writer.EndObject();
}

absl::StatusOr<bool> Check(const schema::Program& program, uint32_t schema, json::Value value,
                           schema::Scratch& scratch, OutputBuffer& errors) {
  return schema::Validate(program, value, schema::Output::kErrors, kMaxSchemaErrors,
                          schema::Budget(), scratch, errors, schema);
}

void CheckParameters(const schema::Program& program, const RouteRow& route,
                     const RequestFacts& request, Scratch& scratch) {
  ParameterChecker checker(program, request, scratch);
  checker.CheckPath(route);
  checker.CheckQuery(route);
  checker.Finish();
}

}  // namespace sluice::policy

#include "sluice/policy/body_rule.h"

#include <array>
#include <string_view>

#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kOnInvalidBody = {"fail", "pass"};

}  // namespace

BodyRule ReadBodyRule(const json::ObjectReader& reader, Direction direction, bool elsewhere,
                      Model& model, json::CompileContext& context) {
  BodyRule rule;
  rule.schema = ReadBodySchema(reader.Get("schema"), direction, context, model);
  rule.source = reader.Get("transform");
  rule.transform =
      Resolve(rule.source, model.transform_names, "unknown_transform", "transform", context)
          .value_or(kAbsent);
  rule.on_invalid =
      static_cast<OnInvalidBody>(reader.Enum("onInvalidBody", kOnInvalidBody).value_or(0));
  rule.max_bytes = reader.Integer("maxBodyBytes", 1, kMaxBodyBytes).value_or(kDefaultBodyBytes);
  const bool enforces =
      rule.schema.source.present() && rule.schema.on_invalid == OnInvalid::kRefuse;
  if (direction == Direction::kResponse && enforces && rule.on_invalid == OnInvalidBody::kPass) {
    context.AddIssue(reader.Get("onInvalidBody"), "not_applicable",
                     "what can't be transformed would pass although the schema is enforced: remove "
                     "this, or let the schema \"report\"");
    return rule;
  }
  if (rule.source.present() || elsewhere) return rule;
  Forbid(reader, "onInvalidBody",
         "this route transforms no body: add a \"transform\" or remove this", context);
  if (rule.schema.source.present()) return rule;
  Forbid(reader, "maxBodyBytes",
         "this route neither transforms nor checks a body: add a \"transform\" or a \"schema\", or "
         "remove this",
         context);
  return rule;
}

}  // namespace sluice::policy

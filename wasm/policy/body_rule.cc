#include "sluice/policy/body_rule.h"

#include <array>
#include <string_view>

#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kOnInvalidBody = {"fail", "pass"};

}  // namespace

BodyRule ReadBodyRule(const json::ObjectReader& reader, bool elsewhere, const Model& model,
                      json::CompileContext& context) {
  BodyRule rule;
  rule.source = reader.Get("transform");
  rule.transform =
      Resolve(rule.source, model.transform_names, "unknown_transform", "transform", context)
          .value_or(kAbsent);
  rule.on_invalid =
      static_cast<OnInvalidBody>(reader.Enum("onInvalidBody", kOnInvalidBody).value_or(0));
  rule.max_bytes = reader.Integer("maxBodyBytes", 1, kMaxBodyBytes).value_or(kDefaultBodyBytes);
  if (rule.source.present() || elsewhere) return rule;
  for (const std::string_view key : {"onInvalidBody", "maxBodyBytes"}) {
    Forbid(reader, key, "this route transforms no body: add a \"transform\" or remove this",
           context);
  }
  return rule;
}

}  // namespace sluice::policy

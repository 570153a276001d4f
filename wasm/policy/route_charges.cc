#include "sluice/policy/route_charges.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/json/number.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/route_paths.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kChargeKeys = {"limit", "cost"};
constexpr std::array<std::string_view, 3> kSettleKeys = {"reserve", "from", "event"};
constexpr size_t kMaxPointerBytes = 256;
constexpr size_t kMaxPointerTokens = 32;
constexpr size_t kMaxEventBytes = 64;

const Charge* FindCharge(const std::vector<Charge>& charges, uint32_t limit) {
  const auto found = std::find_if(charges.begin(), charges.end(),
                                  [&](const Charge& charge) { return charge.limit == limit; });
  return found == charges.end() ? nullptr : &*found;
}

// RFC 6901, and not the whole document.
bool IsPointer(std::string_view text) {
  if (text.empty() || text[0] != '/' || text.size() > kMaxPointerBytes) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return std::count(text.begin(), text.end(), '/') <= static_cast<ptrdiff_t>(kMaxPointerTokens);
}

class ChargeReader {
 public:
  ChargeReader(const Model& model, json::CompileContext& context)
      : model_(model), context_(context) {}

  std::vector<Charge> ReadAll(json::Value array) {
    if (!array.present() || !json::Expect(array, json::Kind::kArray, context_)) return {};
    if (array.size() > kMaxCharges) {
      context_.AddIssue(array, "too_many",
                        absl::StrCat("a request is charged to at most ", kMaxCharges, " limits"));
      return {};
    }
    for (const json::Value element : json::Elements(array)) ReadOne(element);
    return std::move(charges_);
  }

 private:
  void ReadOne(json::Value element) {
    if (element.is(json::Kind::kString)) {
      Add(element, {});
    } else if (element.is(json::Kind::kObject)) {
      const json::ObjectReader reader(element, kChargeKeys, context_);
      const json::Value name = reader.Require("limit");
      if (name.present()) Add(name, reader.Get("cost"));
    } else {
      context_.AddIssue(element, "wrong_type",
                        "expected a limit's name or {\"limit\": name, \"cost\": units}");
    }
  }

  void Add(json::Value name, json::Value cost) {
    const std::optional<uint32_t> number =
        Resolve(name, model_.limit_names, "unknown_limit", "limit", context_);
    if (!number.has_value()) return;
    if (FindCharge(charges_, *number) != nullptr) {
      context_.AddIssue(name, "duplicate_limit",
                        "this limit is charged already: give it a \"cost\" instead");
      return;
    }
    Charge charge = {};
    charge.limit = *number;
    charge.source = name;
    if (cost.is(json::Kind::kObject)) {
      ReadSettled(cost, charge);
    } else if (cost.present()) {
      charge.cost = ReadUnits(cost, *number);
    }
    charges_.push_back(std::move(charge));
  }

  void ReadSettled(json::Value value, Charge& charge) {
    if (model_.limits[charge.limit].has_slots()) {
      context_.AddIssue(value, "not_applicable",
                        "a slot is released when the response ends, and costs what it costs: give "
                        "it a number");
      return;
    }
    const json::ObjectReader reader(value, kSettleKeys, context_);
    const json::Value reserve = reader.Require("reserve");
    if (reserve.present()) charge.cost = ReadUnits(reserve, charge.limit);
    Settle settle;
    const json::Value from = reader.Require("from");
    settle.from = reader.String("from").value_or("");
    if (from.is(json::Kind::kString) && !IsPointer(settle.from)) {
      context_.AddIssue(from, "invalid_pointer",
                        absl::StrCat(Quoted(settle.from),
                                     " is no JSON Pointer to a member: expected something like "
                                     "\"/usage/total_tokens\", of at most ",
                                     kMaxPointerBytes, " bytes"));
    }
    settle.event = reader.String("event").value_or("");
    const json::Value event = reader.Get("event");
    const bool is_line = settle.event.find_first_of("\r\n") == std::string::npos;
    if (event.is(json::Kind::kString) &&
        (settle.event.empty() || settle.event.size() > kMaxEventBytes || !is_line)) {
      context_.AddIssue(event, "out_of_range",
                        absl::StrCat("the name of an event is a line of 1 to ", kMaxEventBytes,
                                     " bytes; leave it out to look at all events"));
    }
    charge.settle = std::move(settle);
  }

  uint32_t ReadUnits(json::Value value, uint32_t limit) {
    if (!json::Expect(value, json::Kind::kNumber, context_)) return 1;
    const std::optional<int64_t> units = json::ToInt64(value);
    if (!units.has_value() || *units < 1 || *units > int64_t{limit::kMaxUnits}) {
      context_.AddIssue(value, "out_of_range",
                        absl::StrCat("a cost must be an integer from 1 to ", limit::kMaxUnits));
      return 1;
    }
    const uint32_t quota = model_.limits[limit].least_quota;
    if (*units > int64_t{quota}) {
      context_.AddIssue(value, "out_of_range",
                        absl::StrCat("this limit admits at most ", quota,
                                     " units at once, so no request would ever pass"));
    }
    return static_cast<uint32_t>(*units);
  }

  const Model& model_;
  json::CompileContext& context_;
  std::vector<Charge> charges_;
};

// The charges that come with an upstream, named at `where`.
void CheckUpstream(const Route& route, uint32_t number, json::Value where, const Model& model,
                   json::CompileContext& context) {
  if (number == kAbsent) return;
  const Upstream& upstream = model.upstreams[number];
  for (const Charge& charge : upstream.charges) {
    if (const Charge* own = FindCharge(route.charges, charge.limit)) {
      context.AddIssue(own->source, "duplicate_limit",
                       absl::StrCat("the upstream ", Quoted(upstream.name),
                                    " is charged to this limit already: name it in one place"));
    }
  }
  if (route.charges.size() + upstream.charges.size() <= kMaxCharges) return;
  context.AddIssue(where, "too_many",
                   absl::StrCat("a request is charged to at most ", kMaxCharges,
                                " limits, those of its upstream included"));
}

}  // namespace

std::vector<Charge> ReadCharges(json::Value array, const Model& model,
                                json::CompileContext& context) {
  return ChargeReader(model, context).ReadAll(array);
}

void ReadUpstreamCharges(json::CompileContext& context, Model& model) {
  for (Upstream& upstream : model.upstreams) {
    upstream.charges = ReadCharges(upstream.limits_source, model, context);
    for (const Charge& charge : upstream.charges) {
      const Limit& limit = model.limits[charge.limit];
      if (limit.phase == Phase::kPreAuth) {
        context.AddIssue(charge.source, "not_applicable",
                         "which upstream is called isn't known before authentication: name this "
                         "limit in the routes, or give it \"phase\": \"request\"");
      }
      if (limit.refers_to_path()) {
        context.AddIssue(charge.source, "not_applicable",
                         "this limit counts by a parameter of the path, which an upstream doesn't "
                         "know: name it in the routes");
      }
    }
  }
}

void CheckCharges(const Route& route, const Model& model, json::CompileContext& context) {
  for (const Charge& charge : route.charges) {
    for (const FactRef& fact : model.limits[charge.limit].subject) {
      CheckPathFact(fact, route, charge.source, context);
    }
  }
  CheckUpstream(route, route.upstream, route.source.Find("upstream"), model, context);
  for (const Experiment& experiment : route.experiments) {
    for (const Variant& variant : experiment.variants) {
      CheckUpstream(route, variant.upstream, variant.upstream_source, model, context);
    }
  }
}

}  // namespace sluice::policy

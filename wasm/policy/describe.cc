#include "sluice/policy/describe.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/json/pointer.h"
#include "sluice/json/writer.h"
#include "sluice/policy/limits.h"
#include "sluice/policy/route_cache.h"
#include "sluice/policy/vary.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kOnInvalidBody = {"fail", "pass"};
// As OnInvalid.
constexpr std::array<std::string_view, 2> kOnInvalidRequest = {"refuse", "report"};
constexpr std::array<std::string_view, 2> kOnInvalidResponse = {"enforce", "report"};

class Describer {
 public:
  Describer(const Model& model, const ProgramBlock& program, OutputBuffer& out)
      : model_(model), program_(program), writer_(out) {}

  void Write();

 private:
  void Text(std::string_view key, std::string_view value) {
    writer_.Key(key);
    writer_.String(value);
  }
  void Number(std::string_view key, uint64_t value) {
    writer_.Key(key);
    writer_.Uint(value);
  }
  void NumberOrNull(std::string_view key, uint32_t value) {
    writer_.Key(key);
    if (value == kAbsent) {
      writer_.Null();
    } else {
      writer_.Uint(value);
    }
  }
  template <typename List>
  void Texts(std::string_view key, const List& list) {
    writer_.Key(key);
    writer_.BeginArray();
    for (const auto& text : list) writer_.String(text);
    writer_.EndArray();
  }
  void Numbers(std::string_view key, const std::vector<uint32_t>& list) {
    writer_.Key(key);
    writer_.BeginArray();
    for (const uint32_t number : list) writer_.Uint(number);
    writer_.EndArray();
  }
  template <typename List, typename WriteOne>
  void Objects(std::string_view key, const List& list, WriteOne&& write_one) {
    writer_.Key(key);
    writer_.BeginArray();
    for (const auto& item : list) {
      writer_.BeginObject();
      write_one(item);
      writer_.EndObject();
    }
    writer_.EndArray();
  }

  void WriteSlots();
  void WriteUpstream(const Upstream& upstream);
  void WriteCharges(const std::vector<Charge>& charges);
  void WriteExposures();
  void WriteWarnings();
  void WriteTransforms();
  void WriteRoutes();
  void WriteRoute(const Route& route, const std::vector<uint32_t>& needs,
                  const std::vector<std::string_view>& vary);
  void WriteExperiments(const Route& route);
  void WriteHeaders(std::string_view key, const std::vector<Header>& headers);
  void WriteBodyRule(const BodyRule& rule);
  void WriteSchemas();
  void WriteRequestSchema(const BodySchema& schema);
  void WriteResponseSchema(const BodySchema& schema);
  void WriteRequest(const Route& route);
  void WriteInputs(const Route& route);
  void WriteResponse(const Route& route);
  void WriteCache(const Route& route);

  const Model& model_;
  const ProgramBlock& program_;
  json::Writer writer_;
};

void Describer::Write() {
  writer_.BeginObject();
  Number("formatVersion", kProgramVersion);
  WriteSlots();
  Objects("upstreams", model_.upstreams, [this](const Upstream& u) { WriteUpstream(u); });
  Objects("auth", model_.auth, [this](const AuthRule& rule) {
    Text("name", rule.name);
    Text("type", "apiKey");
    Text("header", rule.header);
  });
  writer_.Key("limits");
  DescribeLimits(model_.limits, writer_);
  WriteExposures();
  WriteWarnings();
  WriteTransforms();
  WriteSchemas();
  Objects("secrets", model_.secrets, [this](const Secret& secret) {
    Text("binding", secret.binding);
    Text("pointer", json::PointerTo(secret.source));
    Number("byteOffset", secret.source.byte_offset());
    writer_.Key("optional");
    writer_.Bool(secret.optional);
    Number("minBytes", secret.min_bytes);
  });
  WriteRoutes();
  writer_.EndObject();
}

void Describer::WriteSlots() {
  writer_.Key("slots");
  writer_.BeginArray();
  for (uint32_t slot = 0; slot < program_.slots.strings().size(); ++slot) {
    writer_.String(program_.slots.text(slot));
  }
  writer_.EndArray();
  Numbers("matchSlots", program_.match_slots);
}

void Describer::WriteUpstream(const Upstream& upstream) {
  Text("name", upstream.name);
  Text("type", upstream.service ? "service" : "origin");
  Text(upstream.service ? "binding" : "url", upstream.target);
  Number("timeoutMs", upstream.timeout_ms);
  WriteCharges(upstream.charges);
}

void Describer::WriteCharges(const std::vector<Charge>& charges) {
  Objects("limits", charges, [this](const Charge& charge) {
    Number("limit", charge.limit);
    writer_.Key("settle");
    if (!charge.settle.has_value()) {
      writer_.Null();
      return;
    }
    writer_.BeginObject();
    Text("from", charge.settle->from);
    writer_.Key("event");
    if (charge.settle->event.empty()) {
      writer_.Null();
    } else {
      writer_.String(charge.settle->event);
    }
    writer_.EndObject();
  });
}

void Describer::WriteExposures() {
  const std::optional<ExposureRule>& rule = model_.features.exposures;
  const std::optional<OverrideRule>& override = model_.features.override;
  const auto text_or_null = [this](std::string_view key, std::string_view text) {
    writer_.Key(key);
    if (text.empty()) {
      writer_.Null();
    } else {
      writer_.String(text);
    }
  };
  text_or_null("visitorHeader", model_.features.visitor_header);
  text_or_null("overrideCookie", override.has_value() ? override->cookie : "");
  writer_.Key("exposures");
  if (!rule.has_value()) {
    writer_.Null();
    return;
  }
  writer_.BeginObject();
  text_or_null("queue", rule->queue);
  text_or_null("analytics", rule->analytics);
  writer_.Key("sample");
  writer_.Double(rule->sample);
  writer_.EndObject();
}

void Describer::WriteWarnings() {
  const Issues& warnings = model_.warnings;
  Objects("warnings", warnings.list(), [this](const Issue& issue) {
    Text("code", issue.code);
    Text("pointer", issue.pointer);
    Number("byteOffset", issue.byte_offset);
    Text("message", issue.message);
  });
  Number("warningCount", warnings.total());
  std::vector<std::string_view> patterns;
  const std::optional<experiment::Program>& program = model_.features.program;
  const uint32_t count = program.has_value() ? program->url_pattern_count() : 0;
  patterns.reserve(count);
  for (uint32_t i = 0; i < count; ++i) patterns.push_back(program->url_pattern(i));
  Texts("urlPatterns", patterns);
}

void Describer::WriteTransforms() {
  writer_.Key("transforms");
  writer_.BeginArray();
  for (size_t i = 0; i < model_.transforms.size(); ++i) {
    writer_.BeginObject();
    Text("name", model_.transform_names[static_cast<uint32_t>(i)]);
    Texts("inputs", model_.transforms[i]->inputs());
    writer_.EndObject();
  }
  writer_.EndArray();
}

// By its name, or by where it stands in the policy.
void Describer::WriteSchemas() {
  writer_.Key("schemas");
  writer_.BeginArray();
  for (uint32_t i = 0; i < model_.schemas.size(); ++i) {
    writer_.BeginObject();
    if (i < model_.schema_names.size()) {
      Text("name", model_.schema_names[i]);
    } else {
      Text("name", json::PointerTo(model_.schemas[i].value));
    }
    writer_.EndObject();
  }
  writer_.EndArray();
}

void Describer::WriteRequestSchema(const BodySchema& schema) {
  writer_.Key("schema");
  if (schema.schema == kAbsent) return writer_.Null();
  writer_.BeginObject();
  Number("schema", schema.schema);
  Texts("contentTypes", schema.content_types);
  writer_.Key("required");
  writer_.Bool(schema.required);
  Text("onInvalid", kOnInvalidRequest[static_cast<size_t>(schema.on_invalid)]);
  writer_.EndObject();
}

void Describer::WriteResponseSchema(const BodySchema& schema) {
  writer_.Key("schema");
  if (schema.schema == kAbsent) return writer_.Null();
  writer_.BeginObject();
  Number("schema", schema.schema);
  Numbers("status", schema.statuses);
  Text("onInvalid", kOnInvalidResponse[static_cast<size_t>(schema.on_invalid)]);
  writer_.Key("detail");
  writer_.Bool(schema.detail);
  writer_.EndObject();
}

void Describer::WriteRoutes() {
  const std::vector<std::vector<std::string_view>> vary = VaryOfRoutes(model_.routes);
  writer_.Key("routes");
  writer_.BeginArray();
  for (size_t i = 0; i < model_.routes.size(); ++i) {
    WriteRoute(model_.routes[i], program_.needs[i], vary[i]);
  }
  writer_.EndArray();
}

void Describer::WriteRoute(const Route& route, const std::vector<uint32_t>& needs,
                           const std::vector<std::string_view>& vary) {
  writer_.BeginObject();
  Text("id", route.id);
  Numbers("needs", needs);
  NumberOrNull("auth", route.auth);
  WriteCharges(route.charges);
  WriteExperiments(route);
  writer_.Key("flags");
  if (route.flags.has_value()) {
    writer_.BeginObject();
    Text("header", route.flags->header);
    writer_.EndObject();
  } else {
    writer_.Null();
  }
  Texts("vary", vary);
  WriteRequest(route);
  WriteInputs(route);
  WriteResponse(route);
  WriteCache(route);
  writer_.Key("rateLimitHeaders");
  if (route.rate_limit_headers == RateLimitHeaders::kAlsoX) {
    writer_.String("x");
  } else {
    writer_.Bool(route.rate_limit_headers == RateLimitHeaders::kStandard);
  }
  writer_.EndObject();
}

void Describer::WriteExperiments(const Route& route) {
  Objects("experiments", route.experiments, [this](const Experiment& experiment) {
    Text("feature", model_.features.program->feature_key(experiment.feature));
    Objects("variants", experiment.variants, [this](const Variant& variant) {
      Text("value", variant.value);
      WriteHeaders("setHeaders", variant.set_headers);
    });
  });
}

void Describer::WriteHeaders(std::string_view key, const std::vector<Header>& headers) {
  writer_.Key(key);
  writer_.BeginArray();
  for (const Header& header : headers) {
    writer_.BeginArray();
    writer_.String(header.name);
    writer_.String(header.value);
    writer_.EndArray();
  }
  writer_.EndArray();
}

void Describer::WriteRequest(const Route& route) {
  std::vector<std::string_view> remove(route.request_remove.begin(), route.request_remove.end());
  if (route.auth != kAbsent) {
    // The key isn't the upstream's to see.
    const std::string_view key_header = model_.auth[route.auth].header;
    if (std::find(remove.begin(), remove.end(), key_header) == remove.end()) {
      remove.push_back(key_header);
    }
  }
  writer_.Key("request");
  writer_.BeginObject();
  WriteHeaders("setHeaders", route.request_set);
  Texts("removeHeaders", remove);
  NumberOrNull("transform", route.request_body.transform);
  WriteRequestSchema(route.request_body.schema);
  WriteBodyRule(route.request_body);
  writer_.EndObject();
}

void Describer::WriteInputs(const Route& route) {
  Objects("inputs", route.inputs, [this](const Input& input) {
    Text("name", input.name);
    Number("upstream", input.upstream);
    WriteHeaders("setHeaders", input.set_headers);
    Texts("forwardHeaders", input.forward_headers);
    Number("maxBodyBytes", static_cast<uint64_t>(input.max_body_bytes));
  });
}

void Describer::WriteBodyRule(const BodyRule& rule) {
  Text("onInvalidBody", kOnInvalidBody[static_cast<size_t>(rule.on_invalid)]);
  Number("maxBodyBytes", static_cast<uint64_t>(rule.max_bytes));
}

void Describer::WriteResponse(const Route& route) {
  writer_.Key("response");
  writer_.BeginObject();
  WriteHeaders("setHeaders", route.response_set);
  Texts("removeHeaders", route.response_remove);
  WriteResponseSchema(route.response_body.schema);
  WriteBodyRule(route.response_body);
  writer_.EndObject();
}

void Describer::WriteCache(const Route& route) {
  writer_.Key("personal");
  writer_.Bool(IsPersonal(route, model_));
  writer_.Key("sharedCache");
  writer_.Bool(route.shared_cache);
  writer_.Key("cache");
  if (!route.cache.has_value()) {
    writer_.Null();
    return;
  }
  writer_.BeginObject();
  Number("ttlMs", route.cache->ttl_ms);
  Texts("vary", route.cache->vary);
  Text("mark", CacheMark(route, model_));
  writer_.EndObject();
}

}  // namespace

void Describe(const Model& model, const ProgramBlock& program, OutputBuffer& out) {
  Describer(model, program, out).Write();
}

}  // namespace sluice::policy

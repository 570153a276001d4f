#include "sluice/abi/sluice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/abi/counters.h"
#include "sluice/abi/instance.h"
#include "sluice/abi/ledger.h"
#include "sluice/abi/query.h"
#include "sluice/abi/schema.h"
#include "sluice/base/limits.h"
#include "sluice/base/slot_frame.h"
#include "sluice/base/status.h"
#include "sluice/experiment/hash.h"
#include "sluice/experiment/sample_ratio.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/json/writer.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/step.h"
#include "sluice/policy/limits.h"

namespace sluice::abi {
namespace {

constexpr size_t kMaxFrameBytes = 1 << 20;
constexpr size_t kMaxJsonBytes = TransformBudget().max_output_bytes;
constexpr size_t kMaxDescriptionBytes = 64 << 20;
constexpr uint32_t kMaxCounters = 2'000'000;
constexpr size_t kMaxDrainedBytes = 25 << 20;  // a little more than kMaxDrained counters

// The input of a call that takes one.
struct Input {
  const uint8_t* data;
  uint32_t length;
};

// What every call that reads input has in common.
template <typename Body>
uint32_t WithInput(size_t max_output, Input input, Body&& body) {
  Call call(max_output);
  call.NeedSeed();
  if (!call.ok()) return call.Refusal();
  const std::optional<ByteSpan> bytes = call.instance().input.View(input.data, input.length);
  if (!bytes.has_value()) return call.FailInput();
  return body(call, *bytes);
}

template <typename Body>
uint32_t WithPolicy(size_t max_output, uint32_t handle, Input input, Body&& body) {
  return WithInput(max_output, input, [&](Call& call, ByteSpan bytes) {
    const PolicyPtr* policy = call.instance().handles.Get<PolicyPtr>(handle);
    if (policy == nullptr) return call.FailHandle(handle, "a policy");
    return body(call, **policy, bytes);
  });
}

template <typename Body>
uint32_t WithCounters(size_t max_output, uint32_t handle, Input input, Body&& body) {
  return WithInput(max_output, input, [&](Call& call, ByteSpan bytes) {
    const CountersPtr* counters = call.instance().handles.Get<CountersPtr>(handle);
    if (counters == nullptr) return call.FailHandle(handle, "a table of counters");
    return body(call, **counters, bytes);
  });
}

// Nothing if these are no whole f64s, or more than the test for sample ratio mismatch takes.
std::optional<absl::Span<const double>> Numbers(
    ByteSpan bytes, std::array<double, experiment::kMaxSampleGroups>& numbers) {
  if (bytes.size() % sizeof(double) != 0 || bytes.size() > sizeof numbers) return std::nullopt;
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return absl::MakeSpan(numbers).first(bytes.size() / sizeof(double));
}

uint32_t Finish(Call& call, const absl::Status& status) {
  return status.ok() ? call.Succeed() : call.Fail(status);
}

uint32_t FailTime(Call& call) {
  return call.FailWith(ErrorCode::kInvalidArgument,
                       "the time is not in milliseconds since the Unix epoch");
}

// The texts of a program's inputs by number, out of an inputs frame.
absl::Status ReadInputs(const transform::Program& program, ByteSpan frame,
                        std::vector<std::optional<std::string_view>>& inputs) {
  inputs.clear();
  if (frame.empty()) return absl::OkStatus();
  const std::optional<SlotFrame> slots = SlotFrame::Parse(frame, SLUICE_INPUTS_VERSION);
  if (!slots.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "the inputs are no inputs frame");
  }
  if (slots->size() > program.inputs().size()) {
    return MakeError(ErrorCode::kInvalidArgument, "there are more inputs than the transform has");
  }
  for (uint32_t slot = 0; slot < slots->size(); ++slot) inputs.push_back(slots->Get(slot));
  return absl::OkStatus();
}

uint32_t Transform(Call& call, const transform::Program& program, ByteSpan json, Input inputs) {
  Instance& instance = call.instance();
  const std::optional<ByteSpan> frame = instance.input.View(inputs.data, inputs.length);
  if (!frame.has_value()) return call.FailInput();
  absl::Status status = ReadInputs(program, *frame, instance.transform_inputs);
  if (status.ok()) {
    status = transform::Apply(program, AsText(json), instance.transform_inputs, TransformBudget(),
                              instance.transform_scratch, instance.bytes);
    instance.TrimScratch();
  }
  return Finish(call, status);
}

// The same for a policy's transform, with a schema before or behind it.
uint32_t CheckedTransform(Call& call, const policy::Policy& policy,
                          const transform::Program& program, SchemaCheck check, ByteSpan json,
                          Input inputs) {
  Instance& instance = call.instance();
  instance.result.flag = 1;
  const bool checks_result = (check.flags & SLUICE_CHECK_RESULT) != 0;
  if (!checks_result) {
    const absl::StatusOr<bool> valid =
        CheckBody(instance, policy, check, AsText(json), instance.second);
    if (!valid.ok()) return call.Fail(valid.status());
    instance.result.flag = *valid ? 1 : 0;
    if (!*valid && (check.flags & SLUICE_CHECK_REPORT) == 0) return call.Succeed();
  }
  const uint32_t status = Transform(call, program, json, inputs);
  if (status != SLUICE_OK || !checks_result) return status;
  const absl::StatusOr<bool> valid =
      CheckBody(instance, policy, check, instance.bytes.text(), instance.second);
  if (!valid.ok()) return call.Fail(valid.status());
  instance.result.flag = *valid ? 1 : 0;
  return call.Succeed();
}

// A call that runs a transform of a policy.
template <typename Body>
uint32_t WithTransform(uint32_t handle, uint32_t transform, Input input, Body&& body) {
  return WithPolicy(
      kMaxJsonBytes, handle, input, [&](Call& call, const policy::Policy& policy, ByteSpan json) {
        const transform::Program* program = policy.transform(transform);
        return program == nullptr ? call.FailWith(ErrorCode::kInvalidArgument,
                                                  "the policy has no transform of this number")
                                  : body(call, policy, *program, json);
      });
}

void WriteNames(const std::vector<std::string>& names, json::Writer& writer) {
  writer.BeginArray();
  for (const std::string& name : names) writer.String(name);
  writer.EndArray();
}

uint32_t CompileTransform(Call& call, ByteSpan json) {
  json::Document document;
  const absl::Status parsed =
      document.Parse(AsText(json), JsonBudget{.max_input_bytes = PolicyBudget().max_policy_bytes});
  if (!parsed.ok()) return call.Fail(parsed);
  json::CompileContext context;
  absl::StatusOr<transform::Program> program = transform::Compile(document.root(), context);
  if (!context.issues().empty()) {
    return call.Fail(MakeError(ErrorCode::kInvalidTransform, "the transform has faults"),
                     context.issues());
  }
  if (!program.ok()) return call.Fail(program.status());
  json::Writer writer(call.instance().bytes);
  writer.BeginObject();
  writer.Key("inputs");
  WriteNames(program->inputs(), writer);
  writer.Key("secrets");
  WriteNames(program->secrets(), writer);
  writer.EndObject();
  if (call.instance().bytes.exhausted()) {
    return call.Fail(
        MakeBudgetError(Budget::kOutputBytes, "the names of inputs and secrets are too long"));
  }
  return call.SucceedWithHandle(call.instance().handles.Add(
      TransformPtr(std::make_unique<transform::Program>(*std::move(program)))));
}

uint32_t FailSecret(Call& call, ByteSpan secret) {
  return call.FailWith(ErrorCode::kInvalidArgument, secret.empty()
                                                        ? "a secret has at least one byte"
                                                        : "there is no secret of this number");
}

template <typename Body>
uint32_t WithQuery(uint32_t handle, Input input, Body&& body) {
  return WithInput(kMaxJsonBytes, input, [&](Call& call, ByteSpan json) {
    const QueryPtr* query = call.instance().handles.Get<QueryPtr>(handle);
    if (query == nullptr) return call.FailHandle(handle, "a query");
    Instance& instance = call.instance();
    const absl::Status status = body(**query, AsText(json), instance.query_scratch, instance.bytes);
    instance.TrimScratch();
    return Finish(call, status);
  });
}

uint32_t CompilePolicy(Call& call, ByteSpan json) {
  Issues issues;
  absl::StatusOr<PolicyPtr> policy =
      policy::Policy::Compile(AsText(json), PolicyBudget(), issues, *call.instance().key);
  if (!policy.ok()) return call.Fail(policy.status(), issues);
  return call.SucceedWithHandle(call.instance().handles.Add(*std::move(policy)));
}

uint32_t CompileLimits(Call& call, ByteSpan json) {
  Issues issues;
  const absl::Status status =
      policy::CompileLimits(AsText(json), PolicyBudget(), issues, call.instance().bytes);
  return status.ok() ? call.Succeed() : call.Fail(status, issues);
}

}  // namespace
}  // namespace sluice::abi

using namespace sluice;       // NOLINT(google-build-using-namespace): the rest is C
using namespace sluice::abi;  // NOLINT(google-build-using-namespace)

uint32_t sluice_abi_version(void) { return SLUICE_ABI_VERSION; }

uint32_t sluice_init(const uint8_t* seed, uint32_t length) {
  Call call(kMaxFrameBytes);
  if (!call.ok()) return call.Refusal();
  Instance& instance = call.instance();
  const std::optional<ByteSpan> bytes = instance.input.View(seed, length);
  if (!bytes.has_value()) return call.FailInput();
  std::array<uint8_t, 16> key;
  if (bytes->size() != key.size()) {
    return call.FailWith(ErrorCode::kInvalidArgument, "the seed must have 16 bytes");
  }
  if (instance.key.has_value()) {
    return call.FailWith(ErrorCode::kInvalidArgument, "the instance has its seed already");
  }
  std::copy(bytes->begin(), bytes->end(), key.begin());
  instance.key = HashKey::FromBytes(key);
  instance.ledger.emplace(*instance.key);
  return call.Succeed();
}

const sluice_result* sluice_result_address(void) { return &Instance::Get().result; }

uint8_t* sluice_input(uint32_t length) {
  Instance& instance = Instance::Get();
  return instance.busy ? nullptr : instance.input.Reserve(length);
}

uint32_t sluice_dispose(uint32_t handle) {
  Call call(kMaxFrameBytes);
  call.NeedSeed();
  if (!call.ok()) return call.Refusal();
  return call.instance().handles.Dispose(handle) ? call.Succeed()
                                                 : call.FailHandle(handle, "a compiled thing");
}

uint32_t sluice_policy_compile(const uint8_t* json, uint32_t length) {
  return WithInput(kMaxFrameBytes, {json, length}, CompilePolicy);
}

uint32_t sluice_policy_describe(uint32_t policy) {
  return WithPolicy(kMaxDescriptionBytes, policy, {nullptr, 0},
                    [](Call& call, const policy::Policy& compiled, ByteSpan) {
                      OutputBuffer& out = call.instance().bytes;
                      compiled.Describe(out);
                      return out.exhausted() ? call.FailWith(ErrorCode::kBudgetExceeded,
                                                             "no memory for the description")
                                             : call.Succeed();
                    });
}

uint32_t sluice_policy_match(uint32_t policy, const uint8_t* facts, uint32_t length,
                             double now_ms) {
  return WithPolicy(kMaxFrameBytes, policy, {facts, length},
                    [now_ms](Call& call, const policy::Policy& compiled, ByteSpan frame) {
                      Instance& instance = call.instance();
                      if (!IsTime(now_ms)) return FailTime(call);
                      return Finish(call, compiled.Match(frame, {*instance.ledger, now_ms},
                                                         instance.policy_scratch, instance.bytes));
                    });
}

uint32_t sluice_policy_decide(uint32_t policy, uint32_t route, const uint8_t* facts,
                              uint32_t length, double now_ms) {
  return WithPolicy(kMaxFrameBytes, policy, {facts, length},
                    [route, now_ms](Call& call, const policy::Policy& compiled, ByteSpan frame) {
                      Instance& instance = call.instance();
                      if (!IsTime(now_ms)) return FailTime(call);
                      const absl::Status status =
                          compiled.Decide(route, frame, {*instance.ledger, now_ms},
                                          instance.policy_scratch, instance.bytes);
                      // What one user's long attributes took isn't the next one's to carry.
                      instance.policy_scratch.evaluate.Trim(SLUICE_INPUT_KEPT);
                      return Finish(call, status);
                    });
}

uint32_t sluice_policy_set_secret(uint32_t policy, uint32_t number, const uint8_t* secret,
                                  uint32_t length) {
  return WithInput(kMaxFrameBytes, {secret, length}, [&](Call& call, ByteSpan bytes) {
    const PolicyPtr* compiled = call.instance().handles.Get<PolicyPtr>(policy);
    if (compiled == nullptr) return call.FailHandle(policy, "a policy");
    return Finish(call, (*compiled)->SetSecret(number, bytes));
  });
}

uint32_t sluice_policy_set_url_patterns(uint32_t policy, const uint8_t* json, uint32_t length) {
  return WithInput(kMaxJsonBytes, {json, length}, [&](Call& call, ByteSpan bytes) {
    const PolicyPtr* compiled = call.instance().handles.Get<PolicyPtr>(policy);
    if (compiled == nullptr) return call.FailHandle(policy, "a policy");
    return Finish(call, (*compiled)->SetUrlPatterns(AsText(bytes)));
  });
}

uint32_t sluice_policy_transform(uint32_t policy, uint32_t transform, const uint8_t* json,
                                 uint32_t length, const uint8_t* inputs, uint32_t inputs_length) {
  return WithTransform(
      policy, transform, {json, length},
      [&](Call& call, const policy::Policy&, const transform::Program& program, ByteSpan text) {
        return Transform(call, program, text, {inputs, inputs_length});
      });
}

uint32_t sluice_policy_checked_transform(uint32_t policy, uint32_t transform, uint32_t schema,
                                         uint32_t check, const uint8_t* json, uint32_t length,
                                         const uint8_t* inputs, uint32_t inputs_length) {
  return WithTransform(policy, transform, {json, length},
                       [&](Call& call, const policy::Policy& compiled,
                           const transform::Program& program, ByteSpan text) {
                         return CheckedTransform(call, compiled, program, {schema, check}, text,
                                                 {inputs, inputs_length});
                       });
}

uint32_t sluice_policy_validate(uint32_t policy, uint32_t schema, const uint8_t* json,
                                uint32_t length) {
  return WithPolicy(kMaxJsonBytes, policy, {json, length},
                    [&](Call& call, const policy::Policy& compiled, ByteSpan text) {
                      Instance& instance = call.instance();
                      const absl::StatusOr<bool> valid =
                          CheckBody(instance, compiled, {schema, 0}, AsText(text), instance.bytes);
                      if (!valid.ok()) return call.Fail(valid.status());
                      instance.result.flag = *valid ? 1 : 0;
                      return call.Succeed();
                    });
}

uint32_t sluice_transform_compile(const uint8_t* json, uint32_t length) {
  return WithInput(kMaxFrameBytes, {json, length}, CompileTransform);
}

uint32_t sluice_transform_set_secret(uint32_t transform, uint32_t number, const uint8_t* secret,
                                     uint32_t length) {
  return WithInput(kMaxFrameBytes, {secret, length}, [&](Call& call, ByteSpan bytes) {
    const TransformPtr* program = call.instance().handles.Get<TransformPtr>(transform);
    if (program == nullptr) return call.FailHandle(transform, "a transform");
    if (bytes.empty() || number >= (*program)->secrets().size()) return FailSecret(call, bytes);
    (*program)->SetSecret(number, bytes);
    return call.Succeed();
  });
}

uint32_t sluice_transform_apply(uint32_t transform, const uint8_t* json, uint32_t length,
                                const uint8_t* inputs, uint32_t inputs_length) {
  return WithInput(kMaxJsonBytes, {json, length}, [&](Call& call, ByteSpan text) {
    const TransformPtr* program = call.instance().handles.Get<TransformPtr>(transform);
    return program == nullptr ? call.FailHandle(transform, "a transform")
                              : Transform(call, **program, text, {inputs, inputs_length});
  });
}

uint32_t sluice_query_compile(uint32_t language, const uint8_t* text, uint32_t length) {
  return WithInput(kMaxFrameBytes, {text, length}, [language](Call& call, ByteSpan source) {
    absl::StatusOr<Query> query = Query::Compile(language, AsText(source));
    if (!query.ok()) return call.Fail(query.status());
    return call.SucceedWithHandle(
        call.instance().handles.Add(QueryPtr(std::make_unique<Query>(*std::move(query)))));
  });
}

uint32_t sluice_query_run(uint32_t query, const uint8_t* json, uint32_t length) {
  return WithQuery(query, {json, length},
                   [](const Query& compiled, auto&&... rest) { return compiled.Run(rest...); });
}

uint32_t sluice_query_paths(uint32_t query, const uint8_t* json, uint32_t length) {
  return WithQuery(query, {json, length},
                   [](const Query& compiled, auto&&... rest) { return compiled.Paths(rest...); });
}

uint32_t sluice_limits_compile(const uint8_t* json, uint32_t length) {
  return WithInput(kMaxDescriptionBytes, {json, length}, CompileLimits);
}

uint32_t sluice_counters_create(uint32_t max_entries) {
  Call call(kMaxFrameBytes);
  call.NeedSeed();
  if (!call.ok()) return call.Refusal();
  if (max_entries > kMaxCounters) {
    return call.FailWith(ErrorCode::kBudgetExceeded, "a table holds at most 2000000 counters");
  }
  Instance& instance = call.instance();
  return call.SucceedWithHandle(
      instance.handles.Add(CountersPtr(std::make_unique<Counters>(*instance.key, max_entries))));
}

uint32_t sluice_counters_charge(uint32_t counters, uint32_t mode, const uint8_t* charges,
                                uint32_t length, double now_ms) {
  return WithCounters(
      kMaxFrameBytes, counters, {charges, length},
      [&](Call& call, Counters& table, ByteSpan frame) {
        return Finish(call, ChargeCounters(table, mode, frame, now_ms, call.instance().bytes));
      });
}

uint32_t sluice_counters_set_rules(uint32_t counters, const uint8_t* rules, uint32_t length) {
  return WithCounters(kMaxFrameBytes, counters, {rules, length},
                      [](Call& call, Counters& table, ByteSpan bytes) {
                        return Finish(call, SetRules(bytes, table));
                      });
}

uint32_t sluice_counters_charge_one(uint32_t counters, uint32_t rule, uint32_t cost,
                                    const uint8_t* subject, uint32_t length, double now_ms) {
  return WithCounters(kMaxFrameBytes, counters, {subject, length},
                      [&](Call& call, Counters& table, ByteSpan bytes) {
                        limit::Verdict verdict;
                        const absl::Status status =
                            ChargeCounter(table, rule, AsText(bytes), cost, now_ms, verdict);
                        if (!status.ok()) return call.Fail(status);
                        sluice_result& result = call.instance().result;
                        result.handle = verdict.remaining;
                        result.flag = verdict.allowed ? 1 : 0;
                        result.number = verdict.reset_ms;
                        result.second_number = verdict.retry_after_ms;
                        return call.Succeed();
                      });
}

uint32_t sluice_counters_block(uint32_t counters, uint32_t rule, const uint8_t* subject,
                               uint32_t length, double until_ms) {
  return WithCounters(kMaxFrameBytes, counters, {subject, length},
                      [&](Call& call, Counters& table, ByteSpan bytes) {
                        return Finish(call, BlockCounter(table, rule, AsText(bytes), until_ms));
                      });
}

uint32_t sluice_counters_drain(uint32_t counters) {
  return WithCounters(kMaxDrainedBytes, counters, {nullptr, 0},
                      [](Call& call, Counters& table, ByteSpan) {
                        return Finish(call, DrainChanges(table, call.instance().bytes));
                      });
}

uint32_t sluice_counters_load(uint32_t counters, const uint8_t* changes, uint32_t length,
                              double now_ms) {
  return WithCounters(kMaxFrameBytes, counters, {changes, length},
                      [now_ms](Call& call, Counters& table, ByteSpan bytes) {
                        return Finish(call, LoadChanges(bytes, now_ms, table));
                      });
}

uint32_t sluice_limit_step(const uint8_t* request, uint32_t request_length, const uint8_t* state,
                           uint32_t state_length, uint32_t restored, double now_ms) {
  return WithInput(kMaxFrameBytes, {request, request_length}, [&](Call& call, ByteSpan operations) {
    Instance& instance = call.instance();
    const std::optional<ByteSpan> before = instance.input.View(state, state_length);
    if (!before.has_value()) return call.FailInput();
    limit::StepEffects effects;
    const absl::Status status = limit::Step(operations, *before, restored != 0, now_ms,
                                            instance.bytes, instance.second, effects);
    if (!status.ok()) return call.Fail(status);
    return effects.persist ? call.SucceedWithHandle(1) : call.Succeed();
  });
}

uint32_t sluice_ledger_install(const uint8_t* charge, uint32_t length, double sent_ms,
                               double now_ms, double deny_cache_ms) {
  return WithInput(kMaxFrameBytes, {charge, length}, [&](Call& call, ByteSpan frame) {
    if (!IsTime(sent_ms) || !IsTime(now_ms)) return FailTime(call);
    Instance& instance = call.instance();
    return Finish(call, InstallVerdict(*instance.ledger, frame, {sent_ms, now_ms, deny_cache_ms},
                                       instance.bytes));
  });
}

uint32_t sluice_ledger_give_back(uint32_t lease_low, uint32_t lease_high, uint32_t cost,
                                 double now_ms) {
  return WithInput(kMaxFrameBytes, {nullptr, 0}, [&](Call& call, ByteSpan) {
    if (!IsTime(now_ms)) return FailTime(call);
    call.instance().ledger->GiveBack(uint64_t{lease_high} << 32 | lease_low, cost, now_ms);
    return call.Succeed();
  });
}

uint32_t sluice_ledger_due_returns(double now_ms) {
  return WithInput(kMaxFrameBytes, {nullptr, 0}, [&](Call& call, ByteSpan) {
    if (!IsTime(now_ms)) return FailTime(call);
    WriteDueReturns(*call.instance().ledger, now_ms, call.instance().bytes);
    return call.Succeed();
  });
}

uint32_t sluice_hash(const uint8_t* seed, uint32_t seed_length, const uint8_t* value,
                     uint32_t value_length, uint32_t version) {
  return WithInput(kMaxFrameBytes, {seed, seed_length}, [&](Call& call, ByteSpan seed_bytes) {
    Instance& instance = call.instance();
    const std::optional<ByteSpan> text = instance.input.View(value, value_length);
    if (!text.has_value()) return call.FailInput();
    instance.result.number =
        experiment::Hash(AsText(seed_bytes), AsText(*text), version).value_or(std::nan(""));
    return call.Succeed();
  });
}

uint32_t sluice_sample_ratio(const uint8_t* counts, uint32_t counts_length, const uint8_t* weights,
                             uint32_t weights_length) {
  return WithInput(kMaxFrameBytes, {counts, counts_length}, [&](Call& call, ByteSpan count_bytes) {
    Instance& instance = call.instance();
    const std::optional<ByteSpan> weight_bytes = instance.input.View(weights, weights_length);
    if (!weight_bytes.has_value()) return call.FailInput();
    std::array<double, experiment::kMaxSampleGroups> count_numbers;
    std::array<double, experiment::kMaxSampleGroups> weight_numbers;
    const auto users = Numbers(count_bytes, count_numbers);
    const auto shares = Numbers(*weight_bytes, weight_numbers);
    if (!users.has_value() || !shares.has_value()) {
      return call.FailWith(ErrorCode::kInvalidArgument, "counts and weights are at most 256 f64s");
    }
    const absl::StatusOr<experiment::SampleRatio> ratio =
        experiment::TestSampleRatio(*users, *shares);
    if (!ratio.ok()) return call.Fail(ratio.status());
    instance.result.number = ratio->chi_square;
    instance.result.second_number = ratio->p;
    instance.result.flag = ratio->degrees_of_freedom;
    return call.Succeed();
  });
}

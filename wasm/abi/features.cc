// The calls about features; sluice.cc has the others.
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/abi/instance.h"
#include "sluice/abi/sluice.h"
#include "sluice/base/limits.h"
#include "sluice/base/slot_frame.h"
#include "sluice/base/status.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/dependencies.h"
#include "sluice/experiment/evaluate.h"
#include "sluice/experiment/features.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/json/writer.h"

namespace sluice::abi {
namespace {

constexpr size_t kMaxFeaturesBytes = 16u << 20;  // of a payload, a description, results

// A call that reads input; `body(call, bytes)` is its status.
template <typename Body>
uint32_t WithInput(const uint8_t* data, uint32_t length, Body&& body) {
  Call call(kMaxFeaturesBytes);
  call.NeedSeed();
  if (!call.ok()) return call.Refusal();
  const std::optional<ByteSpan> bytes = call.instance().input.View(data, length);
  return bytes.has_value() ? body(call, *bytes) : call.FailInput();
}

template <typename Body>
uint32_t WithFeatures(uint32_t handle, const uint8_t* data, uint32_t length, Body&& body) {
  return WithInput(data, length, [&](Call& call, ByteSpan bytes) {
    const FeaturesPtr* features = call.instance().handles.Get<FeaturesPtr>(handle);
    if (features == nullptr) return call.FailHandle(handle, "features");
    const absl::Status status = body(call.instance(), **features, bytes);
    return status.ok() ? call.Succeed() : call.Fail(status);
  });
}

uint32_t CompileFeatures(Call& call, ByteSpan json) {
  json::Document document;
  if (const absl::Status parsed = document.Parse(AsText(json)); !parsed.ok()) {
    return call.Fail(parsed);
  }
  Instance& instance = call.instance();
  json::CompileContext context;
  absl::StatusOr<experiment::Program> program =
      experiment::CompilePayload(document.root(), context, instance.bytes);
  if (!program.ok()) return call.Fail(program.status(), context.issues());
  if (!context.issues().empty()) {
    json::Writer writer(instance.second);
    writer.BeginObject();
    WriteIssues(context.issues(), writer);
    writer.EndObject();
  }
  return call.SucceedWithHandle(instance.handles.Add(
      FeaturesPtr(std::make_unique<experiment::Program>(*std::move(program)))));
}

absl::Status EvaluateFeatures(Instance& instance, const experiment::Program& program,
                              ByteSpan frame, uint32_t flags) {
  const std::optional<SlotFrame> slots = SlotFrame::Parse(frame, SLUICE_EVALUATE_VERSION);
  if (!slots.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "what to evaluate is no evaluate frame");
  }
  experiment::EvaluateInput input;
  input.attributes = slots->Get(SLUICE_EVALUATE_SLOT_ATTRIBUTES).value_or("{}");
  input.forced_variations = slots->Get(SLUICE_EVALUATE_SLOT_FORCED_VARIATIONS);
  input.sticky_buckets = slots->Get(SLUICE_EVALUATE_SLOT_STICKY_BUCKETS);
  input.url = slots->Get(SLUICE_EVALUATE_SLOT_URL).value_or("");
  input.url_parts = slots->Get(SLUICE_EVALUATE_SLOT_URL_PARTS);
  if (const auto numbers = slots->Get(SLUICE_EVALUATE_SLOT_FEATURES); numbers.has_value()) {
    input.features = AsBytes(*numbers);
  }
  input.qa_mode = (flags & SLUICE_EVALUATE_FLAG_QA_MODE) != 0;
  input.disabled = (flags & SLUICE_EVALUATE_FLAG_DISABLED) != 0;
  return experiment::Evaluate(program, input, instance.evaluate_scratch, instance.bytes);
}

// Words and texts of a frame, from its front.
class FrameReader {
 public:
  explicit FrameReader(ByteSpan bytes) : bytes_(bytes) {}

  uint32_t Word() {
    const ByteSpan word = Take(sizeof(uint32_t));
    return word.empty() ? 0 : LoadWord(word.data());
  }
  // Empty, and not ok(), if there aren't as many.
  ByteSpan Take(size_t size) {
    ok_ = ok_ && size <= bytes_.size();
    if (!ok_) return {};
    const ByteSpan taken = bytes_.first(size);
    bytes_.remove_prefix(size);
    return taken;
  }
  bool ok() const { return ok_; }
  size_t left() const { return bytes_.size(); }

 private:
  ByteSpan bytes_;
  bool ok_ = true;
};

// An attribute without its text, whose length comes instead.
experiment::AttributeValue ReadAttribute(FrameReader& reader, size_t* length) {
  const uint32_t word = reader.Word();
  const uint32_t type = word >> 24;
  experiment::AttributeValue value = {.attribute = word & 0xFFFFFF};
  const ByteSpan bytes = reader.Take(sizeof(double));
  *length = 0;
  if (bytes.empty() || type > SLUICE_ATTRIBUTE_TYPE_JSON) return value;
  value.type = static_cast<experiment::AttributeType>(type);
  const bool is_number =
      type == SLUICE_ATTRIBUTE_TYPE_NUMBER || type == SLUICE_ATTRIBUTE_TYPE_BOOLEAN;
  if (is_number) {
    std::memcpy(&value.number, bytes.data(), sizeof(double));
  } else {
    *length = LoadWord(bytes.data());
  }
  return value;
}

// Into the instance's scratch, which the result borrows.
std::optional<experiment::DecideInput> ReadAttributes(Instance& instance, ByteSpan frame) {
  FrameReader reader(frame);
  const bool is_known = reader.Word() == SLUICE_ATTRIBUTES_VERSION;
  const uint32_t features = reader.Word();
  const uint32_t attributes = reader.Word();
  experiment::DecideInput input = {.everything = features == SLUICE_ABSENT};
  const size_t numbers = input.everything ? 0 : features;
  const size_t row_bytes = SLUICE_ATTRIBUTE_WORDS * sizeof(uint32_t);
  if (!is_known || numbers > reader.left() / sizeof(uint32_t)) return std::nullopt;
  instance.feature_numbers.clear();
  for (size_t i = 0; i < numbers; ++i) instance.feature_numbers.push_back(reader.Word());
  if (attributes > reader.left() / row_bytes) return std::nullopt;
  FrameReader texts(AsBytes(AsText(frame).substr(frame.size() - reader.left())));
  texts.Take(attributes * row_bytes);
  instance.attributes.clear();
  for (uint32_t i = 0; i < attributes; ++i) {
    size_t length = 0;
    experiment::AttributeValue value = ReadAttribute(reader, &length);
    value.text = AsText(texts.Take(length));
    instance.attributes.push_back(value);
  }
  if (!texts.ok()) return std::nullopt;
  input.attributes = instance.attributes;
  input.features = instance.feature_numbers;
  return input;
}

absl::Status DecideFeatures(Instance& instance, const experiment::Program& program, ByteSpan frame,
                            uint32_t flags) {
  std::optional<experiment::DecideInput> input = ReadAttributes(instance, frame);
  if (!input.has_value()) {
    return MakeError(ErrorCode::kInvalidArgument, "what to evaluate is no attributes frame");
  }
  input->qa_mode = (flags & SLUICE_EVALUATE_FLAG_QA_MODE) != 0;
  input->disabled = (flags & SLUICE_EVALUATE_FLAG_DISABLED) != 0;
  return experiment::Evaluate(program, *input, instance.evaluate_scratch, instance.bytes);
}

}  // namespace
}  // namespace sluice::abi

using namespace sluice;       // NOLINT(google-build-using-namespace): the rest is C
using namespace sluice::abi;  // NOLINT(google-build-using-namespace)

uint32_t sluice_features_compile(const uint8_t* json, uint32_t length) {
  return WithInput(json, length, CompileFeatures);
}

uint32_t sluice_features_set_url_patterns(uint32_t features, const uint8_t* json, uint32_t length) {
  return WithFeatures(features, json, length,
                      [](Instance&, experiment::Program& program, ByteSpan patterns) {
                        return program.SetUrlPatterns(AsText(patterns));
                      });
}

uint32_t sluice_features_evaluate(uint32_t features, const uint8_t* frame, uint32_t length,
                                  uint32_t flags) {
  return WithFeatures(
      features, frame, length,
      [flags](Instance& instance, const experiment::Program& program, ByteSpan bytes) {
        const absl::Status status = EvaluateFeatures(instance, program, bytes, flags);
        instance.evaluate_scratch.Trim(SLUICE_INPUT_KEPT);
        return status;
      });
}

uint32_t sluice_features_decide(uint32_t features, const uint8_t* frame, uint32_t length,
                                uint32_t flags) {
  return WithFeatures(
      features, frame, length,
      [flags](Instance& instance, const experiment::Program& program, ByteSpan bytes) {
        const absl::Status status = DecideFeatures(instance, program, bytes, flags);
        instance.evaluate_scratch.Trim(SLUICE_INPUT_KEPT);
        return status;
      });
}

uint32_t sluice_features_dependencies(uint32_t features, const uint8_t* numbers, uint32_t length) {
  return WithFeatures(
      features, numbers, length,
      [](Instance& instance, const experiment::Program& program, ByteSpan bytes) {
        std::vector<uint32_t> words(bytes.size() / sizeof(uint32_t));
        for (size_t i = 0; i < words.size(); ++i) words[i] = LoadWord(&bytes[i * sizeof(uint32_t)]);
        for (const uint32_t attribute : experiment::DependenciesOf(program, words).attributes) {
          instance.bytes.AppendWord(attribute);
        }
        return absl::OkStatus();
      });
}

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
      experiment::CompilePayload(std::move(document), context);
  if (!program.ok()) return call.Fail(program.status(), context.issues());
  if (!context.issues().empty()) {
    json::Writer writer(instance.second);
    writer.BeginObject();
    WriteIssues(context.issues(), writer);
    writer.EndObject();
  }
  experiment::Describe(*program, instance.bytes);
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

constexpr size_t kWord = sizeof(uint32_t);

// Rows of attributes and their texts. False if they don't fill the bytes as they should.
bool ReadRows(ByteSpan bytes, size_t rows, std::vector<experiment::AttributeValue>& attributes) {
  constexpr size_t kRow = SLUICE_ATTRIBUTE_WORDS * kWord;
  if (rows > bytes.size() / kRow) return false;
  const uint8_t* row = bytes.data();
  ByteSpan texts = bytes.subspan(rows * kRow);
  attributes.resize(rows);
  for (experiment::AttributeValue& value : attributes) {
    const uint32_t word = LoadWord(row);
    const uint32_t type = word >> 24;
    if (type > SLUICE_ATTRIBUTE_TYPE_JSON) {
      value = {.attribute = SLUICE_ABSENT};
      row += kRow;
      continue;
    }
    value = {.attribute = word & 0xFFFFFF, .type = static_cast<experiment::AttributeType>(type)};
    if (type == SLUICE_ATTRIBUTE_TYPE_NUMBER || type == SLUICE_ATTRIBUTE_TYPE_BOOLEAN) {
      std::memcpy(&value.number, row + kWord, sizeof(double));
    } else {
      const uint32_t length = LoadWord(row + kWord);
      if (length > texts.size()) return false;
      value.text = AsText(texts.first(length));
      texts.remove_prefix(length);
    }
    row += kRow;
  }
  return true;
}

// Into the instance's scratch, which the result borrows.
std::optional<experiment::DecideInput> ReadAttributes(Instance& instance, ByteSpan frame) {
  constexpr size_t kHeader = SLUICE_ATTRIBUTES_WORDS * kWord;
  if (frame.size() < kHeader) return std::nullopt;
  const auto word = [&](uint32_t number) { return LoadWord(frame.data() + number * kWord); };
  if (word(SLUICE_ATTRIBUTES_WORD_VERSION) != SLUICE_ATTRIBUTES_VERSION) return std::nullopt;
  const uint32_t features = word(SLUICE_ATTRIBUTES_WORD_FEATURE_COUNT);
  const uint32_t rows = word(SLUICE_ATTRIBUTES_WORD_ATTRIBUTE_COUNT);
  experiment::DecideInput input = {.everything = features == SLUICE_ABSENT};
  frame.remove_prefix(kHeader);
  const size_t numbers = input.everything ? 0 : features;
  if (numbers > frame.size() / kWord) return std::nullopt;
  instance.feature_numbers.resize(numbers);
  for (uint32_t& number : instance.feature_numbers) {
    number = LoadWord(frame.data());
    frame.remove_prefix(kWord);
  }
  if (!ReadRows(frame, rows, instance.attributes)) return std::nullopt;
  input.attributes = instance.attributes;
  input.features = instance.feature_numbers;
  return input;
}

// Short attributes and a program that isn't large leave little behind.
void TrimAfter(Instance& instance, const experiment::Program& program, ByteSpan frame) {
  if (frame.size() <= SLUICE_INPUT_KEPT / 64 && program.block().size() <= SLUICE_INPUT_KEPT / 2) {
    return;
  }
  instance.evaluate_scratch.Trim(SLUICE_INPUT_KEPT);
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
        TrimAfter(instance, program, bytes);
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

// The one instance of a module: what lives between calls, and how a call yields its result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "sluice/abi/counters.h"
#include "sluice/abi/handles.h"
#include "sluice/abi/query.h"
#include "sluice/abi/sluice.h"
#include "sluice/base/bytes.h"
#include "sluice/base/hash.h"
#include "sluice/base/issues.h"
#include "sluice/base/status.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/evaluate.h"
#include "sluice/experiment/features.h"
#include "sluice/json/document.h"
#include "sluice/json/writer.h"
#include "sluice/limit/ledger.h"
#include "sluice/policy/policy.h"
#include "sluice/schema/schema.h"
#include "sluice/transform/transform.h"

namespace sluice::abi {

// The memory that a caller writes its input into.
class InputMemory {
 public:
  // Null if `length` is over kMaxBytes or memory is short.
  uint8_t* Reserve(uint32_t length);

  // The bytes, if all of them lie in the memory that was given out. Empty input may lie anywhere.
  std::optional<ByteSpan> View(const uint8_t* data, uint32_t length) const;

  // Gives back what is more than SLUICE_INPUT_KEPT.
  void Trim() {
    if (capacity_ > SLUICE_INPUT_KEPT) Release();
  }

 private:
  static constexpr uint32_t kMaxBytes = 32u << 20;
  struct Free {
    void operator()(uint8_t* data) const { std::free(data); }
  };

  void Release();

  std::unique_ptr<uint8_t, Free> data_;
  uint32_t capacity_ = 0;
};

using PolicyPtr = std::unique_ptr<policy::Policy>;
using CountersPtr = std::unique_ptr<Counters>;
using TransformPtr = std::unique_ptr<transform::Program>;
using QueryPtr = std::unique_ptr<Query>;
using FeaturesPtr = std::unique_ptr<experiment::Program>;
using SchemaPtr = std::unique_ptr<schema::Program>;

struct Instance {
  InputMemory input;
  std::optional<HashKey> key;  // absent before sluice_init
  HandleTable<PolicyPtr, TransformPtr, QueryPtr, CountersPtr, FeaturesPtr, SchemaPtr> handles;
  std::optional<limit::Ledger> ledger;  // since sluice_init
  OutputBuffer bytes{0};
  OutputBuffer second{0};
  policy::Scratch policy_scratch;
  transform::Scratch transform_scratch;
  std::vector<std::optional<std::string_view>> transform_inputs;
  QueryScratch query_scratch;
  experiment::EvaluateScratch evaluate_scratch;
  json::Document schema_document;
  schema::Scratch schema_scratch;
  std::vector<experiment::AttributeValue> attributes;
  std::vector<uint32_t> feature_numbers;
  sluice_result result = {};
  bool busy = false;  // inside a call: if a call starts so, an earlier one trapped

  static Instance& Get();

  // Gives back what a large document has left behind.
  void TrimScratch();
  void TrimSchemaScratch();
};

// What is said of a place in an author's document: an issue, or a note.
struct Remark {
  std::string_view code;
  std::string_view place_key;  // what `place` is called
  std::string_view place;      // a JSON Pointer
  size_t byte_offset;
  std::string_view message;
};
// Writes it as an object.
void WriteRemark(const Remark& remark, json::Writer& writer);

// Writes the members "issues" and "issueCount".
void WriteIssues(const Issues& issues, json::Writer& writer);

// One call into the module. Clears the result on entry.
class Call {
 public:
  // `max_output` bounds result.bytes and result.second.
  explicit Call(size_t max_output);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // False if an earlier call trapped, or this one needs the seed and there is none. Then nothing
  // may be touched; `Refusal` is the status.
  bool ok() const { return refusal_ == SLUICE_OK; }
  uint32_t Refusal() const { return refusal_; }
  // For calls that make or take handles.
  void NeedSeed();

  Instance& instance() { return instance_; }
  // Sets result.bytes and result.second to what was appended.
  uint32_t Succeed();
  uint32_t SucceedWithHandle(uint32_t handle);
  // Sets result.bytes to the failure as JSON.
  uint32_t Fail(const absl::Status& status, const Issues& issues = {});
  uint32_t FailWith(ErrorCode code, std::string_view message);
  // For a handle that Get<T> knows nothing about: stale, or of another kind of thing.
  uint32_t FailHandle(uint32_t handle, std::string_view expected);
  uint32_t FailInput();

 private:
  Instance& instance_;
  uint32_t refusal_ = SLUICE_OK;
};

}  // namespace sluice::abi

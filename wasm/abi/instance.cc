#include "sluice/abi/instance.h"

#include <functional>
#include <new>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "sluice/json/writer.h"

namespace sluice::abi {
namespace {

constexpr size_t kMaxFailureBytes = 256 * 1024;
// What scratch memory may keep between calls.
constexpr size_t kMaxRetainedBytes = 1 << 20;
constexpr std::string_view kPoisoned =
    R"({"code":"poisoned","message":"an earlier call trapped: make a new instance"})";

// No destructor and no constructor at global scope: the first call makes it, nothing ends it.
alignas(Instance) unsigned char g_instance_memory[sizeof(Instance)];
Instance* g_instance = nullptr;

sluice_borrowed Borrow(std::string_view text) {
  const ByteSpan bytes = AsBytes(text);
  return {bytes.data(), static_cast<uint32_t>(bytes.size())};
}

// The message of the first fault says more than "the policy has faults".
void WriteFailure(const absl::Status& status, const Issues& issues, OutputBuffer& out) {
  json::Writer writer(out);
  writer.BeginObject();
  writer.Key("code");
  writer.String(ErrorCodeName(ErrorCodeOf(status)));
  writer.Key("message");
  const Issue* first = issues.list().empty() ? nullptr : &issues.list()[0];
  writer.String(first == nullptr ? status.message() : std::string_view(first->message));
  std::optional<size_t> offset = ByteOffsetOf(status);
  std::optional<std::string> location = LocationOf(status);
  if (first != nullptr) {
    location = first->pointer;
    offset = first->byte_offset;
  }
  if (location.has_value()) {
    writer.Key("location");
    writer.String(*location);
  }
  if (offset.has_value()) {
    writer.Key("byteOffset");
    writer.Uint(*offset);
  }
  if (const std::optional<Budget> budget = BudgetOf(status); budget.has_value()) {
    writer.Key("budget");
    writer.String(BudgetName(*budget));
  }
  if (first != nullptr) WriteIssues(issues, writer);
  writer.EndObject();
}

}  // namespace

void WriteRemark(const Remark& remark, json::Writer& writer) {
  writer.BeginObject();
  writer.Key("code");
  writer.String(remark.code);
  writer.Key(remark.place_key);
  writer.String(remark.place);
  writer.Key("byteOffset");
  writer.Uint(remark.byte_offset);
  writer.Key("message");
  writer.String(remark.message);
  writer.EndObject();
}

void WriteIssues(const Issues& issues, json::Writer& writer) {
  writer.Key("issues");
  writer.BeginArray();
  for (const Issue& issue : issues.list()) {
    WriteRemark({issue.code, "pointer", issue.pointer, issue.byte_offset, issue.message}, writer);
  }
  writer.EndArray();
  writer.Key("issueCount");
  writer.Uint(issues.total());
}

uint8_t* InputMemory::Reserve(uint32_t length) {
  if (length <= capacity_ && data_ != nullptr) return data_.get();
  if (length > kMaxBytes) return nullptr;
  const uint32_t wanted = length == 0 ? 8 : length;
  // Freed first: what was written is void from here on, and the two need not fit side by side.
  Release();
  data_.reset(static_cast<uint8_t*>(std::malloc(wanted)));
  capacity_ = data_ == nullptr ? 0 : wanted;
  return data_.get();
}

void InputMemory::Release() {
  data_.reset();
  capacity_ = 0;
}

std::optional<ByteSpan> InputMemory::View(const uint8_t* data, uint32_t length) const {
  if (length == 0) return ByteSpan();
  const uint8_t* begin = data_.get();
  const std::less<> before;
  if (begin == nullptr || before(data, begin) || before(begin + capacity_, data)) {
    return std::nullopt;
  }
  if (length > static_cast<size_t>(begin + capacity_ - data)) return std::nullopt;
  return ByteSpan(data, length);
}

Instance& Instance::Get() {
  if (g_instance == nullptr) g_instance = new (g_instance_memory) Instance();
  return *g_instance;
}

void Instance::TrimScratch() {
  transform_scratch.Trim(kMaxRetainedBytes);
  query_scratch.Trim(kMaxRetainedBytes);
  evaluate_scratch.Trim(kMaxRetainedBytes);
  policy_scratch.evaluate.Trim(kMaxRetainedBytes);
}

void Instance::TrimSchemaScratch() {
  if (schema_document.retained_bytes() > kMaxRetainedBytes) schema_document.Release();
  schema_scratch.Trim(kMaxRetainedBytes);
}

Call::Call(size_t max_output) : instance_(Instance::Get()) {
  if (instance_.busy) {
    // What a trapped call left may be half-made: only the result is written.
    refusal_ = SLUICE_POISONED;
    instance_.result = {};
    instance_.result.bytes = Borrow(kPoisoned);
    return;
  }
  instance_.busy = true;
  instance_.result = {};
  instance_.bytes.Reset(max_output);
  instance_.second.Reset(max_output);
}

Call::~Call() {
  if (refusal_ == SLUICE_POISONED) return;
  instance_.input.Trim();
  instance_.busy = false;
}

void Call::NeedSeed() {
  if (!ok() || instance_.key.has_value()) return;
  refusal_ = FailWith(ErrorCode::kInvalidArgument, "call sluice_init first");
}

uint32_t Call::Succeed() {
  instance_.result.bytes = Borrow(instance_.bytes.text());
  instance_.result.second = Borrow(instance_.second.text());
  return SLUICE_OK;
}

uint32_t Call::SucceedWithHandle(uint32_t handle) {
  if (handle == 0) return FailWith(ErrorCode::kBudgetExceeded, "too many live handles");
  instance_.result.handle = handle;
  return Succeed();
}

uint32_t Call::Fail(const absl::Status& status, const Issues& issues) {
  instance_.bytes.Reset(kMaxFailureBytes);
  WriteFailure(status, issues, instance_.bytes);
  if (instance_.bytes.exhausted()) {
    // A pointer is as long as the names in it. The first fault without its pointer always fits.
    instance_.bytes.Clear();
    const bool has_issue = !issues.list().empty();
    WriteFailure(
        MakeError(ErrorCodeOf(status), has_issue ? issues.list()[0].message : status.message(),
                  has_issue ? issues.list()[0].byte_offset : ByteOffsetOf(status)),
        Issues(), instance_.bytes);
  }
  instance_.result = {};
  instance_.result.bytes = Borrow(instance_.bytes.text());
  return static_cast<uint32_t>(ErrorCodeOf(status));
}

uint32_t Call::FailWith(ErrorCode code, std::string_view message) {
  return Fail(MakeError(code, message));
}

uint32_t Call::FailHandle(uint32_t handle, std::string_view expected) {
  if (instance_.handles.Contains(handle)) {
    return FailWith(ErrorCode::kInvalidArgument,
                    absl::StrCat("the handle stands for something else than ", expected));
  }
  return FailWith(ErrorCode::kStaleHandle,
                  absl::StrCat("the handle of ", expected, " was disposed of, or never given out"));
}

uint32_t Call::FailInput() {
  return FailWith(ErrorCode::kInvalidArgument,
                  "the input does not lie in the memory that sluice_input gave");
}

}  // namespace sluice::abi

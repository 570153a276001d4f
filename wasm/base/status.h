// Error codes of the whole product, and how absl::Status carries them.
//
// Every failure in the core is one of the codes below; the same names reach JavaScript as
// `SluiceError.code` and problem+json as `code`. absl::Status is the vehicle inside C++: the code
// travels as a payload, the message is plain words for a person.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace sluice {

// The numeric values are part of the ABI (wasm/abi/sluice.h asserts that they agree) and are
// never reused.
enum class ErrorCode : uint32_t {
  kOk = 0,
  kInvalidJson = 1,       // the text is not JSON (RFC 8259); the byte offset says where
  kInvalidPolicy = 2,     // JSON, but not a policy; the issues say why
  kInvalidArgument = 3,   // a caller broke the contract of a call (frame, number, name)
  kStaleHandle = 4,       // the handle was disposed of, or never given out
  kBudgetExceeded = 5,    // see Budget; nothing was half-applied
  kPoisoned = 6,          // this instance trapped before and must be replaced
  kInternal = 7,          // a broken invariant in Sluice itself; please report it
  kInvalidQuery = 8,      // not a JSONPath or JMESPath; the byte offset in its text says where
  kInvalidTransform = 9,  // JSON, but not a list of steps; the issues say why
  kTransformFailed = 10,  // the steps can't be applied to this document; the location says which
  kQueryFailed = 11,      // a query that is well-formed can't be evaluated on this document
  kMissingSecret = 12,    // something compiled names a secret that its owner doesn't supply
  kInvalidSchema = 13,    // JSON, but not a JSON Schema that can be compiled; the issues say why
};

// Which budget a kBudgetExceeded is about.
enum class Budget : uint32_t {
  kInputBytes = 1,   // length of a document, or of several together
  kOutputBytes = 2,  // length of a result, or of what lies between two steps
  kDepth = 3,        // nesting
  kSteps = 4,        // work
  kResults = 5,      // how many values a query selects
  kMemory = 6,       // what a run or something compiled holds at once
  kTextBytes = 7,    // length of a query, a path, a pattern
};

// "invalid_json", "budget_exceeded", … : stable, for machines.
std::string_view ErrorCodeName(ErrorCode code);
// "input_bytes", "depth", … : likewise.
std::string_view BudgetName(Budget budget);

// A status with `code`, a message in plain words and, where known, the byte offset in the text
// that the caller handed in. Allocates; only for failures.
absl::Status MakeError(ErrorCode code, std::string_view message,
                       std::optional<size_t> byte_offset = std::nullopt);

// kBudgetExceeded, and which one.
absl::Status MakeBudgetError(Budget budget, std::string_view message,
                             std::optional<size_t> byte_offset = std::nullopt);

// `status` under another code, for a failure that means something else to the caller than to who
// made it. Message, byte offset, budget and location stay; so does an OK status.
absl::Status WithCode(const absl::Status& status, ErrorCode code);

// `status` with the JSON Pointer of what is at fault in the document that an author wrote (not in
// the one that is worked on); in the place of one that it had. An OK status stays as it is.
absl::Status WithLocation(absl::Status status, std::string_view pointer);

// kOk for an OK status, kInternal for a status that no Sluice code made.
ErrorCode ErrorCodeOf(const absl::Status& status);
std::optional<size_t> ByteOffsetOf(const absl::Status& status);
std::optional<Budget> BudgetOf(const absl::Status& status);
std::optional<std::string> LocationOf(const absl::Status& status);

}  // namespace sluice

// For functions that return absl::Status or absl::StatusOr.
#define SLUICE_RETURN_IF_ERROR(expr)                                  \
  do {                                                                \
    if (absl::Status sluice_status_ = (expr); !sluice_status_.ok()) { \
      return sluice_status_;                                          \
    }                                                                 \
  } while (false)

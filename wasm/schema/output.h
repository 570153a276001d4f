// What is wrong with a value, for people and for machines.
//
// Walks the program that IsValid runs, in an evaluator of its own that gathers; the two agree on
// every value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

enum class Output : uint8_t {
  // JSON Schema 2020-12, core, section 12.4: {"valid":true}; a list of all that failed, or of the
  // annotations of what is valid; the same as a tree.
  kFlag,
  kBasic,
  kDetailed,
  // {"valid":false,"errors":[{"instanceLocation","keywordLocation","absoluteKeywordLocation"?,
  // "keyword","message","byteOffset","expected"?,"actual"?}]}: one error a fault, in the order of
  // the text. Of what is valid, nothing at all.
  //   * Of `anyOf` and `oneOf` it is the alternative that was meant that tells its errors: the one
  //     whose constants a property has ("kind": "circle"), whose type the value has, or that comes
  //     nearest. Where several come as near, one error names what each asks for.
  //   * A name that isn't known and one that is missing are one error if they are nearly the same.
  //   * instanceLocation is where the fault is: for a name that isn't allowed, its member.
  //   * byteOffset is that of the value there, or of the member's name if that is at fault, or of
  //     the second of two elements that are equal.
  //   * absoluteKeywordLocation is there if the keyword was come to by a reference, and what it
  //     stands in has an absolute URI.
  //   * expected, actual: in words, or a value's JSON text, cut to some hundred bytes.
  kErrors,
  // The same as a frame of little-endian words: kErrorFrameVersion, the number of errors, of each
  // the words of ErrorWord; behind them the texts, in that order, one behind the other (UTF-8).
  kErrorFrame,
};

inline constexpr uint32_t kErrorFrameVersion = 1;
inline constexpr size_t kErrorFrameWords = 2;
enum class ErrorWord : uint8_t {
  kByteOffset,
  // Lengths of texts in bytes; 0xFFFFFFFF: there is none.
  kInstanceLocation,
  kKeywordLocation,
  kAbsoluteLocation,
  kKeyword,
  kMessage,
  kExpected,
  kActual,
};
inline constexpr size_t kErrorWords = static_cast<size_t>(ErrorWord::kActual) + 1;

inline constexpr uint32_t kMaxErrors = 1000;
// Locations longer than that are cut to the nearest that isn't: that of what encloses it; absolute
// ones are left out.
inline constexpr size_t kMaxLocationBytes = 16u << 10;

// Whether the instance is valid; appends to `out`, one JSON object unless `output` says otherwise.
// At most `max_errors` (1 to kMaxErrors) leaves are told of, and at least one if it isn't valid.
//
// What IsValid answers with a status is one here. So are an output that `out` has no room for, and
// more annotations than memory is for (budget_exceeded). What exceeds a budget only here, while
// faults are explained, is left out.
absl::StatusOr<bool> Validate(const Program& program, json::Value instance, Output output,
                              uint32_t max_errors, const Budget& budget, Scratch& scratch,
                              OutputBuffer& out, uint32_t entry = 0);

}  // namespace sluice::schema

// What IDNA2008 needs to know of a code point.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::schema::idna {

// The derived property of RFC 5892.
enum class Status : uint8_t { kDisallowed, kValid, kContextJ, kContextO };
// The classes that RFC 5893 tells apart; kRight is R and AL, kNeutral ES, CS, ET, ON and BN.
enum class Bidi : uint8_t {
  kLeft,
  kRight,
  kArabicNumber,
  kEuropeanNumber,
  kNonspacing,
  kNeutral,
};
// Joining_Type, as far as RFC 5892, appendix A.1, asks for it.
enum class Joining : uint8_t { kNone, kLeft, kRight, kDual, kTransparent };
// Those that RFC 5892, appendix A, names; kJapanese is Hiragana, Katakana and Han.
enum class Script : uint8_t { kOther, kGreek, kHebrew, kJapanese };

// Only the status means something where that is kDisallowed.
struct Properties {
  Status status = Status::kDisallowed;
  Bidi bidi = Bidi::kLeft;
  Joining joining = Joining::kNone;
  Script script = Script::kOther;
  bool mark = false;    // general category M
  bool virama = false;  // canonical combining class 9
};

// O(1): a binary search and a few dozen bytes to decode.
Properties PropertiesOf(uint32_t point);

// The table, in idna_data.cc.
//
// Runs of code points that are alike follow each other from U+0000 on. A token is a byte, whose low
// two bits are the length of the run, or 0 where a varint (LEB128) follows that is; the high six
// bits are its class. The class kRepeat says that the two runs before come again, so many times:
// the capital and small letters of many scripts take turns.
struct Checkpoint {
  uint32_t first;   // the code point that a token begins with,
  uint32_t offset;  // and where that token is
};
inline constexpr uint8_t kRepeat = 63;
extern const Properties kClasses[];
extern const uint8_t kRuns[];
extern const Checkpoint kCheckpoints[];
extern const size_t kCheckpointCount;

}  // namespace sluice::schema::idna

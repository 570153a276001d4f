// JMESPath's functions: names, arities and types. Inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::query::jmespath {

enum class Function : uint32_t {
  kAbs,
  kAvg,
  kCeil,
  kContains,
  kEndsWith,
  kFloor,
  kJoin,
  kKeys,
  kLength,
  kMap,
  kMax,
  kMaxBy,
  kMerge,
  kMin,
  kMinBy,
  kNotNull,
  kReverse,
  kSort,
  kSortBy,
  kStartsWith,
  kSum,
  kToArray,
  kToNumber,
  kToString,
  kType,
  kValues,
};

// Bits of what a parameter takes.
enum TypeBit : uint8_t {
  kNull = 1,
  kBoolean = 2,
  kNumber = 4,
  kString = 8,
  kArray = 16,
  kObject = 32,
  kAny = 63,
  kReference = 64,  // &expression
};

struct Signature {
  std::string_view name;
  uint8_t arity;
  bool variadic;          // more of the last one
  uint8_t parameters[2];  // TypeBits
};

const Signature& SignatureOf(Function function);
// False if there is none of that name.
bool FindFunction(std::string_view name, Function* function);
// "a number", "a string or an array", …
std::string DescribeTypes(uint8_t types);
// "abs() takes 1 argument".
std::string DescribeArity(Function function);

}  // namespace sluice::query::jmespath

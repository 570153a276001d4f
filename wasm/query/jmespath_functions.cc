#include "sluice/query/jmespath_functions.h"

#include "absl/strings/str_cat.h"

namespace sluice::query::jmespath {
namespace {

// In the order of the enumeration, which is the alphabet's.
constexpr Signature kSignatures[] = {
    {"abs", 1, false, {kNumber, 0}},
    {"avg", 1, false, {kArray, 0}},
    {"ceil", 1, false, {kNumber, 0}},
    {"contains", 2, false, {kArray | kString, kAny}},
    {"ends_with", 2, false, {kString, kString}},
    {"floor", 1, false, {kNumber, 0}},
    {"join", 2, false, {kString, kArray}},
    {"keys", 1, false, {kObject, 0}},
    {"length", 1, false, {kString | kArray | kObject, 0}},
    {"map", 2, false, {kReference, kArray}},
    {"max", 1, false, {kArray, 0}},
    {"max_by", 2, false, {kArray, kReference}},
    {"merge", 1, true, {kObject, kObject}},
    {"min", 1, false, {kArray, 0}},
    {"min_by", 2, false, {kArray, kReference}},
    {"not_null", 1, true, {kAny, kAny}},
    {"reverse", 1, false, {kString | kArray, 0}},
    {"sort", 1, false, {kArray, 0}},
    {"sort_by", 2, false, {kArray, kReference}},
    {"starts_with", 2, false, {kString, kString}},
    {"sum", 1, false, {kArray, 0}},
    {"to_array", 1, false, {kAny, 0}},
    {"to_number", 1, false, {kAny, 0}},
    {"to_string", 1, false, {kAny, 0}},
    {"type", 1, false, {kAny, 0}},
    {"values", 1, false, {kObject, 0}},
};
static_assert(sizeof(kSignatures) / sizeof(Signature) ==
              static_cast<size_t>(Function::kValues) + 1);

}  // namespace

const Signature& SignatureOf(Function function) {
  return kSignatures[static_cast<uint32_t>(function)];
}

bool FindFunction(std::string_view name, Function* function) {
  uint32_t number = 0;
  for (const Signature& signature : kSignatures) {
    if (signature.name == name) {
      *function = static_cast<Function>(number);
      return true;
    }
    ++number;
  }
  return false;
}

std::string DescribeTypes(uint8_t types) {
  if (types == kAny) return "a value";
  static constexpr std::string_view kNames[] = {"null",
                                                "a boolean",
                                                "a number",
                                                "a string",
                                                "an array",
                                                "an object",
                                                "an expression reference (&…)"};
  std::string text;
  for (uint32_t i = 0; i < 7; ++i) {
    if ((types >> i & 1) != 0) absl::StrAppend(&text, text.empty() ? "" : " or ", kNames[i]);
  }
  return text;
}

std::string DescribeArity(Function function) {
  const Signature& signature = SignatureOf(function);
  return absl::StrCat(signature.name, "() takes ", signature.variadic ? "at least " : "",
                      signature.arity, signature.arity == 1 ? " argument" : " arguments");
}

}  // namespace sluice::query::jmespath

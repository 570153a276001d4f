// JavaScript's view of JSON values: the coercions and comparisons that GrowthBook's SDK takes for
// granted (ECMA-262, section 7.1 and 7.2).
//
// What differs: a lone surrogate ("\ud800") is U+FFFD, as everywhere in this core, and nothing is
// found on Object.prototype ("constructor" is an ordinary, absent name).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::experiment {

// A string's value; one with escapes is decoded into `*scratch`.
inline std::string_view TextOf(json::Value string, std::string* scratch) {
  return string.has_escapes() ? string.string(scratch) : string.raw_string();
}

// A value with what comparisons need of it at hand. Borrows document and scratch.
struct JsValue {
  json::Kind kind = json::Kind::kNull;
  double number = 0;      // of a number
  std::string_view text;  // of a string, escapes decoded
  json::Value json;       // where it comes from; absent for null that stands for "nothing there"
};

// `value` may be absent: null. A string with escapes is decoded into `*scratch`.
JsValue LoadValue(json::Value value, std::string* scratch);
JsValue NumberValue(double number);

bool IsTruthy(const JsValue& value);
// Of an absent value: false. Loads no more than that takes.
inline bool IsTruthy(json::Value value) {
  if (!value.present()) return false;
  const json::Kind kind = value.kind();
  if (kind == json::Kind::kString) return !value.raw_string().empty();
  if (kind == json::Kind::kNumber) return json::ToDouble(value) != 0;
  return kind >= json::Kind::kTrue;
}

// value + "". O(its text); arrays are joined, also nested ones, without recursion. What isn't a
// string already lies in `*scratch`.
std::string_view ToText(const JsValue& value, std::string* scratch);
// JSON.stringify of what isn't a string, strings as they are. Spaces are kept, so an object or
// array counts as the same key only if it is written the same.
std::string_view ToKeyText(const JsValue& value, std::string* scratch);
// value * 1.
double ToNumber(const JsValue& value, std::string* scratch);
// text.trim().
std::string_view TrimSpace(std::string_view text);
// Number(text).
double TextToNumber(std::string_view text);

enum class Order : uint8_t { kLess, kEqual, kGreater, kUnordered };

// Order of two strings by UTF-16 code units, which isn't that of their bytes.
Order CompareText(std::string_view x, std::string_view y);
// As < and > order `value` and a string / a number.
Order CompareWithText(const JsValue& value, std::string_view text, std::string* scratch);
Order CompareWithNumber(const JsValue& value, double number, std::string* scratch);

// JSON.stringify(x) === JSON.stringify(y), if neither has duplicate names in an object, nor names
// like "10" before "9" (JSON.stringify itself never writes such). O(the shorter text).
bool SameJson(json::Value x, json::Value y);

// Appends what GrowthBook makes of a version for comparing it as text: "v1.2.3" becomes
// "    1-    2-    3-~".
void AppendPaddedVersion(const JsValue& value, std::string* out);

}  // namespace sluice::experiment

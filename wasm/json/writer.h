// Writes JSON text to a capped buffer.
#pragma once

#include <cstdint>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice::json {

// Puts commas and colons; the caller keeps begin and end balanced. No indentation, no validation of
// `Raw`. Running out of the buffer's cap is seen at the end, by `out.exhausted()`.
class Writer {
 public:
  // Borrows `out`.
  explicit Writer(OutputBuffer& out) : out_(out) {}

  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();

  // A member's name: UTF-8 text that is escaped, or the text of a JSON string with its quotes.
  void Key(std::string_view name);
  void RawKey(std::string_view json_string);

  void String(std::string_view utf8);
  void Raw(std::string_view json);  // one whole value, copied byte for byte
  void Int(int64_t value);
  void Uint(uint64_t value);
  // The shortest text that reads back the same, laid out as JavaScript does it (so -0 is 0); not
  // finite: null.
  void Double(double value);
  void Bool(bool value);
  void Null();

 private:
  void Separate();

  OutputBuffer& out_;
  bool needs_comma_ = false;
};

// Appends `utf8` as a JSON string with quotes. Escapes only what RFC 8259 demands.
void AppendJsonString(std::string_view utf8, OutputBuffer& out);

}  // namespace sluice::json

// The parameters of a query or a path as the JSON that a schema is for: an object with a member for
// each name, an array where a name comes more than once.
//
// Parameters are text, and schemas speak of numbers. So a text becomes what the schema says of the
// parameter, as far as it can be that: "12" a number (with its exact text), "true" a boolean, one
// value an array of one. What can't be stays a string, for the schema to refuse.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"

namespace sluice::policy {

// What a schema says a parameter may be, beside text. Bits.
enum ParameterType : uint32_t {
  kNumberParameter = 1,  // also where it says integer: then 1.5 is a number that is none
  kBooleanParameter = 2,
  kNullParameter = 4,
  kArrayParameter = 8,
};

struct ParameterTypes {
  uint32_t types = 0;
  uint32_t item_types = 0;  // of the elements, where it is an array

  bool operator==(const ParameterTypes&) const = default;
};

struct ParameterRow {
  StringRef name;
  ParameterTypes types;
};

// What a schema says of the members of the object that it is for.
struct ParameterTable {
  absl::Span<const ParameterRow> rows;  // sorted by name
  std::string_view pool;                // of their names
  ParameterTypes others;                // of names without a row
};

// Parameters of one request, decoded, while they are put together. Memory is kept between requests.
class ParameterList {
 public:
  // Empty from here on.
  void Clear();
  // The parameters of a query with its "?", decoded as a form (WHATWG URL): "+" is a blank, "%"
  // that begins no escape stands for itself, and what is no UTF-8 becomes U+FFFD. O(query).
  void AddQuery(std::string_view query);
  // One whose text is percent-encoded.
  void AddSegment(std::string_view name, std::string_view encoded);

  // Appends the object, its members sorted by name. O(n log n). False if the parameters are more
  // than is kept of a request (128 KiB); then what is in `out` is nothing of use.
  bool AppendObject(const ParameterTable& table, OutputBuffer& out);

 private:
  struct Parameter {
    uint32_t name;  // where it begins in the text; the value lies behind it
    uint32_t value;
    uint32_t end;
  };

  void Add(std::string_view name, std::string_view value, bool is_form);
  void AppendDecoded(std::string_view encoded, bool is_form);
  std::string_view NameOf(const Parameter& parameter) const {
    return text_.text().substr(parameter.name, parameter.value - parameter.name);
  }
  std::string_view ValueOf(const Parameter& parameter) const {
    return text_.text().substr(parameter.value, parameter.end - parameter.value);
  }
  void AppendValues(absl::Span<const Parameter> values, ParameterTypes types, OutputBuffer& out);

  OutputBuffer text_{128 << 10};
  OutputBuffer raw_{128 << 10};  // bytes before they are made UTF-8
  std::vector<Parameter> parameters_;
};

// Whether the whole text is a number of JSON (RFC 8259, section 6).
bool IsJsonNumber(std::string_view text);

}  // namespace sluice::policy

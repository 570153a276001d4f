// What every compiler from JSON to a program shares: issues, interned strings, typed reading.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/interner.h"
#include "sluice/base/issues.h"
#include "sluice/json/document.h"

namespace sluice::json {

// One compilation. Compilers report every fault they find and go on; whoever started the
// compilation fails it if there are issues at the end.
class CompileContext {
 public:
  // At `value`: its JSON Pointer and byte offset in the whole document are filled in.
  void AddIssue(Value value, std::string_view code, std::string message);

  Issues& issues() { return issues_; }
  const Issues& issues() const { return issues_; }
  StringInterner& strings() { return strings_; }

 private:
  Issues issues_;
  StringInterner strings_;
};

// Reads one object with a closed set of keys. The constructor reports values that are not objects
// ("wrong_type"), unknown keys ("unknown_key", with a suggestion) and duplicates
// ("duplicate_key"). Getters report missing and mistyped members and return nothing for them.
class ObjectReader {
 public:
  ObjectReader(Value object, absl::Span<const std::string_view> known_keys,
               CompileContext& context);

  Value object() const { return object_; }
  // Absent if there is none.
  Value Get(std::string_view key) const;
  // Reports "missing_key" if there is none.
  Value Require(std::string_view key) const;

  // Absent members yield nothing silently; mistyped ones are reported.
  std::optional<std::string> String(std::string_view key) const;
  std::optional<bool> Bool(std::string_view key) const;
  std::optional<double> Number(std::string_view key) const;
  // An integer in [min, max]; outside is reported as "out_of_range".
  std::optional<int64_t> Integer(std::string_view key, int64_t min, int64_t max) const;
  // Milliseconds; reported as "invalid_duration".
  std::optional<double> Duration(std::string_view key) const;
  // An index into `names`; others are reported as "unknown_value" with a suggestion.
  std::optional<uint32_t> Enum(std::string_view key,
                               absl::Span<const std::string_view> names) const;

 private:
  Value Typed(std::string_view key, Kind kind) const;

  Value object_;
  CompileContext& context_;
};

// Checks the kind and reports "wrong_type" ("expected an array, found a string").
bool Expect(Value value, Kind kind, CompileContext& context);

}  // namespace sluice::json

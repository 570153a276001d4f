// Small readers that several sections share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/issues.h"
#include "sluice/base/limits.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::policy {

struct DurationRange {
  uint64_t fallback_ms;  // where the member is absent or at fault
  uint64_t min_ms;
  uint64_t max_ms;
};

// Parses a policy, or a part of one, within the budget's bytes and nodes. invalid_json or
// budget_exceeded.
absl::Status ParsePolicy(std::string_view text, const PolicyBudget& budget,
                         json::Document& document);

// budget_exceeded: "the policy has over 10000 routes".
absl::Status TooMany(std::string_view what, uint32_t bound);

// Milliseconds; "0s" is a duration where the range begins with 0. Reports invalid_duration and
// out_of_range.
uint64_t ReadDuration(const json::ObjectReader& reader, std::string_view key,
                      const DurationRange& range, json::CompileContext& context);

// Reports "not_applicable" where the member is present.
void Forbid(const json::ObjectReader& reader, std::string_view key, std::string_view message,
            json::CompileContext& context);

// Makes an engine's failure to compile `value` an issue, unless it reported some itself.
void ReportFailure(const absl::Status& status, size_t issues_before, json::Value value,
                   json::CompileContext& context);

// Adds what stops nothing, and should be known: `code` is a literal.
void Warn(json::Value where, std::string_view code, std::string message, Issues& warnings);

// A JavaScript identifier of ASCII, as bindings are named.
bool IsBindingName(std::string_view text);
constexpr std::string_view kBindingHint = ": it must match [A-Za-z_][A-Za-z0-9_]{0,63}";

// Letters, digits, "-" and "_" in labels of at most 63 bytes, at most 253 in all, in lower case.
bool IsHostName(std::string_view text);

}  // namespace sluice::policy

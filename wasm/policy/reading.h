// Small readers that several sections share.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/issues.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::policy {

struct DurationRange {
  uint64_t fallback_ms;  // where the member is absent or at fault
  uint64_t min_ms;
  uint64_t max_ms;
};

// Milliseconds. Reports invalid_duration and out_of_range.
uint64_t ReadDuration(const json::ObjectReader& reader, std::string_view key,
                      const DurationRange& range, json::CompileContext& context);

// Reports "not_applicable" where the member is present.
void Forbid(const json::ObjectReader& reader, std::string_view key, std::string_view message,
            json::CompileContext& context);

// Takes over what an engine's compiler reported of `value`. A failure without any issue becomes
// one.
void AddIssues(const Issues& found, json::Value value, const absl::Status& status,
               json::CompileContext& context);

// Letters, digits, "-" and "_" in labels of at most 63 bytes, at most 253 in all, in lower case.
bool IsHostName(std::string_view text);

}  // namespace sluice::policy

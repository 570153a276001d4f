#include "sluice/policy/reading.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/status.h"
#include "sluice/json/pointer.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxBindingBytes = 64;
constexpr size_t kMaxHostBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

std::string DurationText(uint64_t ms) {
  if (ms == 0) return "0s";
  if (ms % 86'400'000 == 0) return absl::StrCat(ms / 86'400'000, "d");
  if (ms % 1000 == 0) return absl::StrCat(ms / 1000, "s");
  return absl::StrCat(ms, "ms");
}

}  // namespace

absl::Status ParsePolicy(std::string_view text, const PolicyBudget& budget,
                         json::Document& document) {
  SLUICE_RETURN_IF_ERROR(document.Parse(text, {.max_input_bytes = budget.max_policy_bytes}));
  if (document.nodes().size() <= budget.max_nodes) return absl::OkStatus();
  return TooMany("values and member names", budget.max_nodes);
}

absl::Status TooMany(std::string_view what, uint32_t bound) {
  return MakeError(ErrorCode::kBudgetExceeded,
                   absl::StrCat("the policy has over ", bound, " ", what));
}

uint64_t ReadDuration(const json::ObjectReader& reader, std::string_view key,
                      const DurationRange& range, json::CompileContext& context) {
  const json::Value value = reader.Get(key);
  if (range.min_ms == 0 && value.is(json::Kind::kString) && value.StringEquals("0s")) return 0;
  const std::optional<double> ms = reader.Duration(key);
  if (!ms.has_value()) return range.fallback_ms;
  const auto whole = static_cast<uint64_t>(*ms);
  if (whole >= range.min_ms && whole <= range.max_ms) return whole;
  context.AddIssue(value, "out_of_range",
                   absl::StrCat("\"", key, "\" must be from ", DurationText(range.min_ms), " to ",
                                DurationText(range.max_ms)));
  return range.fallback_ms;
}

void Forbid(const json::ObjectReader& reader, std::string_view key, std::string_view message,
            json::CompileContext& context) {
  const json::Value value = reader.Get(key);
  if (value.present()) context.AddIssue(value, "not_applicable", std::string(message));
}

void ReportFailure(const absl::Status& status, size_t issues_before, json::Value value,
                   json::CompileContext& context) {
  if (context.issues().total() != issues_before) return;
  context.AddIssue(value, ErrorCodeName(ErrorCodeOf(status)), std::string(status.message()));
}

void Warn(json::Value where, std::string_view code, std::string message, Issues& warnings) {
  std::string pointer = warnings.full() ? "" : json::PointerTo(where);
  warnings.Add(code, std::move(pointer), where.byte_offset(), std::move(message));
}

bool IsBindingName(std::string_view text) {
  if (text.empty() || text.size() > kMaxBindingBytes ||
      absl::ascii_isdigit(static_cast<unsigned char>(text[0]))) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
}

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > kMaxHostBytes) return false;
  size_t label = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    const bool valid =
        absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-' || c == '_';
    if (!valid || ++label > kMaxLabelBytes) return false;
  }
  return label != 0;
}

}  // namespace sluice::policy

// What an evaluation is told beside attributes: forced variations, sticky buckets, the URL.
#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/experiment/evaluation.h"
#include "sluice/experiment/js_value.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

absl::Status Parse(json::Document& document, std::string_view text, std::string_view name) {
  absl::Status status = document.Parse(text, JsonBudget{.max_input_bytes = kMaxAttributesBytes});
  if (!status.ok()) {
    const absl::Status named = MakeError(
        ErrorCodeOf(status), absl::StrCat(name, ": ", status.message()), ByteOffsetOf(status));
    const std::optional<Budget> budget = BudgetOf(status);
    return budget.has_value() ? MakeBudgetError(*budget, named.message(), ByteOffsetOf(status))
                              : named;
  }
  if (document.root().is(Kind::kObject)) return absl::OkStatus();
  return MakeError(ErrorCode::kInvalidArgument, absl::StrCat(name, ": expected an object"));
}

// parseInt(text); nothing for NaN.
std::optional<int64_t> ParseInt(std::string_view text) {
  text = TrimSpace(text);
  if (text.empty()) return std::nullopt;
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  const bool hexadecimal = text.size() >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
  if (hexadecimal) text.remove_prefix(2);
  int64_t value = 0;
  size_t digits = 0;
  for (const char c : text) {
    const char lower = static_cast<char>(c | 0x20);
    int64_t digit = 99;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (hexadecimal && lower >= 'a' && lower <= 'f') digit = lower - 'a' + 10;
    if (digit == 99) break;
    value = std::min(value * (hexadecimal ? 16 : 10) + digit, int64_t{1} << 40);
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace

absl::Status Evaluation::ReadInputs(const EvaluateInput& input) {
  qa_mode_ = input.qa_mode;
  disabled_ = input.disabled;
  SLUICE_RETURN_IF_ERROR(Parse(parts_.attributes, input.attributes, "attributes"));
  conditions_.SetAttributes(parts_.attributes.root());
  if (input.sticky_buckets.has_value()) {
    SLUICE_RETURN_IF_ERROR(Parse(parts_.sticky, *input.sticky_buckets, "stickyBuckets"));
    documents_ = true;
  }
  if (input.forced_variations.has_value()) {
    SLUICE_RETURN_IF_ERROR(Parse(parts_.forced, *input.forced_variations, "forcedVariations"));
    ReadForced(parts_.forced.root());
  }
  ReadQuery(input.url);
  return ReadUrl(input.url_parts);
}

absl::Status Evaluation::ReadUrl(std::optional<std::string_view> parts) {
  if (!parts.has_value()) return absl::OkStatus();
  SLUICE_RETURN_IF_ERROR(Parse(parts_.url, *parts, "url"));
  const Value root = parts_.url.root();
  const auto part = [&](std::string_view name, size_t number) -> std::string_view {
    const Value value = root.Find(name);
    return value.is(Kind::kString) ? value.string(&parts_.url_texts[number]) : std::string_view();
  };
  url_ = {part("href", 0),     part("path", 1), part("host", 2),
          part("pathname", 3), part("hash", 4), root.Find("query")};
  return absl::OkStatus();
}

KeyOverride* Evaluation::OverrideOf(std::optional<uint32_t> key) {
  const size_t keys = program_.experiment_count();
  if (!key.has_value() || *key >= keys) return nullptr;
  if (parts_.overrides.size() < keys) parts_.overrides.resize(keys);
  parts_.overridden.push_back(*key);
  return &parts_.overrides[*key];
}

void Evaluation::ReadForced(Value forced) {
  std::string scratch;
  for (const json::Member member : json::Members(forced)) {
    KeyOverride* const override = OverrideOf(program_.FindExperiment(member.key.string(&scratch)));
    if (override == nullptr) continue;
    const std::optional<int64_t> variation =
        member.value.is(Kind::kNumber) ? json::ToInt64(member.value) : std::nullopt;
    override->forced = std::max(variation.value_or(-1), KeyOverride::kNowhere);
  }
}

// GrowthBook's getQueryStringOverride: between the first "?" and the next or "#", nothing decoded,
// and of several with one name the first, even if it is no number.
void Evaluation::ReadQuery(std::string_view url) {
  const size_t begin = url.find('?');
  if (begin == std::string_view::npos) return;
  std::string_view query = url.substr(begin + 1);
  query = query.substr(0, query.find('?'));
  query = query.substr(0, query.find('#'));
  conditions_.Charge(query.size() / 4);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    KeyOverride* const override = OverrideOf(program_.FindExperiment(pair.substr(0, equals)));
    if (override == nullptr || override->query != KeyOverride::kAbsent) continue;
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    override->query =
        std::max(ParseInt(value.substr(0, value.find('='))).value_or(-1), KeyOverride::kNowhere);
  }
}

}  // namespace sluice::experiment

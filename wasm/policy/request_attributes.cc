#include "sluice/policy/request_attributes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "sluice/base/utf8.h"
#include "sluice/experiment/js_value.h"

namespace sluice::policy {
namespace {

using experiment::AttributeType;
using experiment::AttributeValue;

bool IsUtf8(std::string_view text) {
  const auto is_ascii = [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); };
  return std::all_of(text.begin(), text.end(), is_ascii) || FindInvalidUtf8(text) == text.size();
}

// As JavaScript's Number has it, but nothing of what isn't a finite number.
std::optional<double> ToNumber(std::string_view text) {
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  if (std::none_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  const double number = experiment::TextToNumber(text);
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<double> ToBoolean(std::string_view text) {
  if (text == "true" || text == "1") return 1;
  if (text == "false" || text == "0") return 0;
  return std::nullopt;
}

bool LiesIn(std::string_view text, std::string_view memory) {
  const std::less_equal<> not_after;
  return !text.empty() && not_after(memory.data(), text.data()) &&
         not_after(text.data(), memory.data() + memory.size());
}

}  // namespace

std::optional<std::string_view> RequestAttributes::Fact(const FactRow& row, bool may_mint) {
  return row.kind == FactKind::kVisitor ? visitor_.FindOrMint(may_mint)
                                        : request_.Value(row, scratch_);
}

// An empty text counts as absent where there is something else to turn to.
std::optional<std::string_view> RequestAttributes::First(const AttributeRow& attribute) {
  const Range facts = attribute.facts;
  const bool may_mint = may_mint_ && (attribute.assigns_without & ~present_) != 0;
  std::optional<std::string_view> value;
  for (const FactRow& row : request_.program.facts.subspan(facts.first, facts.count)) {
    const std::optional<std::string_view> found = Fact(row, may_mint);
    if (found.has_value()) value = found;
    if (found.has_value() && !found->empty()) break;
  }
  return value;
}

// True if it came to a value that JavaScript has for true: users are hashed by no other.
bool RequestAttributes::Add(const AttributeRow& row, std::string_view text) {
  AttributeValue value = {row.attribute, row.type, text, 0};
  if (row.type == AttributeType::kNumber || row.type == AttributeType::kBoolean) {
    const std::optional<double> number =
        row.type == AttributeType::kNumber ? ToNumber(text) : ToBoolean(text);
    if (!number.has_value()) return false;
    value.number = *number;
    value.text = {};
  } else if (!IsUtf8(text)) {
    return false;
  }
  kept_at_[count_] = kBorrowed;
  if (LiesIn(value.text, scratch_.text())) {
    kept_at_[count_] = text_.size();
    text_.Append(value.text);
  }
  values_[count_++] = value;
  return !value.text.empty() || value.number != 0 || value.type == AttributeType::kList;
}

bool RequestAttributes::Read(absl::Span<const AttributeRow> rows) {
  uint64_t bit = 1;
  for (const AttributeRow& row : rows.first(std::min<size_t>(rows.size(), kMaxAttributes))) {
    const std::optional<std::string_view> text = First(row);
    if (text.has_value() && Add(row, *text)) present_ |= bit;
    bit <<= 1;
  }
  for (uint32_t i = 0; i < count_ && !text_.exhausted(); ++i) {
    AttributeValue& value = values_[i];
    if (kept_at_[i] != kBorrowed) value.text = text_.text().substr(kept_at_[i], value.text.size());
  }
  return !text_.exhausted();
}

}  // namespace sluice::policy

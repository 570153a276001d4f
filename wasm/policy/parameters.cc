#include "sluice/policy/parameters.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "sluice/base/sort.h"
#include "sluice/base/utf8.h"
#include "sluice/json/writer.h"
#include "sluice/policy/path.h"

namespace sluice::policy {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// How many digits `text` begins with.
size_t Digits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  return count;
}

ParameterTypes TypesOf(const ParameterTable& table, std::string_view name) {
  const auto row = std::lower_bound(table.rows.begin(), table.rows.end(), name,
                                    [&](const ParameterRow& candidate, std::string_view wanted) {
                                      return candidate.name.In(table.pool) < wanted;
                                    });
  const bool is_there = row != table.rows.end() && row->name.In(table.pool) == name;
  return is_there ? row->types : table.others;
}

void AppendScalar(std::string_view text, uint32_t types, OutputBuffer& out) {
  const bool is_literal =
      ((types & kBooleanParameter) != 0 && (text == "true" || text == "false")) ||
      ((types & kNullParameter) != 0 && text == "null");
  if (is_literal || ((types & kNumberParameter) != 0 && IsJsonNumber(text))) {
    out.Append(text);
  } else {
    json::AppendJsonString(text, out);
  }
}

}  // namespace

bool IsJsonNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  size_t digits = Digits(text);
  if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
  text.remove_prefix(digits);
  if (text.starts_with('.')) {
    digits = Digits(text.substr(1));
    if (digits == 0) return false;
    text.remove_prefix(1 + digits);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    digits = Digits(text);
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  return text.empty();
}

void ParameterList::Clear() {
  text_.Clear();
  parameters_.clear();
}

void ParameterList::AddQuery(std::string_view query) {
  if (!query.empty()) query.remove_prefix(1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    Add(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())), true);
  }
}

// The name of a path's parameter has nothing to be decoded.
void ParameterList::AddSegment(std::string_view name, std::string_view encoded) {
  Add(name, encoded, false);
}

void ParameterList::Add(std::string_view name, std::string_view value, bool is_form) {
  Parameter parameter = {static_cast<uint32_t>(text_.size()), 0, 0};
  AppendDecoded(name, is_form);
  parameter.value = static_cast<uint32_t>(text_.size());
  AppendDecoded(value, is_form);
  parameter.end = static_cast<uint32_t>(text_.size());
  parameters_.push_back(parameter);
}

void ParameterList::AppendDecoded(std::string_view encoded, bool is_form) {
  if (encoded.find_first_of(is_form ? "%+" : "%") == std::string_view::npos &&
      FindInvalidUtf8(encoded) == encoded.size()) {
    return text_.Append(encoded);
  }
  raw_.Clear();
  for (size_t i = 0; i < encoded.size(); ++i) {
    const std::optional<unsigned char> byte =
        encoded[i] == '%' ? PercentEncodedByte(encoded, i) : std::nullopt;
    const char plain = is_form && encoded[i] == '+' ? ' ' : encoded[i];
    raw_.Append(byte.has_value() ? static_cast<char>(*byte) : plain);
    if (byte.has_value()) i += 2;
  }
  const std::string_view raw = raw_.text();
  for (size_t at = 0; at < raw.size();) {
    char utf8[4];
    text_.Append({utf8, EncodeUtf8(NextCodePoint(raw, &at), utf8)});
  }
}

bool ParameterList::AppendObject(const ParameterTable& table, OutputBuffer& out) {
  if (text_.exhausted() || raw_.exhausted()) return false;
  // Those of one name in the order that they came in: that of their texts.
  Sort(parameters_.begin(), parameters_.end(), [this](const Parameter& a, const Parameter& b) {
    const int order = NameOf(a).compare(NameOf(b));
    return order != 0 ? order < 0 : a.value < b.value;
  });
  out.Append('{');
  const absl::Span<const Parameter> all(parameters_);
  for (size_t first = 0, next = 0; first < all.size(); first = next) {
    const std::string_view name = NameOf(all[first]);
    next = first + 1;
    while (next < all.size() && NameOf(all[next]) == name) ++next;
    if (first != 0) out.Append(',');
    json::AppendJsonString(name, out);
    out.Append(':');
    AppendValues(all.subspan(first, next - first), TypesOf(table, name), out);
  }
  out.Append('}');
  return !out.exhausted();
}

void ParameterList::AppendValues(absl::Span<const Parameter> values, ParameterTypes types,
                                 OutputBuffer& out) {
  const bool is_array = (types.types & kArrayParameter) != 0;
  if (!is_array && values.size() == 1) return AppendScalar(ValueOf(values[0]), types.types, out);
  char separator = '[';
  for (const Parameter& value : values) {
    out.Append(separator);
    AppendScalar(ValueOf(value), is_array ? types.item_types : types.types, out);
    separator = ',';
  }
  out.Append(']');
}

}  // namespace sluice::policy

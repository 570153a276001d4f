#include "sluice/json/compile.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/duration.h"
#include "sluice/json/number.h"
#include "sluice/json/pointer.h"

namespace sluice::json {
namespace {

std::string_view WithArticle(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kFalse:
    case Kind::kTrue:
      return "a boolean";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      break;
  }
  return "an object";
}

void ReportWrongType(Value value, Kind expected, CompileContext& context) {
  context.AddIssue(value, "wrong_type",
                   absl::StrCat("expected ", WithArticle(expected), ", found ",
                                value.present() ? WithArticle(value.kind()) : "nothing"));
}

std::string ListOf(absl::Span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    absl::StrAppend(&list, list.empty() ? "" : ", ", "\"", name, "\"");
  }
  return list;
}

}  // namespace

void CompileContext::AddIssue(Value value, std::string_view code, std::string message) {
  if (issues_.full()) {
    issues_.Add(code, "", 0, "");  // only counted
    return;
  }
  issues_.Add(code, PointerTo(value), value.present() ? value.byte_offset() : 0,
              std::move(message));
}

bool Expect(Value value, Kind kind, CompileContext& context) {
  const bool both_boolean = value.present() && KindName(value.kind()) == KindName(kind);
  if (both_boolean) return true;
  ReportWrongType(value, kind, context);
  return false;
}

ObjectReader::ObjectReader(Value object, absl::Span<const std::string_view> known_keys,
                           CompileContext& context)
    : object_(object), context_(context) {
  if (!Expect(object, Kind::kObject, context)) {
    object_ = Value();
    return;
  }
  std::vector<bool> seen(known_keys.size());
  std::string scratch;
  for (const Member member : Members(object)) {
    const std::string_view name = member.key.string(&scratch);
    size_t known = 0;
    while (known < known_keys.size() && known_keys[known] != name) ++known;
    if (known == known_keys.size()) {
      context.AddIssue(member.key, "unknown_key",
                       context.issues().full() ? ""
                                               : absl::StrCat("unknown key ", Quoted(name),
                                                              DidYouMean(name, known_keys)));
    } else if (seen[known]) {
      context.AddIssue(member.key, "duplicate_key",
                       absl::StrCat(Quoted(name), " is there more than once"));
    } else {
      seen[known] = true;
    }
  }
}

Value ObjectReader::Get(std::string_view key) const { return object_.Find(key); }

Value ObjectReader::Require(std::string_view key) const {
  const Value value = Get(key);
  if (!value.present() && object_.present()) {
    context_.AddIssue(object_, "missing_key", absl::StrCat(Quoted(key), " is missing"));
  }
  return value;
}

Value ObjectReader::Typed(std::string_view key, Kind kind) const {
  const Value value = Get(key);
  return value.present() && Expect(value, kind, context_) ? value : Value();
}

std::optional<std::string> ObjectReader::String(std::string_view key) const {
  const Value value = Typed(key, Kind::kString);
  if (!value.present()) return std::nullopt;
  std::string scratch;
  return std::string(value.string(&scratch));
}

std::optional<bool> ObjectReader::Bool(std::string_view key) const {
  const Value value = Typed(key, Kind::kTrue);
  if (!value.present()) return std::nullopt;
  return value.kind() == Kind::kTrue;
}

std::optional<double> ObjectReader::Number(std::string_view key) const {
  const Value value = Typed(key, Kind::kNumber);
  if (!value.present()) return std::nullopt;
  const double number = ToDouble(value);
  if (!std::isfinite(number)) {
    context_.AddIssue(value, "out_of_range",
                      absl::StrCat(value.raw().substr(0, 40), " is too large for a number"));
    return std::nullopt;
  }
  return number;
}

std::optional<int64_t> ObjectReader::Integer(std::string_view key, int64_t min, int64_t max) const {
  const Value value = Typed(key, Kind::kNumber);
  if (!value.present()) return std::nullopt;
  const std::optional<int64_t> number = ToInt64(value);
  if (!number || *number < min || *number > max) {
    context_.AddIssue(value, "out_of_range",
                      absl::StrCat("expected an integer from ", min, " to ", max, ", found ",
                                   value.raw().substr(0, 40)));
    return std::nullopt;
  }
  return number;
}

std::optional<double> ObjectReader::Duration(std::string_view key) const {
  const Value value = Typed(key, Kind::kString);
  if (!value.present()) return std::nullopt;
  std::string scratch;
  const std::optional<double> duration = ParseDuration(value.string(&scratch));
  if (!duration) {
    context_.AddIssue(value, "invalid_duration",
                      "expected a whole number and a unit (ms, s, m, h or d), "
                      "like \"60s\", of at "
                      "most 400 days");
  }
  return duration;
}

std::optional<uint32_t> ObjectReader::Enum(std::string_view key,
                                           absl::Span<const std::string_view> names) const {
  const Value value = Typed(key, Kind::kString);
  if (!value.present()) return std::nullopt;
  std::string scratch;
  const std::string_view text = value.string(&scratch);
  for (uint32_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return i;
  }
  context_.AddIssue(value, "unknown_value",
                    absl::StrCat("expected one of ", ListOf(names), DidYouMean(text, names)));
  return std::nullopt;
}

}  // namespace sluice::json

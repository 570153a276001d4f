// What must hold of every output of a validation, whatever schema and instance are.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"
#include "sluice/schema/output.h"
#include "sluice/schema/schema.h"

namespace sluice::test_support {

// "~1" is "/", "~0" is "~".
inline std::string UnescapeToken(std::string_view token) {
  std::string name;
  for (size_t i = 0; i < token.size(); ++i) {
    const bool escaped = token[i] == '~' && i + 1 < token.size();
    name += !escaped ? token[i] : token[i + 1] == '1' ? '/' : '~';
    i += escaped ? 1 : 0;
  }
  return name;
}

// Whether a JSON Pointer names something: of a name that is there twice, either value counts.
inline bool Exists(json::Value value, std::string_view pointer) {
  if (pointer.empty()) return true;
  if (pointer[0] != '/') return false;
  const size_t end = std::min(pointer.find('/', 1), pointer.size());
  const std::string token = UnescapeToken(pointer.substr(1, end - 1));
  const std::string_view rest = pointer.substr(end);
  for (const json::Member member : json::Members(value)) {
    if (member.key.StringEquals(token) && Exists(member.value, rest)) return true;
  }
  uint32_t index = 0;
  uint32_t i = 0;
  if (!value.is(json::Kind::kArray) || !absl::SimpleAtoi(token, &index)) return false;
  for (const json::Value element : json::Elements(value)) {
    if (i++ == index) return Exists(element, rest);
  }
  return false;
}

class OutputCheck {
 public:
  // `schema` is what the program was compiled from, its entry 0.
  OutputCheck(const schema::Program& program, json::Value schema, uint32_t max_errors = 16)
      : program_(program), schema_(schema), max_errors_(max_errors) {}

  // What doesn't hold; "" if all does.
  std::string Check(json::Value instance, const schema::Budget& budget = {}) {
    why_.clear();
    const absl::StatusOr<bool> valid = schema::IsValid(program_, instance, budget, scratch_);
    for (const schema::Output output : {schema::Output::kFlag, schema::Output::kBasic,
                                        schema::Output::kDetailed, schema::Output::kErrors}) {
      CheckOutput(instance, budget, output, valid);
    }
    return why_;
  }

 private:
  void Expect(bool holds, std::string_view what) {
    if (!holds && why_.empty()) why_ = absl::StrCat(what, ": ", text_);
  }

  void CheckOutput(json::Value instance, const schema::Budget& budget, schema::Output output,
                   const absl::StatusOr<bool>& valid) {
    OutputBuffer out(1u << 22);
    const absl::StatusOr<bool> told =
        schema::Validate(program_, instance, output, max_errors_, budget, scratch_, out);
    text_ = told.ok() ? std::string(out.text()) : told.status().ToString();
    if (!told.ok()) {
      Expect(ErrorCodeOf(told.status()) == ErrorCode::kBudgetExceeded, "no budget");
      return;
    }
    Expect(valid.ok() && *told == *valid, "another verdict than IsValid's");
    if (output == schema::Output::kErrors && *told) {
      Expect(text_.empty(), "errors of what is valid");
      return;
    }
    json::Document document;
    Expect(document.Parse(text_).ok(), "not JSON");
    if (!why_.empty()) return;
    const json::Value root = document.root();
    Expect(root.Find("valid").is(*valid ? json::Kind::kTrue : json::Kind::kFalse), "valid");
    leaves_ = 0;
    const json::Value errors = root.Find("errors");
    if (output == schema::Output::kFlag) {
      Expect(root.size() == 1, "more than a flag");
    } else if (output == schema::Output::kErrors) {
      Expect(errors.size() > 0, "no errors");
      Expect(errors.size() <= max_errors_, "too many errors");
      for (const json::Value error : json::Elements(errors)) CheckError(error, instance);
    } else {
      CheckUnit(root, instance, *valid);
      Expect(*valid || leaves_ > 0, "no errors");
      Expect(*valid || leaves_ <= max_errors_ || output == schema::Output::kBasic,
             "too many errors");
    }
  }

  void CheckError(json::Value error, json::Value instance) {
    CheckLocations(error, instance);
    std::string scratch;
    Expect(error.Find("message").is(json::Kind::kString), "no message");
    Expect(error.Find("message").string(&scratch).size() < 3000, "a long message");
    Expect(!error.Find("message").string(&scratch).empty(), "an empty message");
    const json::Value offset = error.Find("byteOffset");
    Expect(offset.is(json::Kind::kNumber), "no byte offset");
    const size_t begin = instance.byte_offset();
    const size_t end = begin + instance.raw().size();
    const size_t found = std::stoul(std::string(offset.raw()));
    Expect(found >= begin && found < end, "a byte offset elsewhere");
  }

  void CheckUnit(json::Value unit, json::Value instance, bool valid) {
    CheckLocations(unit, instance);
    Expect(unit.Find("valid").is(valid ? json::Kind::kTrue : json::Kind::kFalse), "valid");
    const json::Value list = unit.Find(valid ? "annotations" : "errors");
    Expect(!unit.Find(valid ? "errors" : "annotations").present(), "of the other kind");
    if (!valid && list.size() == 0) {
      Expect(unit.Find("error").is(json::Kind::kString), "neither error nor errors");
      ++leaves_;
    }
    for (const json::Value inner : json::Elements(list)) CheckUnit(inner, instance, valid);
  }

  void CheckLocations(json::Value unit, json::Value instance) {
    std::string scratch;
    const json::Value location = unit.Find("instanceLocation");
    Expect(location.is(json::Kind::kString) && Exists(instance, location.string(&scratch)),
           "instanceLocation");
    const std::string keyword(unit.Find("keywordLocation").string(&scratch));
    const json::Value absolute = unit.Find("absoluteKeywordLocation");
    const bool by_reference =
        keyword.find("Ref") != std::string::npos || keyword.find("$ref") != std::string::npos;
    if (!by_reference) Expect(Exists(schema_, keyword), "keywordLocation");
    if (!absolute.present()) {
      // Names can look like references.
      Expect(!by_reference || Exists(schema_, keyword), "no absolute location");
      return;
    }
    const std::string_view uri = absolute.string(&scratch);
    Expect(uri.find('#') != std::string_view::npos, "no fragment");
    if (uri.starts_with('#')) {
      Expect(Exists(schema_, Decode(uri.substr(1))), "absoluteKeywordLocation");
    }
  }

  static std::string Decode(std::string_view uri) {
    std::string text;
    for (size_t i = 0; i < uri.size(); ++i) {
      if (uri[i] != '%') {
        text += uri[i];
        continue;
      }
      text += static_cast<char>(std::stoi(std::string(uri.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
    return text;
  }

  const schema::Program& program_;
  const json::Value schema_;
  const uint32_t max_errors_;
  schema::Scratch scratch_;
  std::string why_;
  std::string text_;
  size_t leaves_ = 0;
};

}  // namespace sluice::test_support

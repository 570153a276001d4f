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
      CheckFrame(errors, instance, budget);
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

  // The frame has the same errors.
  void CheckFrame(json::Value errors, json::Value instance, const schema::Budget& budget) {
    OutputBuffer out(1u << 22);
    const absl::StatusOr<bool> told = schema::Validate(
        program_, instance, schema::Output::kErrorFrame, max_errors_, budget, scratch_, out);
    Expect(told.ok() && !*told, "another verdict in a frame");
    if (!why_.empty()) return;
    const auto word = [&](size_t number) { return LoadWord(out.bytes().data() + number * 4); };
    Expect(word(0) == schema::kErrorFrameVersion, "the frame's version");
    Expect(word(1) == errors.size(), "as many errors in the frame");
    if (!why_.empty()) return;
    size_t record = schema::kErrorFrameWords;
    std::string_view texts = out.text().substr((record + errors.size() * schema::kErrorWords) * 4);
    for (const json::Value error : json::Elements(errors)) {
      Expect(absl::StrCat(word(record)) == error.Find("byteOffset").raw(), "the frame's offset");
      size_t field = record + 1;
      for (const std::string_view name :
           {"instanceLocation", "keywordLocation", "absoluteKeywordLocation", "keyword", "message",
            "expected", "actual"}) {
        const uint32_t size = word(field++);
        const json::Value text = error.Find(name);
        Expect((size != 0xFFFFFFFF) == text.present(), "the same members in the frame");
        if (!text.present() || !why_.empty()) continue;
        std::string scratch;
        Expect(texts.substr(0, size) == text.string(&scratch), "the same texts in the frame");
        texts.remove_prefix(std::min<size_t>(size, texts.size()));
      }
      record += schema::kErrorWords;
    }
    Expect(texts.empty(), "no more texts in the frame");
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
    std::string id_scratch;
    const json::Value id = schema_.Find("$id");
    const std::string_view base =
        id.is(json::Kind::kString) && !schema_.Find("$ref").present() ? id.string(&id_scratch) : "";
    if (!absolute.present()) {
      // Names can look like references.
      Expect(!by_reference || !base.starts_with("https://") || Exists(schema_, keyword),
             "no absolute location");
      return;
    }
    const std::string_view uri = absolute.string(&scratch);
    const size_t fragment = uri.find('#');
    Expect(fragment != std::string_view::npos, "no fragment");
    Expect(uri.find(':') < fragment, "no absolute URI");
    if (uri.substr(0, fragment) == base) {
      Expect(Exists(schema_, Decode(uri.substr(fragment + 1))), "absoluteKeywordLocation");
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

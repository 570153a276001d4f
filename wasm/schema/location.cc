#include "sluice/schema/location.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "sluice/json/pointer.h"
#include "sluice/schema/output.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

// What is too long is cut before it, once: nothing is appended behind a part that is left out.
class Locator::Pointer {
 public:
  explicit Pointer(std::string& text) : text_(text) { text_.clear(); }

  void AppendToken(std::string_view token) {
    if (cut_ || token.size() > kMaxLocationBytes) {
      cut_ = true;
      return;
    }
    const size_t before = text_.size();
    json::AppendPointerToken(token, &text_);
    cut_ = text_.size() > kMaxLocationBytes;
    if (cut_) text_.resize(before);
  }
  void AppendIndex(uint32_t index) { AppendToken(absl::StrCat(index)); }

 private:
  std::string& text_;
  bool cut_ = false;
};

namespace {

bool IsReference(Keyword keyword) {
  return keyword == Keyword::kRef || keyword == Keyword::kDynamicRef ||
         keyword == Keyword::kRecursiveRef;
}

// RFC 3986, section 3.5.
bool IsFragmentCharacter(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("-._~!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

void AppendFragment(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (IsFragmentCharacter(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

const Location& Locator::Locate(size_t unit) {
  way_.clear();
  for (size_t at = unit;; at = Enclosing(at)) {
    way_.push_back(static_cast<uint32_t>(at));
    if (findings_[at].up == 0) break;
  }
  location_.by_reference = false;
  Pointer keyword(location_.keyword);
  Pointer instance(location_.instance);
  const Unit& last = findings_[unit];
  uint32_t schema = kNone;
  for (size_t i = way_.size(); i-- > 0;) {
    const Unit& step = findings_[way_[i]];
    const Unit& from = i + 1 < way_.size() ? findings_[way_[i + 1]] : step;
    AppendStep(step, from, keyword, instance);
    if (step.kind != UnitKind::kSchema) continue;
    // An annotation may stand beside a reference, on the way to the schema.
    const bool ends = i == 1 && last.kind == UnitKind::kAnnotation;
    schema = AppendAliases(step.number, ends ? last.position : kNone, keyword);
  }
  AppendAbsolute(schema);
  const Unit& within = findings_[unit - last.up];
  std::string_view name = LastToken(last, within);
  if (name.empty() && within.kind == UnitKind::kKeyword && last.kind == UnitKind::kError) {
    name = KeywordName(within.keyword);
  }
  if (!name.empty()) {
    scratch_.clear();
    json::AppendPointerToken(name, &scratch_);
    AppendFragment(scratch_, location_.absolute);
  }
  return location_;
}

// What the unit's location has behind that of the one that it is within.
std::string_view Locator::LastToken(const Unit& unit, const Unit& within) const {
  switch (unit.kind) {
    case UnitKind::kSchema:
      return {};
    case UnitKind::kKeyword:
      return KeywordName(unit.keyword);
    case UnitKind::kError:
      if (unit.fault == Fault::kFalse || unit.fault == Fault::kUnexplained) return {};
      if (within.kind == UnitKind::kKeyword) return {};  // it is that keyword's
      return KeywordName(unit.keyword);
    case UnitKind::kAnnotation:
      break;
  }
  return tables_.annotations[unit.number].keyword.In(tables_.text);
}

void Locator::AppendStep(const Unit& unit, const Unit& from, Pointer& keyword, Pointer& instance) {
  if (unit.node != from.node) {
    const Value value = ValueAt(unit.node);
    if (ValueAt(from.node).is(Kind::kArray)) {
      instance.AppendIndex(unit.index);
    } else {
      const bool is_name = unit.kind == UnitKind::kSchema && unit.index == kIsName;
      instance.AppendToken((is_name ? value : NameOf(unit.node)).string(&scratch_));
    }
  }
  if (unit.kind == UnitKind::kSchema) {
    if (from.kind == UnitKind::kKeyword) AppendPosition(unit, from, keyword);
    return;
  }
  if (unit.kind == UnitKind::kKeyword && IsReference(unit.keyword)) location_.by_reference = true;
  if (const std::string_view name = LastToken(unit, from); !name.empty()) keyword.AppendToken(name);
}

// Where the keyword has several schemas.
void Locator::AppendPosition(const Unit& schema, const Unit& keyword, Pointer& pointer) const {
  const uint32_t position = schema.position;
  if (position == kNone) return;
  const Instruction& instruction = tables_.instructions[keyword.number];
  switch (keyword.keyword) {
    case Keyword::kProperties: {
      const uint32_t name = tables_.objects[instruction.a].names.first + position;
      return pointer.AppendToken(tables_.names[name].text.In(tables_.text));
    }
    case Keyword::kPatternProperties: {
      const uint32_t row = tables_.objects[instruction.a].first_pattern + position;
      const PatternProperty& property = tables_.pattern_properties[row];
      return pointer.AppendToken(tables_.patterns[property.pattern].source());
    }
    case Keyword::kDependencies:
    case Keyword::kDependentSchemas: {
      const Dependency& dependency = tables_.dependencies[instruction.a + position];
      return pointer.AppendToken(dependency.name.In(tables_.text));
    }
    default:
      return pointer.AppendIndex(position);
  }
}

// The schema that is meant, or `end` if it is come by, and the references on the way there.
uint32_t Locator::AppendAliases(uint32_t schema, uint32_t end, Pointer& pointer) {
  while (schema != end && tables_.places[schema].alias_of != kNone) {
    const SchemaPlace& place = tables_.places[schema];
    pointer.AppendToken(KeywordName(place.alias_keyword));
    location_.by_reference = true;
    schema = place.alias_of;
  }
  return schema;
}

void Locator::AppendAbsolute(uint32_t schema) {
  std::vector<StringRef> parts;
  for (uint32_t at = schema; at != kNone; at = tables_.places[at].parent) {
    parts.push_back(tables_.places[at].path);
  }
  const ResourceRow& resource = tables_.resources[tables_.places[schema].resource];
  location_.absolute = resource.uri.In(tables_.text);
  location_.has_base = !location_.absolute.empty();
  location_.absolute += '#';
  for (size_t i = parts.size(); i-- > 0;) {
    AppendFragment(parts[i].In(tables_.text), location_.absolute);
  }
}

size_t Locator::EnclosingSchema(size_t unit) const {
  do {
    unit = Enclosing(unit);
  } while (findings_[unit].kind != UnitKind::kSchema);
  return unit;
}

bool Locator::IsName(size_t error) const {
  for (size_t at = error; findings_[at].node == findings_[error].node; at = Enclosing(at)) {
    if (findings_[at].kind == UnitKind::kSchema && findings_[at].index == kIsName) return true;
    if (findings_[at].up == 0) break;
  }
  return false;
}

bool Locator::IsAboutName(size_t error) const {
  if (IsName(error)) return true;
  const Unit& schema = findings_[EnclosingSchema(error)];
  if (findings_[error].fault != Fault::kFalse) return false;
  const Keyword keyword = findings_[error - findings_[error].up - schema.up].keyword;
  return keyword == Keyword::kAdditionalProperties || keyword == Keyword::kUnevaluatedProperties;
}

std::string_view KeywordOf(const Findings& findings, size_t error) {
  const Unit& unit = findings[error];
  if (unit.fault == Fault::kUnexplained) return "";
  if (unit.fault != Fault::kFalse) return KeywordName(unit.keyword);
  const size_t schema = error - unit.up;
  if (findings[schema].up == 0) return "";
  return KeywordName(findings[schema - findings[schema].up].keyword);
}

}  // namespace sluice::schema

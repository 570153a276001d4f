#include "sluice/schema/location.h"

#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "sluice/base/retained.h"
#include "sluice/schema/output.h"
#include "sluice/uri/reference.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

namespace {

bool IsReference(Keyword keyword) {
  return keyword == Keyword::kRef || keyword == Keyword::kDynamicRef ||
         keyword == Keyword::kRecursiveRef;
}

// RFC 3986, section 3.5: bits by character, those of ASCII.
constexpr std::array<uint64_t, 2> FragmentCharacters() {
  std::array<uint64_t, 2> bits{};
  for (const char c : std::string_view("0123456789-._~!$&'()*+,;=:@/?"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) {
    const auto byte = static_cast<unsigned char>(c);
    bits[byte / 64] |= uint64_t{1} << (byte % 64);
  }
  return bits;
}

bool IsFragmentCharacter(char c) {
  constexpr std::array<uint64_t, 2> kBits = FragmentCharacters();
  const auto byte = static_cast<unsigned char>(c);
  return byte < 128 && (kBits[byte / 64] >> (byte % 64) & 1) != 0;
}

// Calls `append_other` for each character that isn't plain; appends those between as they are.
template <typename IsPlain, typename AppendOther>
void AppendBetween(std::string_view text, OutputBuffer& out, IsPlain is_plain,
                   AppendOther append_other) {
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_plain(text[i])) continue;
    out.Append(text.substr(begin, i - begin));
    append_other(text[i]);
    begin = i + 1;
  }
  out.Append(text.substr(begin));
}

void AppendEncoded(char c, OutputBuffer& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  const char encoded[] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  out.Append(std::string_view(encoded, sizeof(encoded)));
}

// A pointer's part, with its tokens escaped already.
void AppendFragment(std::string_view text, OutputBuffer& out) {
  AppendBetween(text, out, IsFragmentCharacter, [&out](char c) { AppendEncoded(c, out); });
}

bool IsPlainInToken(char c) { return c != '~' && c != '/'; }
void AppendEscaped(char c, OutputBuffer& pointer) { pointer.Append(c == '~' ? "~0" : "~1"); }

void AppendFragmentToken(std::string_view token, OutputBuffer& out) {
  out.Append('/');
  AppendBetween(
      token, out, [](char c) { return IsFragmentCharacter(c) && IsPlainInToken(c); },
      [&out](char c) { IsPlainInToken(c) ? AppendEncoded(c, out) : AppendEscaped(c, out); });
}

// A token with nothing in it to be escaped: a keyword's name, an index.
void AppendPlainToken(std::string_view token, OutputBuffer& pointer) {
  if (pointer.exhausted()) return;
  const size_t before = pointer.size();
  pointer.Append('/');
  pointer.Append(token);
  if (pointer.exhausted()) pointer.Truncate(before);
}

// What is too long is cut before it, once: a buffer takes nothing more behind what it had no room
// for.
void AppendToken(std::string_view token, OutputBuffer& pointer) {
  if (pointer.exhausted()) return;
  const size_t before = pointer.size();
  pointer.Append('/');
  AppendBetween(token, pointer, IsPlainInToken, [&pointer](char c) { AppendEscaped(c, pointer); });
  if (pointer.exhausted()) pointer.Truncate(before);
}

void AppendIndex(uint32_t index, OutputBuffer& pointer) {
  AppendPlainToken(absl::AlphaNum(index).Piece(), pointer);
}

bool IsAbsolute(std::string_view uri) { return uri::Split(uri).IsAbsolute(); }

}  // namespace

LocatorMemory::LocatorMemory()
    : instance(kMaxLocationBytes), keyword(kMaxLocationBytes), absolute(kMaxLocationBytes) {}

size_t LocatorMemory::retained_bytes() const {
  return instance.capacity() + keyword.capacity() + absolute.capacity() + RetainedBytes(way) +
         RetainedBytes(parts) + name.retained_bytes();
}

void LocatorMemory::Trim(size_t max_bytes) {
  for (OutputBuffer* const buffer : {&instance, &keyword, &absolute}) {
    if (buffer->capacity() > max_bytes) buffer->Release();
  }
  TrimVector(way, max_bytes);
  TrimVector(parts, max_bytes);
  if (name.retained_bytes() > max_bytes) name.Release();
}

Location Locator::Locate(size_t unit) {
  std::vector<uint32_t>& way = memory_.way;
  way.clear();
  for (size_t at = unit;; at = Enclosing(at)) {
    way.push_back(static_cast<uint32_t>(at));
    if (findings_[at].up == 0) break;
  }
  memory_.keyword.Clear();
  memory_.instance.Clear();
  unit_ = unit;
  schema_ = kNone;
  by_reference_ = false;
  const Unit& last = findings_[unit];
  for (size_t i = way.size(); i-- > 0;) {
    const Unit& step = findings_[way[i]];
    const Unit& from = i + 1 < way.size() ? findings_[way[i + 1]] : step;
    AppendStep(step, from);
    if (step.kind != UnitKind::kSchema) continue;
    // An annotation may stand beside a reference, on the way to the schema.
    const bool ends = i == 1 && last.kind == UnitKind::kAnnotation;
    schema_ = AppendAliases(step.number, ends ? last.position : kNone);
  }
  return {memory_.instance.text(), memory_.keyword.text(), by_reference_};
}

std::optional<std::string_view> Locator::LocateAbsolutely() {
  const ResourceRow& resource = tables_.resources[tables_.places[schema_].resource];
  const std::string_view uri = resource.uri.In(tables_.text);
  if (!IsAbsolute(uri)) return std::nullopt;
  OutputBuffer& out = memory_.absolute;
  out.Clear();
  out.Append(uri);
  out.Append('#');
  std::vector<StringRef>& parts = memory_.parts;
  parts.clear();
  for (uint32_t at = schema_; at != kNone; at = tables_.places[at].parent) {
    parts.push_back(tables_.places[at].path);
  }
  for (size_t i = parts.size(); i-- > 0;) AppendFragment(parts[i].In(tables_.text), out);
  const Unit& last = findings_[unit_];
  const Unit& within = findings_[unit_ - last.up];
  std::string_view name = LastToken(last, within);
  if (name.empty() && within.kind == UnitKind::kKeyword && last.kind == UnitKind::kError) {
    name = KeywordName(within.keyword);
  }
  if (!name.empty()) AppendFragmentToken(name, out);
  if (out.exhausted()) return std::nullopt;
  return out.text();
}

std::string_view Locator::TextOf(const Value& name) {
  const std::string_view raw = name.raw_string();
  if (!name.has_escapes()) return raw;
  if (!memory_.name.Reserve(raw.size())) return "";
  return name.string(absl::MakeSpan(memory_.name.data(), raw.size())).value_or("");
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

void Locator::AppendStep(const Unit& unit, const Unit& from) {
  if (unit.node != from.node) {
    const Value value = ValueAt(unit.node);
    if (ValueAt(from.node).is(Kind::kArray)) {
      AppendIndex(unit.index, memory_.instance);
    } else {
      const bool is_name = unit.kind == UnitKind::kSchema && unit.index == kIsName;
      AppendToken(TextOf(is_name ? value : NameOf(unit.node)), memory_.instance);
    }
  }
  if (unit.kind == UnitKind::kSchema) {
    if (from.kind == UnitKind::kKeyword) AppendPosition(unit, from);
    return;
  }
  if (unit.kind == UnitKind::kKeyword && IsReference(unit.keyword)) by_reference_ = true;
  const std::string_view name = LastToken(unit, from);
  if (name.empty()) return;
  // An annotation's keyword may be of anybody's making.
  if (unit.kind == UnitKind::kAnnotation) {
    AppendToken(name, memory_.keyword);
  } else {
    AppendPlainToken(name, memory_.keyword);
  }
}

// Where the keyword has several schemas.
void Locator::AppendPosition(const Unit& schema, const Unit& keyword) {
  OutputBuffer& pointer = memory_.keyword;
  const uint32_t position = schema.position;
  if (position == kNone) return;
  const Instruction& instruction = tables_.instructions[keyword.number];
  switch (keyword.keyword) {
    case Keyword::kProperties: {
      const uint32_t name = tables_.objects[instruction.a].names.first + position;
      return AppendToken(tables_.names[name].text.In(tables_.text), pointer);
    }
    case Keyword::kPatternProperties: {
      const uint32_t row = tables_.objects[instruction.a].first_pattern + position;
      const PatternProperty& property = tables_.pattern_properties[row];
      return AppendToken(tables_.patterns[property.pattern].source(), pointer);
    }
    case Keyword::kDependencies:
    case Keyword::kDependentSchemas: {
      const Dependency& dependency = tables_.dependencies[instruction.a + position];
      return AppendToken(dependency.name.In(tables_.text), pointer);
    }
    default:
      return AppendIndex(position, pointer);
  }
}

// The schema that is meant, or `end` if it is come by, and the references on the way there.
uint32_t Locator::AppendAliases(uint32_t schema, uint32_t end) {
  while (schema != end && tables_.places[schema].alias_of != kNone) {
    const SchemaPlace& place = tables_.places[schema];
    AppendPlainToken(KeywordName(place.alias_keyword), memory_.keyword);
    by_reference_ = true;
    schema = place.alias_of;
  }
  return schema;
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

bool Locator::IsUnknownMember(size_t error) const {
  if (findings_[error].fault != Fault::kFalse || IsName(error)) return false;
  const Unit& schema = findings_[EnclosingSchema(error)];
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

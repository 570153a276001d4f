#include "sluice/schema/errors_writer.h"

#include <algorithm>
#include <array>
#include <string>

#include "sluice/base/sort.h"
#include "sluice/schema/output.h"

namespace sluice::schema {

using json::Value;
using json::Writer;

ErrorsWriter::ErrorsWriter(const Tables& tables, GatherMemory& memory,
                           const json::Document& instance, uint32_t max_errors)
    : findings_(memory.findings),
      locator_(tables, memory.findings, instance, memory.locations),
      words_(memory.words),
      explainer_(tables, memory.findings, locator_, memory.words) {
  Collect();
  DropMisspelt();
  DropRepeated();
  if (entries_.size() > max_errors) entries_.resize(max_errors);
}

void ErrorsWriter::Collect() {
  for (size_t i = 0; i < findings_.size();) {
    const Unit& unit = findings_[i];
    if (unit.kind != UnitKind::kError) {
      ++i;
      continue;
    }
    const Value at = PlaceOf(i);
    if (unit.fault == Fault::kTooCostly) {
      // What came before it may be faults of an alternative, and so none.
      entries_ = {{i, at.byte_offset()}};
      return;
    }
    entries_.push_back({i, at.byte_offset()});
    i += unit.size;
  }
  Sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.byte_offset != b.byte_offset ? a.byte_offset < b.byte_offset : a.unit < b.unit;
  });
}

// Where a person would look.
Value ErrorsWriter::PlaceOf(size_t error) const {
  const Unit& unit = findings_[error];
  if (locator_.IsUnknownMember(error)) return locator_.NameOf(unit.node);
  const Value value = locator_.ValueAt(unit.node);
  if (unit.fault != Fault::kEqualElements) return value;
  uint32_t i = 0;
  for (const Value element : json::Elements(value)) {
    if (i++ == unit.index) return element;
  }
  return value;
}

// What is missing because its name is misspelt is told where that name is.
void ErrorsWriter::DropMisspelt() {
  const auto is_missing = [&](const Entry& entry) {
    return findings_[entry.unit].fault == Fault::kMissing;
  };
  if (std::none_of(entries_.begin(), entries_.end(), is_missing)) return;
  for (const Entry& entry : entries_) {
    if (locator_.IsUnknownMember(entry.unit)) explainer_.MeantName(entry.unit);
  }
  for (Entry& entry : entries_) {
    entry.is_told = is_missing(entry) && IsMisspelt(findings_[entry.unit]);
  }
  DropTold();
}

void ErrorsWriter::DropTold() {
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [](const Entry& entry) { return entry.is_told; }),
                 entries_.end());
}

// What several schemas demand of a value, as by a base in common, is told once.
void ErrorsWriter::DropRepeated() {
  for (size_t begin = 0; begin < entries_.size();) {
    size_t end = begin + 1;
    while (end < entries_.size() && entries_[end].byte_offset == entries_[begin].byte_offset) ++end;
    MarkRepeated(absl::MakeSpan(entries_).subspan(begin, end - begin));
    begin = end;
  }
  DropTold();
}

void ErrorsWriter::MarkRepeated(absl::Span<Entry> entries) const {
  for (size_t i = 0; i < entries.size(); ++i) {
    const Unit& a = findings_[entries[i].unit];
    std::string text;
    for (size_t j = i + 1; j < entries.size() && !entries[i].is_told; ++j) {
      const Unit& b = findings_[entries[j].unit];
      if (a.node != b.node || a.fault != b.fault || entries[j].is_told) continue;
      if (a.fault == Fault::kMissing) {
        entries[j].is_told = explainer_.MissingName(a) == explainer_.MissingName(b);
        continue;
      }
      if (text.empty()) text = TextOf(entries[i]);
      entries[j].is_told = TextOf(entries[j]) == text;
    }
  }
}

std::string_view ErrorsWriter::TextOf(const Entry& entry) const {
  const Message message = explainer_.Explain(entry.unit);
  return words_.Cat({message.text, message.rest, message.expected});
}

// Whether an unknown name of the same object means the one that is missing.
bool ErrorsWriter::IsMisspelt(const Unit& missing) const {
  const std::string_view name = explainer_.MissingName(missing);
  const absl::Span<const NameMeant> meant = explainer_.meant_names();
  return std::any_of(meant.begin(), meant.end(), [&](const NameMeant& unknown) {
    return unknown.object == missing.node && unknown.name == name;
  });
}

ErrorsWriter::Told ErrorsWriter::Tell(const Entry& entry) {
  Told told;
  told.location = locator_.Locate(entry.unit);
  if (told.location.by_reference) told.absolute = locator_.LocateAbsolutely();
  told.keyword = KeywordOf(findings_, entry.unit);
  told.message = explainer_.Explain(entry.unit);
  return told;
}

void ErrorsWriter::WriteJson(Writer& writer) {
  for (const Entry& entry : entries_) WriteEntry(entry, writer);
}

void ErrorsWriter::WriteEntry(const Entry& entry, Writer& writer) {
  const Told told = Tell(entry);
  const Message& message = told.message;
  writer.BeginObject();
  writer.Key("instanceLocation");
  writer.String(told.location.instance);
  writer.Key("keywordLocation");
  writer.String(told.location.keyword);
  if (told.absolute.has_value()) {
    writer.Key("absoluteKeywordLocation");
    writer.String(*told.absolute);
  }
  writer.Key("keyword");
  writer.String(told.keyword);
  writer.Key("message");
  writer.String(words_.Cat({message.text, message.rest, message.hint}));
  writer.Key("byteOffset");
  writer.Uint(entry.byte_offset);
  if (!message.expected.empty()) {
    writer.Key("expected");
    writer.String(message.expected);
  }
  if (!message.actual.empty()) {
    writer.Key("actual");
    writer.String(message.actual);
  }
  writer.EndObject();
}

void ErrorsWriter::WriteFrame(OutputBuffer& out) {
  const size_t begin = out.size();
  const size_t count = entries_.size();
  if (!out.Reserve(kErrorFrameWords * 4 + count * kErrorWords * 4)) return;
  out.AppendWord(kErrorFrameVersion);
  out.AppendWord(static_cast<uint32_t>(count));
  constexpr uint8_t kNoBytes = 0xFF;  // in all of its words: kNone
  std::array<uint8_t, kErrorWords * 4> empty;
  empty.fill(kNoBytes);
  for (size_t i = 0; i < count; ++i) out.Append(AsText(empty));
  for (size_t i = 0; i < count; ++i) {
    const Told told = Tell(entries_[i]);
    const Message& message = told.message;
    const size_t words = begin + (kErrorFrameWords + i * kErrorWords) * 4;
    const auto append = [&](ErrorWord word, std::initializer_list<std::string_view> parts) {
      const size_t before = out.size();
      for (const std::string_view part : parts) out.Append(part);
      out.PatchWord(words + static_cast<size_t>(word) * 4,
                    static_cast<uint32_t>(out.size() - before));
    };
    out.PatchWord(words, static_cast<uint32_t>(entries_[i].byte_offset));
    append(ErrorWord::kInstanceLocation, {told.location.instance});
    append(ErrorWord::kKeywordLocation, {told.location.keyword});
    if (told.absolute.has_value()) append(ErrorWord::kAbsoluteLocation, {*told.absolute});
    append(ErrorWord::kKeyword, {told.keyword});
    append(ErrorWord::kMessage, {message.text, message.rest, message.hint});
    if (!message.expected.empty()) append(ErrorWord::kExpected, {message.expected});
    if (!message.actual.empty()) append(ErrorWord::kActual, {message.actual});
  }
}

}  // namespace sluice::schema

#include "sluice/schema/output_writer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sluice/base/sort.h"

namespace sluice::schema {

using json::Value;
using json::Writer;

void ErrorsWriter::Write(uint32_t max_errors, Writer& writer) {
  Collect();
  DropMisspelt();
  if (entries_.size() > max_errors) entries_.resize(max_errors);
  for (const Entry& entry : entries_) WriteEntry(entry, writer);
}

void ErrorsWriter::Collect() {
  for (size_t i = 0; i < findings_.size();) {
    const Unit& unit = findings_[i];
    if (unit.kind != UnitKind::kError) {
      ++i;
      continue;
    }
    const Value at = locator_.IsAboutName(i) && !locator_.IsName(i) ? locator_.NameOf(unit.node)
                                                                    : locator_.ValueAt(unit.node);
    if (unit.fault == Fault::kTooCostly) {
      // What came before it may be faults of an alternative, and so none.
      entries_ = {{i, at.byte_offset()}};
      return;
    }
    if (!IsRepeated(i)) entries_.push_back({i, at.byte_offset()});
    i += unit.size;
  }
  Sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.byte_offset != b.byte_offset ? a.byte_offset < b.byte_offset : a.unit < b.unit;
  });
}

// The same of the same value by another way, as when two schemas have a base in common.
bool ErrorsWriter::IsRepeated(size_t unit) const {
  const Unit& x = findings_[unit];
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    const Unit& y = findings_[entry.unit];
    return x.fault == y.fault && x.node == y.node && x.number == y.number &&
           x.position == y.position && x.index == y.index;
  });
}

// What is missing because its name is misspelt is told where that name is.
void ErrorsWriter::DropMisspelt() {
  std::vector<size_t> dropped;
  for (const Entry& entry : entries_) {
    if (findings_[entry.unit].fault != Fault::kFalse || !locator_.IsAboutName(entry.unit) ||
        locator_.IsName(entry.unit)) {
      continue;
    }
    const std::string_view meant = explainer_.MeantName(entry.unit);
    if (meant.empty()) continue;
    const size_t keyword = locator_.Enclosing(locator_.EnclosingSchema(entry.unit));
    for (const Entry& other : entries_) {
      const Unit& unit = findings_[other.unit];
      if (unit.fault == Fault::kMissing && unit.node == findings_[keyword].node &&
          explainer_.MissingName(unit) == meant) {
        dropped.push_back(other.unit);
      }
    }
  }
  const auto is_dropped = [&](const Entry& entry) {
    return std::find(dropped.begin(), dropped.end(), entry.unit) != dropped.end();
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_dropped), entries_.end());
}

void ErrorsWriter::WriteEntry(const Entry& entry, Writer& writer) {
  const Location& location = locator_.Locate(entry.unit);
  const Message message = explainer_.Explain(entry.unit);
  writer.BeginObject();
  writer.Key("instanceLocation");
  writer.String(location.instance);
  writer.Key("keywordLocation");
  writer.String(location.keyword);
  if (location.by_reference) {
    writer.Key("absoluteKeywordLocation");
    writer.String(location.absolute);
  }
  writer.Key("keyword");
  writer.String(KeywordOf(findings_, entry.unit));
  writer.Key("message");
  writer.String(absl::StrCat(message.text, message.rest, message.hint));
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

size_t UnitsWriter::Collapse(size_t unit) const {
  while (!IsLeaf(unit) && findings_[unit].size > 1 &&
         findings_[unit + 1].size + 1 == findings_[unit].size) {
    ++unit;
  }
  return unit;
}

void UnitsWriter::WriteMembers(size_t unit, Writer& writer) {
  const Location& location = locator_.Locate(unit);
  writer.Key("valid");
  writer.Bool(valid_);
  writer.Key("keywordLocation");
  writer.String(location.keyword);
  if (location.by_reference || location.has_base) {
    writer.Key("absoluteKeywordLocation");
    writer.String(location.absolute);
  }
  writer.Key("instanceLocation");
  writer.String(location.instance);
}

void UnitsWriter::WriteLeafMembers(size_t unit, Writer& writer) {
  if (findings_[unit].kind == UnitKind::kAnnotation) {
    writer.Key("annotation");
    writer.Raw(tables_.annotations[findings_[unit].number].value.In(tables_.text));
    return;
  }
  const Message message = explainer_.Explain(unit);
  writer.Key("error");
  writer.String(absl::StrCat(message.text, message.rest, message.hint));
}

void UnitsWriter::BeginList(Writer& writer) const {
  writer.Key(valid_ ? "annotations" : "errors");
  writer.BeginArray();
}

void UnitsWriter::WriteRoot(Writer& writer) {
  if (findings_.size() > 0) return WriteMembers(0, writer);
  // Valid, and without annotations.
  writer.Key("valid");
  writer.Bool(valid_);
  writer.Key("keywordLocation");
  writer.String("");
  writer.Key("instanceLocation");
  writer.String("");
}

void UnitsWriter::WriteBasic(Writer& writer) {
  WriteRoot(writer);
  BeginList(writer);
  for (size_t i = 0; i < findings_.size(); ++i) {
    i = Collapse(i);
    // That of the root, the outermost object is.
    if (!IsLeaf(i) && (valid_ || findings_[i].up == 0 || Collapse(0) == i)) continue;
    writer.BeginObject();
    WriteMembers(i, writer);
    if (IsLeaf(i)) {
      WriteLeafMembers(i, writer);
    } else {
      writer.Key("error");
      writer.String("has errors within");
    }
    writer.EndObject();
  }
  writer.EndArray();
}

void UnitsWriter::WriteDetailed(Writer& writer) {
  if (findings_.size() == 0) return WriteRoot(writer);
  std::vector<size_t> ends;  // of the units that are open
  const size_t root = Collapse(0);
  for (size_t i = root; i < findings_.size();) {
    if (i != root) writer.BeginObject();
    WriteMembers(i, writer);
    if (IsLeaf(i)) {
      WriteLeafMembers(i, writer);
      if (i != root) writer.EndObject();
      i += findings_[i].size;
    } else {
      BeginList(writer);
      ends.push_back(i + findings_[i].size);
      ++i;
    }
    while (!ends.empty() && ends.back() == i) {
      writer.EndArray();
      ends.pop_back();
      if (!ends.empty()) writer.EndObject();
    }
    if (i < findings_.size()) i = Collapse(i);
  }
}

}  // namespace sluice::schema

#include "sluice/schema/units_writer.h"

#include <optional>
#include <string_view>
#include <vector>

namespace sluice::schema {

using json::Writer;

size_t UnitsWriter::Collapse(size_t unit) const {
  while (!IsLeaf(unit) && findings_[unit].size > 1 &&
         findings_[unit + 1].size + 1 == findings_[unit].size) {
    ++unit;
  }
  return unit;
}

void UnitsWriter::WriteMembers(size_t unit, Writer& writer) {
  const Location location = locator_.Locate(unit);
  writer.Key("valid");
  writer.Bool(valid_);
  writer.Key("keywordLocation");
  writer.String(location.keyword);
  if (const auto absolute = locator_.LocateAbsolutely()) {
    writer.Key("absoluteKeywordLocation");
    writer.String(*absolute);
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
  writer.String(words_.Cat({message.text, message.rest, message.hint}));
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

#include "sluice/transform/constants.h"

#include "absl/strings/str_cat.h"
#include "sluice/base/bytes.h"
#include "sluice/json/writer.h"

namespace sluice::transform {

uint32_t ConstantsBuilder::Add(std::string_view json, uint32_t nodes) {
  absl::StrAppend(&values_, json, ",");
  const uint32_t node = next_node_;
  next_node_ += nodes;
  return node;
}

uint32_t ConstantsBuilder::AddValue(json::Value value) {
  const uint32_t after = value.document()->nodes()[value.index()].next;
  return Add(value.raw(), after - value.index());
}

uint32_t ConstantsBuilder::AddNull() { return Add("null", 1); }

bool ConstantsBuilder::WriteText(std::string* text) const {
  OutputBuffer keys(SIZE_MAX);
  json::Writer writer(keys);
  writer.BeginObject();
  for (const StringRef& name : names_.strings()) {
    writer.Key(name.In(names_.pool()));
    writer.Null();
  }
  writer.EndObject();
  *text = absl::StrCat("[", values_, keys.text(), "]");
  return !keys.exhausted();
}

}  // namespace sluice::transform

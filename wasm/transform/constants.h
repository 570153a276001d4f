// The values and names that steps write, as one parsed document. Inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/json/document.h"

namespace sluice::transform {

// The document is an array: the values, then one object whose keys are the names.
class ConstantsBuilder {
 public:
  // The tape index of the value's copy.
  uint32_t AddValue(json::Value value);
  uint32_t AddNull();
  // The name's number: KeyOf makes a tape index of it when all values are there.
  uint32_t AddName(std::string_view name) { return names_.Intern(name); }

  uint32_t KeyOf(uint32_t name) const { return next_node_ + 1 + 2 * name; }
  StringRef TextOf(uint32_t name) const { return names_.strings()[name]; }
  // All names, decoded.
  std::string_view names() const { return names_.pool(); }

  // The document's text. False if memory is short.
  bool WriteText(std::string* text) const;

 private:
  uint32_t Add(std::string_view json, uint32_t nodes);

  std::string values_;  // each with a comma behind it
  uint32_t next_node_ = 1;
  StringInterner names_;
};

}  // namespace sluice::transform

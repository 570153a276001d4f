// Findings as errors, one a fault. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/json/writer.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/gather_memory.h"
#include "sluice/schema/location.h"
#include "sluice/schema/message.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

// Output::kErrors and kErrorFrame: one error a fault, in the order of the text, at most
// `max_errors`.
class ErrorsWriter {
 public:
  // Borrows all of them; of the memory what is not findings.
  ErrorsWriter(const Tables& tables, GatherMemory& memory, const json::Document& instance,
               uint32_t max_errors);

  // The elements of "errors".
  void WriteJson(json::Writer& writer);
  void WriteFrame(OutputBuffer& out);

 private:
  struct Entry {
    size_t unit;
    size_t byte_offset;
    bool is_told = false;  // by another error
  };
  // What is told of an error; its texts are good until that of the next one is made.
  struct Told {
    Location location;
    std::optional<std::string_view> absolute;
    std::string_view keyword;
    Message message;
  };

  void Collect();
  json::Value PlaceOf(size_t error) const;
  void DropMisspelt();
  void DropRepeated();
  // Of errors at the same place in the text.
  void MarkRepeated(absl::Span<Entry> entries) const;
  // What tells errors apart; until the next is asked for.
  std::string_view TextOf(const Entry& entry) const;
  void DropTold();
  bool IsMisspelt(const Unit& missing) const;
  Told Tell(const Entry& entry);
  void WriteEntry(const Entry& entry, json::Writer& writer);

  const Findings& findings_;
  Locator locator_;
  Words& words_;
  Explainer explainer_;
  std::vector<Entry> entries_;
};

}  // namespace sluice::schema

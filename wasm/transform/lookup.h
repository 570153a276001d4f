// One step of the automaton: which way a member leads. Inside this room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/json/document.h"
#include "sluice/transform/name_table.h"
#include "sluice/transform/pass_tables.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {

// Finds the names of one document in the tables of one program.
class Lookup {
 public:
  Lookup(const PassTables& tables, const json::Document& document)
      : fates_(tables.fates.data()),
        slots_(tables.name_slots.data()),
        index_edges_(tables.index_edges.data()),
        pool_(tables.text),
        document_(document),
        text_(document.text()) {}

  // The value of the name that is node `key`, or `otherwise`.
  uint32_t OfName(const NameTable& names, uint32_t key, uint32_t otherwise) const {
    const json::Node& node = document_.nodes()[key];
    if (node.has_escapes()) return OfEscapedName(names, key, otherwise);
    const size_t begin = node.begin + size_t{1};
    return FindName(names, slots_, pool_, {text_.data() + begin, node.end - begin - 1},
                    text_.size() - begin, otherwise);
  }

  const Fate& OfMember(const State& state, uint32_t key) const {
    const uint32_t fate = OfName(state.names, key, kNone);
    return fate == kNone ? state.other : fates_[fate];
  }

  // The elements of one array in order.
  class Elements {
   public:
    Elements(const Lookup& lookup, const State& state)
        : next_(lookup.index_edges_ + state.first_index),
          end_(next_ + state.index_count),
          other_(&state.other) {}
    const Fate& Next() {
      const uint32_t index = index_++;
      if (next_ == end_ || next_->index != index) return *other_;
      return next_++->fate;
    }

   private:
    const IndexEdge* next_;  // the first whose index is not behind
    const IndexEdge* end_;
    const Fate* other_;
    uint32_t index_ = 0;
  };

 private:
  uint32_t OfEscapedName(const NameTable& names, uint32_t key, uint32_t otherwise) const {
    char buffer[kMaxNameBytes];
    const std::optional<std::string_view> name =
        json::Value(&document_, key).string(absl::MakeSpan(buffer));
    if (!name) return otherwise;  // longer than any name in a path
    return FindName(names, slots_, pool_, *name, name->size(), otherwise);
  }

  const Fate* fates_;
  const NameSlot* slots_;
  const IndexEdge* index_edges_;
  std::string_view pool_;
  const json::Document& document_;
  std::string_view text_;
};

}  // namespace sluice::transform

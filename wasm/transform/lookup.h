// One step of the automaton: which way a member leads. Inside this room only.
#pragma once

#include <cstdint>

#include "sluice/json/document.h"
#include "sluice/transform/name_table.h"
#include "sluice/transform/pass_tables.h"

namespace sluice::transform {

#define SLUICE_LOOKUP_INLINE inline __attribute__((always_inline))

// The members of objects of one document, by one table of names.
class MemberLookup {
 public:
  // `other`: the fate of all whose names aren't in the table.
  MemberLookup(const PassTables& tables, const json::Document& document, const NameTable& names,
               const Fate& other)
      : names_(names),
        slots_(tables.name_slots.data() + names.first_slot),
        other_(other),
        text_(document.text().data()),
        text_end_(text_ + document.text().size()),
        tables_(tables),
        document_(document) {}
  MemberLookup(const PassTables& tables, const json::Document& document, const State& state)
      : MemberLookup(tables, document, state.names, state.other) {}

  // Of the member with this name. Most fail on their length; the others look at one slot.
  SLUICE_LOOKUP_INLINE const Fate& Find(const json::Node& name) const {
    if (name.has_escapes()) return FindSlowly(name);
    const uint32_t length = name.end - name.begin - 2;
    if (!names_.MayHaveLength(length)) return other_;
    const char* const text = text_ + name.begin + 1;
    if (length <= NameKey::kShort) {
      if (text_end_ - text >= 8) {
        const NameKey key = NameKey::OfShort(text, length);
        const NameSlot& slot = slots_[names_.HomeOf(key)];
        if (slot.key.head == key.head && slot.length == length) return slot.fate;
        if (names_.probes == 1) return other_;
      }
    } else if (length <= NameKey::kWhole) {
      const NameKey key = NameKey::OfLong(text, length);
      const NameSlot& slot = slots_[names_.HomeOf(key)];
      if (slot.key == key && slot.length == length) return slot.fate;
      if (names_.probes == 1) return other_;
    }
    return FindSlowly(name);
  }

 private:
  SLUICE_LOOKUP_INLINE const Fate& FindSlowly(const json::Node& name) const {
    const Fate* const fate = Search(tables_, document_, names_, name);
    return fate != nullptr ? *fate : other_;
  }
  // Any name; nullptr if it isn't in the table. Static, so that what the loop around Find needs can
  // stay in registers.
  static const Fate* Search(const PassTables& tables, const json::Document& document,
                            const NameTable& names, const json::Node& name);

  const NameTable& names_;
  const NameSlot* const slots_;
  const Fate& other_;
  const char* const text_;
  const char* const text_end_;
  const PassTables& tables_;
  const json::Document& document_;
};

// The elements of an array in one state, in order.
class ElementLookup {
 public:
  ElementLookup(const PassTables& tables, const State& state)
      : next_(tables.index_edges.data() + state.first_index),
        end_(next_ + state.index_count),
        other_(state.other) {}

  const Fate& Next() {
    const uint32_t index = index_++;
    if (next_ == end_ || next_->index != index) return other_;
    return next_++->fate;
  }

 private:
  const IndexEdge* next_;  // the first whose index is not behind
  const IndexEdge* const end_;
  const Fate& other_;
  uint32_t index_ = 0;
};

}  // namespace sluice::transform

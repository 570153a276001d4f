// One step of the automaton: which way a member leads. Inside this room only.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "sluice/json/document.h"
#include "sluice/transform/program.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {

// Runs down one document with one program.
class Lookup {
 public:
  Lookup(const Tables& tables, const json::Document& document)
      : tables_(tables), document_(document), text_(document.text()) {}

  const State& state(uint32_t number) const { return tables_.states[number]; }

  // The target of the member whose name is node `key`. O(log names of the state); most members
  // fail on their length.
  uint32_t OfMember(const State& state, uint32_t key) const {
    const json::Node& node = document_.nodes()[key];
    if (node.has_escapes()) return OfEscapedName(state, key);
    const uint32_t length = node.end - node.begin - 2;
    if ((state.name_lengths & NameLengthBit(length)) == 0) return state.other;
    return OfName(state, text_.substr(node.begin + 1, length), Prefix(node.begin + 1, length));
  }

  // The elements of one array in order.
  class Elements {
   public:
    Elements(const Lookup& lookup, const State& state)
        : next_(lookup.tables_.index_edges.data() + state.first_index),
          end_(next_ + state.index_count),
          other_(state.other) {}
    uint32_t Next() {
      const uint32_t index = index_++;
      if (next_ == end_ || next_->index != index) return other_;
      return next_++->target;
    }

   private:
    const IndexEdge* next_;  // the first whose index is not behind
    const IndexEdge* end_;
    uint32_t other_;
    uint32_t index_ = 0;
  };

 private:
  static constexpr uint32_t kLinear = 8;  // up to here looking at all is faster than halving

  // A quote, a colon, a value and a brace follow a name: 4 bytes are always there.
  uint32_t Prefix(size_t begin, uint32_t length) const {
    uint32_t prefix;
    std::memcpy(&prefix, text_.data() + begin, sizeof(prefix));
    return length < 4 ? prefix & ((1u << (8 * length)) - 1) : prefix;
  }

  uint32_t OfName(const State& state, std::string_view name, uint32_t prefix) const {
    const NameEdge* edge = tables_.name_edges.data() + state.first_name;
    uint32_t count = state.name_count;
    while (count > kLinear) {
      const NameEdge& middle = edge[count / 2];
      const bool after = middle.name.length != name.size() ? middle.name.length < name.size()
                                                           : middle.name.In(tables_.text) <= name;
      if (after) {
        edge += count / 2;
        count -= count / 2;
      } else {
        count /= 2;
      }
    }
    for (const NameEdge* end = edge + count; edge != end; ++edge) {
      if (edge->prefix == prefix && edge->name.length == name.size() &&
          (name.size() <= 4 || edge->name.In(tables_.text) == name)) {
        return edge->target;
      }
    }
    return state.other;
  }

  uint32_t OfEscapedName(const State& state, uint32_t key) const {
    char buffer[kMaxNameBytes];
    const std::optional<std::string_view> name =
        json::Value(&document_, key).string(absl::MakeSpan(buffer));
    if (!name) return state.other;  // longer than any name in a path
    uint32_t prefix = 0;
    std::memcpy(&prefix, name->data(), name->size() < 4 ? name->size() : 4);
    return OfName(state, *name, prefix);
  }

  const Tables& tables_;
  const json::Document& document_;
  std::string_view text_;
};

}  // namespace sluice::transform

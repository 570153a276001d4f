#include "sluice/transform/pick.h"

#include "sluice/transform/lookup.h"

namespace sluice::transform {
namespace {

bool IsContainer(const json::Node& node) { return node.kind() >= json::Kind::kArray; }

// The children that stay in one container. Neighbours that stay whole are copied as one span, with
// the comma between them.
class Children {
 public:
  Children(std::string_view text, OutputBuffer& out) : text_(text), out_(out) {}

  void Keep(uint32_t begin, uint32_t end) {
    if (span_end_ == 0) span_begin_ = begin;
    span_end_ = end;
  }
  // Ends the span: the next child is not the last one's neighbour.
  void Break() {
    if (span_end_ == 0) return;
    Separate();
    out_.Append(text_.substr(span_begin_, span_end_ - span_begin_));
    span_end_ = 0;
  }
  // Before a child that the caller writes.
  void Separate() {
    if (!empty_) out_.Append(',');
    empty_ = false;
  }

 private:
  std::string_view text_;
  OutputBuffer& out_;
  bool empty_ = true;
  uint32_t span_begin_ = 0;
  uint32_t span_end_ = 0;  // 0: no span
};

class Picker {
 public:
  Picker(const Tables& tables, const json::Document& document, OutputBuffer& out)
      : lookup_(tables, document),
        nodes_(document.nodes().data()),
        text_(document.text()),
        out_(out) {}

  void Root(uint32_t target) {
    if (target == kSelected) {
      out_.Append(text_.substr(nodes_[0].begin, nodes_[0].end - nodes_[0].begin));
    } else if (target != kNone && IsContainer(nodes_[0])) {
      Container(0, target);
    } else {
      out_.Append("null");
    }
  }

 private:
  void Container(uint32_t number, uint32_t target) {
    const State& state = lookup_.state(target);
    if (nodes_[number].kind() == json::Kind::kObject) {
      Object(number, state);
    } else {
      Array(number, state);
    }
  }

  void Object(uint32_t number, const State& state) {
    out_.Append('{');
    Children children(text_, out_);
    const uint32_t end = nodes_[number].next;
    for (uint32_t key = number + 1; key != end; key = nodes_[key + 1].next) {
      const json::Node& value = nodes_[key + 1];
      const uint32_t target = lookup_.OfMember(state, key);
      if (target == kSelected) {
        children.Keep(nodes_[key].begin, value.end);
        continue;
      }
      children.Break();
      if (target == kNone || !IsContainer(value)) continue;
      children.Separate();
      out_.Append(text_.substr(nodes_[key].begin, nodes_[key].end - nodes_[key].begin));
      out_.Append(':');
      Container(key + 1, target);
    }
    children.Break();
    out_.Append('}');
  }

  void Array(uint32_t number, const State& state) {
    out_.Append('[');
    Children children(text_, out_);
    Lookup::Elements targets(lookup_, state);
    const uint32_t end = nodes_[number].next;
    for (uint32_t element = number + 1; element != end; element = nodes_[element].next) {
      const json::Node& value = nodes_[element];
      const uint32_t target = targets.Next();
      if (target == kSelected) {
        children.Keep(value.begin, value.end);
        continue;
      }
      children.Break();
      if (target == kNone || !IsContainer(value)) continue;
      children.Separate();
      Container(element, target);
    }
    children.Break();
    out_.Append(']');
  }

  const Lookup lookup_;
  const json::Node* const nodes_;
  const std::string_view text_;
  OutputBuffer& out_;
};

}  // namespace

void Pick(const Tables& tables, const Step& step, const json::Document& document,
          OutputBuffer& out) {
  Picker(tables, document, out).Root(step.root);
}

}  // namespace sluice::transform

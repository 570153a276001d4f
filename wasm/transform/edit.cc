#include "sluice/transform/edit.h"

#include "sluice/transform/lookup.h"

namespace sluice::transform {
namespace {

class Editor {
 public:
  Editor(const Tables& tables, const Step& step, const json::Document& document, OutputBuffer& out)
      : lookup_(tables, document),
        nodes_(document.nodes().data()),
        text_(document.text()),
        drops_(step.kind == StepKind::kDrop),
        replacement_(step.replacement.In(tables.text)),
        out_(out),
        copied_(nodes_[0].begin) {}

  void Root(uint32_t target) {
    if (target == kSelected) {
      Replace(nodes_[0]);
    } else if (target != kNone) {
      Value(0, target);
    }
    CopyUpTo(nodes_[0].end);
  }

 private:
  // A child of a container as text, its name included.
  struct Child {
    uint32_t begin;
    uint32_t value;  // node
    uint32_t target;
  };

  void CopyUpTo(uint32_t end) {
    out_.Append(text_.substr(copied_, end - copied_));
    copied_ = end;
  }

  void Replace(const json::Node& value) {
    CopyUpTo(value.begin);
    out_.Append(replacement_);
    copied_ = value.end;
  }

  void Value(uint32_t number, uint32_t target) {
    const json::Kind kind = nodes_[number].kind();
    if (kind == json::Kind::kObject) Object(number, lookup_.state(target));
    if (kind == json::Kind::kArray) Array(number, lookup_.state(target));
  }

  void Object(uint32_t number, const State& state) {
    const uint32_t end = nodes_[number].next;
    Siblings siblings;
    for (uint32_t key = number + 1; key != end; key = nodes_[key + 1].next) {
      OneChild({nodes_[key].begin, key + 1, lookup_.OfMember(state, key)}, end, siblings);
    }
  }

  void Array(uint32_t number, const State& state) {
    const uint32_t end = nodes_[number].next;
    Lookup::Elements targets(lookup_, state);
    Siblings siblings;
    for (uint32_t element = number + 1; element != end; element = nodes_[element].next) {
      OneChild({nodes_[element].begin, element, targets.Next()}, end, siblings);
    }
  }

  // What came before in the same container.
  struct Siblings {
    bool any_kept = false;
    uint32_t end = 0;  // of the last one's text
  };

  void OneChild(const Child& child, uint32_t container_end, Siblings& siblings) {
    const json::Node& value = nodes_[child.value];
    if (child.target == kSelected && drops_) {
      Drop(child, container_end, siblings);
    } else {
      siblings.any_kept = true;
      if (child.target == kSelected) {
        Replace(value);
      } else if (child.target != kNone) {
        Value(child.value, child.target);
      }
    }
    siblings.end = value.end;
  }

  // One comma goes too: the one before, or where nothing before has stayed, the one after.
  void Drop(const Child& child, uint32_t container_end, const Siblings& siblings) {
    const json::Node& value = nodes_[child.value];
    if (siblings.any_kept) {
      if (copied_ < siblings.end) CopyUpTo(siblings.end);
      copied_ = value.end;
      return;
    }
    if (copied_ < child.begin) CopyUpTo(child.begin);
    copied_ = value.next == container_end ? value.end : nodes_[value.next].begin;
  }

  const Lookup lookup_;
  const json::Node* const nodes_;
  const std::string_view text_;
  const bool drops_;
  const std::string_view replacement_;
  OutputBuffer& out_;
  uint32_t copied_;  // the text before is written, or left out
};

}  // namespace

void Edit(const Tables& tables, const Step& step, const json::Document& document,
          OutputBuffer& out) {
  Editor(tables, step, document, out).Root(step.root);
}

}  // namespace sluice::transform

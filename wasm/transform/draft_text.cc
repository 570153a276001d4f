// Draft: writing it out.
#include <string_view>

#include "sluice/transform/draft.h"

namespace sluice::transform {

using json::Node;

// Keeps back the last span, which grows as long as what comes next follows it in its source: then
// the text between them (a comma, a colon, blanks) is copied with it.
class DraftWriter {
 public:
  DraftWriter(Draft& draft, OutputBuffer& out) : draft_(draft), out_(out) {}

  void Run() {
    Value(draft_.root_, 0);
    Flush();
  }

 private:
  using Slot = Draft::Slot;
  using Container = Draft::Container;

  void Value(Ref value, uint32_t depth) {
    if (value.source != kOpened) {
      const Node& node = draft_.NodeOf(value);
      return Span(value.source, node.begin, node.end);
    }
    Flush();
    draft_.too_deep_ = draft_.too_deep_ || depth >= draft_.max_depth_;
    // Looked at here, so that a draft of many copies of copies ends in time.
    if (out_.exhausted() || draft_.exhausted()) return;
    const Container container = draft_.containers_[value.index];
    if (!draft_.meter_.Take(1 + container.count)) return;
    if (container.object) {
      Object(container, depth + 1);
    } else {
      Array(container, depth + 1);
    }
  }

  void Object(const Container& object, uint32_t depth) {
    out_.Append('{');
    for (uint32_t i = 0; i < object.count; ++i) {
      const Ref name = object.slots[i].name;
      const Node* const nodes = draft_.SourceOf(name).nodes().data();
      // With the colon: a key's value follows it, also where another one is written here.
      const uint32_t begin = nodes[name.index].begin;
      const uint32_t end = nodes[name.index + 1].begin;
      if (i > 0) Separate(name.source, begin, EndBefore(object.slots[i - 1].name, name));
      Span(name.source, begin, end);
      Value(object.slots[i].value, depth);
    }
    Flush();
    out_.Append('}');
  }

  // Where the member of the source ended that `name` follows, if its name is `before`; else 0.
  uint32_t EndBefore(Ref before, Ref name) const {
    if (before.source != name.source) return 0;
    const Node& value = draft_.SourceOf(before).nodes()[before.index + 1];
    return value.next == name.index ? value.end : 0;
  }

  void Array(const Container& array, uint32_t depth) {
    out_.Append('[');
    for (uint32_t i = 0; i < array.count; ++i) {
      const Ref value = array.slots[i].value;
      const uint32_t begin = value.source == kOpened ? 0 : draft_.NodeOf(value).begin;
      if (i > 0) Separate(value.source, begin, 0);
      Value(value, depth);
    }
    Flush();
    out_.Append(']');
  }

  // Before a child that isn't the first. `sibling_end`: where the one before it in the source
  // ended, which may have another value now; 0 if that isn't known.
  void Separate(uint32_t source, uint32_t begin, uint32_t sibling_end) {
    if (end_ != 0 && source == source_ && IsSeparator(source, end_, begin)) {
      end_ = begin;
      return;
    }
    Flush();
    if (sibling_end != 0 && IsSeparator(source, sibling_end, begin)) {
      Span(source, sibling_end, begin);
    } else {
      out_.Append(',');
    }
  }

  // Whether that text is a comma with blanks and nothing more: no container ends or begins there.
  bool IsSeparator(uint32_t source, uint32_t from, uint32_t to) const {
    if (to <= from || to - from > kMostBlanks) return false;
    const std::string_view text = draft_.sources_[source]->text();
    if (to == from + 1) return text[from] == ',';
    uint32_t commas = 0;
    for (const char c : text.substr(from, to - from)) {
      if (c == ',') ++commas;
      if (c != ',' && c != ' ' && c != '\n' && c != '\r' && c != '\t') return false;
    }
    return commas == 1;
  }

  void Span(uint32_t source, uint32_t from, uint32_t to) {
    if (end_ == 0 || source != source_ || from != end_) {
      Flush();
      source_ = source;
      begin_ = from;
    }
    end_ = to;
  }

  void Flush() {
    if (end_ == 0) return;
    out_.Append(draft_.sources_[source_]->text().substr(begin_, end_ - begin_));
    end_ = 0;
  }

  static constexpr uint32_t kMostBlanks = 256;

  Draft& draft_;
  OutputBuffer& out_;
  // The span that is kept back.
  uint32_t source_ = 0;
  uint32_t begin_ = 0;
  uint32_t end_ = 0;  // 0: none
};

void Draft::WriteText(OutputBuffer& out) { DraftWriter(*this, out).Run(); }

}  // namespace sluice::transform

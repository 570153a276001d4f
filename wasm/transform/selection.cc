#include "sluice/transform/selection.h"

#include <algorithm>

#include "sluice/base/status.h"
#include "sluice/transform/automaton.h"
#include "sluice/transform/lookup.h"
#include "sluice/transform/redact.h"
#include "sluice/transform/splice.h"

namespace sluice::transform {
namespace {

bool IsContainer(const json::Node& node) { return node.kind() >= json::Kind::kArray; }

absl::Status NoMemory() {
  return MakeBudgetError(Budget::kMemory, "not enough memory for what the paths of a step select");
}

StepKind KindOf(const Selection& selection) { return static_cast<StepKind>(selection.kind); }

// Of a mark of a path, in a rename.
uint32_t NewNameOf(const PassTables& tables, const Selection& selection, const Mark& mark) {
  return tables.path_names[selection.first_name + mark.path()];
}

// Runs the automaton of the simple paths.
class Marker {
 public:
  Marker(const PassTables& tables, StepKind kind, const json::Document& document, Marks& marks)
      : tables_(tables),
        document_(document),
        nodes_(document.nodes().data()),
        kind_(kind),
        marks_(marks) {}

  void Visit(uint32_t number, const Fate& fate) {
    const Action action = IsContainer(nodes_[number]) ? fate.container : fate.scalar;
    switch (kind_) {
      case StepKind::kPick:
        if (action == kCopy) marks_.Add(number, 0);
        if (IsState(action)) marks_.AddThrough(number);
        break;
      case StepKind::kDrop:
        if (action == kDrop) marks_.Add(number, 0);
        break;
      case StepKind::kRedact:
        if (IsReplace(action)) marks_.Add(number, 0);
        break;
      case StepKind::kRename:
        if (fate.name != kNone) marks_.Add(number, fate.name);
        break;
    }
    if (IsState(action) && !marks_.exhausted()) Children(number, tables_.states[action]);
  }

 private:
  void Children(uint32_t number, const State& state) {
    const uint32_t end = nodes_[number].next;
    if (nodes_[number].kind() == json::Kind::kObject) {
      const MemberLookup fates(tables_, document_, state);
      for (uint32_t key = number + 1; key != end; key = nodes_[key + 1].next) {
        Visit(key + 1, fates.Find(nodes_[key]));
      }
      return;
    }
    ElementLookup fates(tables_, state);
    for (uint32_t element = number + 1; element != end; element = nodes_[element].next) {
      Visit(element, fates.Next());
    }
  }

  const PassTables& tables_;
  const json::Document& document_;
  const json::Node* const nodes_;
  const StepKind kind_;
  Marks& marks_;
};

// The marks in document order, front to back.
class Cursor {
 public:
  explicit Cursor(absl::Span<const Mark> marks) : next_(marks.data()), end_(next_ + marks.size()) {}

  // The mark on `node`, if it's the next one; moves on.
  const Mark* Take(uint32_t node) {
    return next_ != end_ && next_->node == node ? next_++ : nullptr;
  }
  bool AnyBefore(uint32_t node) const { return next_ != end_ && next_->node < node; }
  // O(log marks).
  void SkipTo(uint32_t node) {
    if (!AnyBefore(node)) return;
    next_ = std::lower_bound(next_, end_, node,
                             [](const Mark& mark, uint32_t number) { return mark.node < number; });
  }

 private:
  const Mark* next_;
  const Mark* end_;
};

// Goes through the containers that have marks below, in document order. The visitor has
//   void Enter(container)                           before its children
//   bool Visit(frame, key, number, mark, below)     each child; key == number for elements. `mark`
//                                                   is its own or nullptr; `below`: it has marks in
//                                                   it. True to go into it.
//   void Leave(frame)                               after the last child that was visited
//   bool visits_all                                 or only up to the last one that has to do with
//                                                   a mark
// False if memory is short.
template <typename Visitor>
bool WalkMarked(const json::Document& document, uint32_t root, Cursor& cursor,
                CheckedVector<PassScratch::Frame>& frames, Visitor& visitor) {
  const json::Node* const nodes = document.nodes().data();
  const auto enter = [&](uint32_t number) {
    const json::Node& node = nodes[number];
    visitor.Enter(number);
    return frames.Append({number + 1, node.next, node.kind() == json::Kind::kObject, Children()});
  };
  frames.Clear();
  if (!enter(root)) return false;
  while (!frames.empty()) {
    PassScratch::Frame& frame = frames.back();
    if (frame.next == frame.end || (!visitor.visits_all && !cursor.AnyBefore(frame.end))) {
      visitor.Leave(frame);
      frames.Truncate(frames.size() - 1);
      continue;
    }
    const uint32_t key = frame.next;
    const uint32_t number = frame.in_object ? key + 1 : key;
    frame.next = nodes[number].next;
    const Mark* const mark = cursor.Take(number);
    const bool below = cursor.AnyBefore(frame.next);
    if (!visitor.Visit(frame, key, number, mark, below)) {
      cursor.SkipTo(nodes[number].next);
    } else if (!enter(number)) {
      return false;
    }
  }
  return true;
}

// Finds the members whose names others get.
class Displacer {
 public:
  static constexpr bool visits_all = false;

  Displacer(const PassTables& tables, const Selection& selection, const json::Document& document,
            const Cursor& cursor, PassScratch& scratch)
      : tables_(tables),
        selection_(selection),
        new_names_(tables, document, selection.new_names, kNoName),
        nodes_(document.nodes().data()),
        cursor_(cursor),
        takers_(scratch.takers),
        displaced_(scratch.displaced) {}

  void Enter(uint32_t container) {
    if (nodes_[container].kind() != json::Kind::kObject) return;
    bool any = false;
    ForEachMember(container, [&](uint32_t /*key*/, const Mark* mark) {
      if (mark == nullptr) return;
      takers_[NewNameOf(tables_, selection_, *mark)] = container + 1;
      any = true;
    });
    if (!any) return;
    ForEachMember(container, [&](uint32_t key, const Mark* mark) {
      if (mark != nullptr) return;
      const uint32_t name = new_names_.Find(nodes_[key]).name;
      if (name == kNone || takers_[name] != container + 1) return;
      failed_ |= !displaced_.Append(key + 1);
    });
  }
  bool Visit(const PassScratch::Frame& /*frame*/, uint32_t /*key*/, uint32_t /*number*/,
             const Mark* /*mark*/, bool below) {
    return below;
  }
  void Leave(PassScratch::Frame& /*frame*/) {}

  bool failed() const { return failed_; }

 private:
  static constexpr Fate kNoName = {kCopy, kCopy, kNone, kNone};

  // With the mark on its value, if it has one.
  template <typename Callback>
  void ForEachMember(uint32_t object, Callback&& callback) const {
    Cursor cursor = cursor_;
    cursor.SkipTo(object + 1);
    const uint32_t end = nodes_[object].next;
    for (uint32_t key = object + 1; key != end; key = nodes_[key + 1].next) {
      callback(key, cursor.Take(key + 1));
      cursor.SkipTo(nodes_[key + 1].next);
    }
  }

  const PassTables& tables_;
  const Selection& selection_;
  const MemberLookup new_names_;
  const json::Node* const nodes_;
  const Cursor& cursor_;  // of the walk
  CheckedVector<uint32_t>& takers_;
  CheckedVector<uint32_t>& displaced_;
  bool failed_ = false;
};

// Writes what the step makes of the document.
class Editor {
 public:
  using Frame = PassScratch::Frame;

  Editor(const PassTables& tables, const Selection& selection, json::Value value,
         absl::Span<const HmacSha256> secrets, OutputBuffer& out)
      : visits_all(KindOf(selection) == StepKind::kPick),
        tables_(tables),
        selection_(selection),
        document_(value.document()),
        nodes_(document_->nodes().data()),
        secrets_(secrets),
        splice_(document_->text(), nodes_[value.index()].begin, out) {}

  const bool visits_all;

  // The document itself. True to go into it.
  bool VisitRoot(uint32_t root, const Mark* mark) {
    const bool container = IsContainer(nodes_[root]);
    switch (KindOf(selection_)) {
      case StepKind::kPick:
        if (mark != nullptr && !mark->through()) return false;
        if (!container) splice_.Replace(nodes_[root].begin, nodes_[root].end, "null");
        break;
      case StepKind::kRedact:
        if (mark == nullptr) break;
        Redact(root);
        return false;
      case StepKind::kDrop:
      case StepKind::kRename:
        break;
    }
    return container;
  }
  void EndRoot(uint32_t root) { splice_.CopyUpTo(nodes_[root].end); }

  void Enter(uint32_t /*container*/) {}

  bool Visit(Frame& frame, uint32_t key, uint32_t number, const Mark* mark, bool below) {
    switch (KindOf(selection_)) {
      case StepKind::kPick:
        if (mark == nullptr && !below) return Drop(frame, key, number);
        Keep(frame, key, number);
        return mark == nullptr || mark->through();
      case StepKind::kDrop:
        if (mark != nullptr) return Drop(frame, key, number);
        Keep(frame, key, number);
        return below;
      case StepKind::kRedact:
        Keep(frame, key, number);
        if (mark == nullptr) return below;
        Redact(number);
        return false;
      case StepKind::kRename:
        break;
    }
    if (mark != nullptr && mark->displaced()) return Drop(frame, key, number);
    Keep(frame, key, number);
    if (mark != nullptr && frame.in_object) Rename(key, *mark);
    return below;
  }

  void Leave(Frame& frame) {
    if (frame.next != frame.end) {
      const json::Node& rest = nodes_[frame.next];
      frame.children.Keep(splice_, rest, rest);
    }
    frame.children.End(splice_);
  }

 private:
  bool Drop(Frame& frame, uint32_t key, uint32_t number) {
    frame.children.Drop(nodes_[key], nodes_[number]);
    return false;
  }
  void Keep(Frame& frame, uint32_t key, uint32_t number) {
    frame.children.Keep(splice_, nodes_[key], nodes_[number]);
  }
  void Redact(uint32_t number) {
    splice_.Cut(nodes_[number].begin, nodes_[number].end);
    AppendRedacted(tables_, selection_.redaction, {document_, number}, secrets_, splice_.out());
  }
  void Rename(uint32_t key, const Mark& mark) {
    const StringRef name = tables_.names[NewNameOf(tables_, selection_, mark)];
    splice_.Replace(nodes_[key].begin, nodes_[key].end, name.In(tables_.text));
  }

  const PassTables& tables_;
  const Selection& selection_;
  const json::Document* const document_;
  const json::Node* const nodes_;
  const absl::Span<const HmacSha256> secrets_;
  Splice splice_;
};

// Marks the members that are displaced.
absl::Status Displace(const PassTables& tables, const Selection& selection, json::Value value,
                      PassScratch& scratch) {
  // Sized by the program and not by the document: a map may come here for each of a million values.
  if (scratch.marks.span().empty()) return absl::OkStatus();
  scratch.takers.Clear();
  scratch.displaced.Clear();
  if (!scratch.takers.Resize(tables.names.size(), 0)) return NoMemory();
  Cursor cursor(scratch.marks.span());
  const json::Document& document = *value.document();
  cursor.Take(value.index());  // a document has no name to change
  Displacer displacer(tables, selection, document, cursor, scratch);
  const bool walked = WalkMarked(document, value.index(), cursor, scratch.frames, displacer);
  if (!walked || displacer.failed()) return NoMemory();
  for (const uint32_t node : scratch.displaced.span()) {
    if (!scratch.marks.AddDisplaced(node)) return NoMemory();
  }
  return scratch.marks.Sort() ? absl::OkStatus() : NoMemory();
}

}  // namespace

absl::Status MarkSimple(const PassTables& tables, uint32_t selection, json::Value value,
                        size_t max_marks, PassScratch& scratch) {
  scratch.marks.Reset(max_marks);
  const Selection& running = tables.selections[selection];
  Marker(tables, KindOf(running), *value.document(), scratch.marks)
      .Visit(value.index(), running.root);
  return scratch.marks.status();
}

absl::Status RunSelection(const PassTables& tables, uint32_t selection, json::Value value,
                          absl::Span<const HmacSha256> secrets, PassScratch& scratch,
                          OutputBuffer& out) {
  const Selection& running = tables.selections[selection];
  SLUICE_RETURN_IF_ERROR(scratch.marks.status());
  if (!scratch.marks.Sort()) return NoMemory();
  const uint32_t root = value.index();
  const bool container = IsContainer(value.document()->nodes()[root]);
  if (KindOf(running) == StepKind::kRename && container) {
    SLUICE_RETURN_IF_ERROR(Displace(tables, running, value, scratch));
  }
  Editor editor(tables, running, value, secrets, out);
  Cursor cursor(scratch.marks.span());
  const Mark* const mark = cursor.Take(root);
  if (editor.VisitRoot(root, mark) &&
      !WalkMarked(*value.document(), root, cursor, scratch.frames, editor)) {
    return NoMemory();
  }
  editor.EndRoot(root);
  return absl::OkStatus();
}

}  // namespace sluice::transform

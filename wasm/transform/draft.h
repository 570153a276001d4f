// A document while steps edit it: what nobody touches stays a span of the text that it came from.
// Inside this room only.
//
// A value is an 8-byte reference: into a source (the document, a program's constants, an input; all
// parsed and immutable), or to a container that was opened: the list of its children in an arena.
// Opening costs O(children) once; values below stay what they are. A copy shares what it copies;
// an opened container that is shared is copied when it's edited ("copy on write", one level).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/base/limits.h"
#include "sluice/json/document.h"
#include "sluice/query/budget.h"
#include "sluice/query/item.h"
#include "sluice/transform/draft_memory.h"
#include "sluice/transform/program.h"

namespace sluice::transform {

struct Ref {
  uint32_t source;  // its number, or one of the two below
  uint32_t index;   // on its tape; of the opened container

  friend bool operator==(const Ref&, const Ref&) = default;
};
static_assert(sizeof(Ref) == 8);
constexpr uint32_t kOpened = 0xFFFFFFFE;
constexpr Ref kAbsent = {0xFFFFFFFF, 0};

// What tells most names apart without a look at them: the length and three characters of a name,
// decoded. kEscapedMark of a key with escapes, which may be any name.
using NameMark = uint32_t;
constexpr NameMark kEscapedMark = 0;
inline NameMark MarkOf(std::string_view name) {
  const auto byte = [&](size_t at) { return NameMark{static_cast<uint8_t>(name[at])}; };
  const size_t size = name.size();
  if (size == 0) return 1u << 8;  // no name has a character 1 and the length 0
  return byte(0) << 24 | byte(size / 2) << 16 | byte(size - 1) << 8 | (size & 0xFF);
}

// What a member is called: a key of an object in a source, and its decoded text.
struct MemberName {
  MemberName() = default;
  MemberName(Ref name_key, std::string_view name_text)
      : key(name_key), text(name_text), mark(MarkOf(name_text)) {}

  Ref key;
  std::string_view text;
  NameMark mark;
};

enum class Where : uint8_t { kEverywhere, kOnlyWhereNothingIs };

// Every operation takes from the meter what it looks at or moves. Once the meter or the memory ran
// out (`exhausted`), values are meaningless and operations do nothing.
class Draft {
 public:
  // Borrows everything. `sources` may be added to while the Draft lives. [0] is the document, in
  // which `start` is the value to edit; [1] the constants with the keys of all paths, whose names
  // lie in `names`.
  Draft(DraftMemory& memory, const TransformBudget& budget, query::StepMeter& meter,
        absl::Span<const json::Document* const> sources, uint32_t start, std::string_view names);

  bool exhausted() const { return meter_.exhausted() || out_of_memory() || too_deep_; }
  bool out_of_memory() const {
    return memory_.containers.exhausted() || memory_.temporary.exhausted();
  }

  // Opened containers nest deeper than the budget for a document's nesting.
  bool too_deep() const { return too_deep_; }

  Ref root() const { return root_; }
  void set_root(Ref value) { root_ = value; }

  json::Kind KindOf(Ref value) const;

  // The value at a location. Of members with the same name the last. O(siblings on the way).
  Ref Find(absl::Span<const PathSegment> location);

  // Puts the value where the path leads, and makes what is missing on the way, as the steps set and
  // default do. False, and nothing is changed, where that can't be done. An opened `value` must be
  // marked shared unless it is nowhere else.
  bool Write(absl::Span<const PathSegment> path, Ref value, Where where);

  // RFC 6902's add: in an array the value is inserted. False if there is no place for it.
  bool Add(absl::Span<const PathSegment> location, Ref value);
  // Replaces what is there. False if there is nothing.
  bool Replace(absl::Span<const PathSegment> location, Ref value);
  // Takes out and returns what is there, all members of the name; kAbsent if there is nothing or it
  // is the root.
  Ref Remove(absl::Span<const PathSegment> location);
  // Takes the value at `from` out and writes it at `to`. Where either can't be done nothing is
  // changed.
  void Move(absl::Span<const PathSegment> from, absl::Span<const PathSegment> to);

  // The same value once more, to be put elsewhere.
  Ref Share(Ref value);
  // {"name": value}
  Ref Wrap(uint32_t key, Ref value);

  // RFC 7396: `target` (kAbsent where there is nothing) with `patch` applied, which is a value of a
  // source. Edits an opened target in place. O(members of the objects that both have × log of the
  // patch's); the patch's own order and duplicates are kept out: the last of a name counts.
  Ref Merge(Ref target, Ref patch);

  // By value, as RFC 6902 has it.
  bool Equal(Ref a, Ref b);

  // Appends the JSON text: spans as long as they can be.
  void WriteText(OutputBuffer& out);

 private:
  friend class DraftWriter;

  struct Slot {
    Ref name;  // of a member
    Ref value;
    NameMark mark;  // of the name
  };
  struct Container {
    Slot* slots;
    uint32_t count;
    uint32_t capacity;
    bool object;
    bool shared;
  };
  static constexpr uint32_t kNoSlot = 0xFFFFFFFF;
  static constexpr uint32_t kNoContainer = 0xFFFFFFFF;

  struct PatchMember {
    MemberName name;
    Ref value;
    uint32_t slot;  // of the target's last member of that name
    bool superseded;
  };
  struct PatchMembers {
    absl::Span<PatchMember> list;        // in the patch's order
    absl::Span<const uint32_t> by_name;  // those that aren't superseded, sorted; empty: few
  };

  const json::Document& SourceOf(Ref value) const { return *sources_[value.source]; }
  const json::Node& NodeOf(Ref value) const { return SourceOf(value).nodes()[value.index]; }
  MemberName NameOf(const PathSegment& segment) const {
    return {{1, segment.key}, segment.name.In(names_)};
  }
  bool KeyIs(Ref key, std::string_view name) const;
  NameMark MarkOfKey(const json::Document& source, const json::Node& key) const {
    if (key.has_escapes()) return kEscapedMark;
    return MarkOf(source.text().substr(key.begin + 1, key.end - key.begin - 2));
  }
  bool IsNamed(const Slot& slot, const MemberName& name) const {
    return (slot.mark == name.mark || slot.mark == kEscapedMark) && KeyIs(slot.name, name.text);
  }
  static bool MayBeName(const PathSegment& segment) {
    return segment.kind != PathSegment::Kind::kIndex &&
           segment.kind != PathSegment::Kind::kWildcard;
  }
  static bool MayBeIndex(const PathSegment& segment) {
    return segment.kind == PathSegment::Kind::kIndex || segment.kind == PathSegment::Kind::kToken;
  }

  Ref FindChild(Ref container, const PathSegment& segment);
  Ref FindChildInSource(Ref container, const PathSegment& segment);
  uint32_t FindSlot(const Container& container, const PathSegment& segment) const;
  uint32_t FindMember(const Container& object, const MemberName& name) const;

  // Makes the container at `place` one that can be edited; its number, or kNoContainer.
  uint32_t Edit(Ref* place);
  uint32_t Open(Ref value);
  uint32_t Clone(uint32_t number);
  uint32_t NewContainer(bool object, uint32_t capacity);
  bool Insert(uint32_t number, uint32_t at, Slot slot);
  void RemoveNamed(Container& object, const MemberName& name, uint32_t but);
  // The place of what a location names, its container opened. Null if there is nothing.
  Ref* EditPlace(absl::Span<const PathSegment> location);

  bool WriteAt(Ref* place, absl::Span<const PathSegment> path, Ref value, Where where);
  bool WriteToMember(uint32_t number, absl::Span<const PathSegment> path, Ref value, Where where);
  bool WriteToElement(uint32_t number, absl::Span<const PathSegment> path, Ref value, Where where);
  bool CanWrite(absl::Span<const PathSegment> location);
  static bool CanCreate(absl::Span<const PathSegment> path);
  Ref NewValue(absl::Span<const PathSegment> path, Ref value);

  // draft_merge.cc
  PatchMembers MembersOf(Ref patch);
  absl::Span<const uint32_t> SortByName(absl::Span<PatchMember> members);
  uint32_t FindIn(const PatchMembers& members, const Slot& slot);
  void MergeInto(uint32_t number, const PatchMembers& members);
  void RemoveMatched(uint32_t number, const PatchMembers& members, const uint32_t* matches);
  Ref Stripped(Ref patch);
  MemberName NameOfKey(Ref key);
  query::Item ItemOf(Ref value, uint32_t depth);

  DraftMemory& memory_;
  query::StepMeter& meter_;
  const absl::Span<const json::Document* const> sources_;
  const std::string_view names_;
  const uint32_t max_depth_;
  bool too_deep_ = false;
  Container* containers_ = nullptr;
  uint32_t container_count_ = 0;
  uint32_t container_capacity_ = 0;
  Ref root_;
};

}  // namespace sluice::transform

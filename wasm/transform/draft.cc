#include "sluice/transform/draft.h"

#include <algorithm>
#include <cstring>

#include "sluice/query/members.h"

namespace sluice::transform {

using json::Kind;
using json::Node;
using Location = absl::Span<const PathSegment>;

void DraftMemory::Trim(size_t max_bytes) {
  for (query::Arena* arena : {&containers, &temporary}) {
    if (arena->retained_bytes() > max_bytes) arena->Release();
  }
}

Draft::Draft(DraftMemory& memory, const TransformBudget& budget, query::StepMeter& meter,
             absl::Span<const json::Document* const> sources, uint32_t start,
             std::string_view names)
    : memory_(memory),
      meter_(meter),
      sources_(sources),
      names_(names),
      max_depth_(budget.input.max_depth),
      root_{0, start} {
  memory.containers.Reset(budget.max_memory_bytes);
  memory.temporary.Reset(budget.max_memory_bytes);
}

Kind Draft::KindOf(Ref value) const {
  if (value.source != kOpened) return NodeOf(value).kind();
  return containers_[value.index].object ? Kind::kObject : Kind::kArray;
}

bool Draft::KeyIs(Ref key, std::string_view name) const {
  const json::Document& source = SourceOf(key);
  const Node& node = source.nodes()[key.index];
  if (node.has_escapes()) return json::Value(&source, key.index).StringEquals(name);
  return node.end - node.begin - 2 == name.size() &&
         query::SameBytes(source.text().data() + node.begin + 1, name.data(), name.size());
}

// --- Finding ---

Ref Draft::Find(Location location) {
  Ref value = root_;
  for (const PathSegment& segment : location) {
    value = FindChild(value, segment);
    if (value == kAbsent) break;
  }
  return value;
}

Ref Draft::FindChild(Ref container, const PathSegment& segment) {
  if (container.source != kOpened) return FindChildInSource(container, segment);
  const Container& opened = containers_[container.index];
  if (!meter_.Take(1 + (opened.object ? opened.count : 0))) return kAbsent;
  const uint32_t slot = FindSlot(opened, segment);
  return slot == kNoSlot ? kAbsent : opened.slots[slot].value;
}

Ref Draft::FindChildInSource(Ref container, const PathSegment& segment) {
  const json::Document& source = SourceOf(container);
  const Node& node = source.nodes()[container.index];
  if (node.kind() == Kind::kObject && MayBeName(segment)) {
    if (!meter_.Take(1 + node.count())) return kAbsent;
    Ref found = kAbsent;
    query::ForEachNamed(source, container.index, segment.name.In(names_), [&](uint32_t value) {
      found = {container.source, value};
      return true;
    });
    return found;
  }
  if (node.kind() != Kind::kArray || !MayBeIndex(segment) || segment.index >= node.count() ||
      !meter_.Take(1 + segment.index)) {
    return kAbsent;
  }
  uint32_t at = container.index + 1;
  for (uint32_t i = 0; i < segment.index; ++i) at = source.nodes()[at].next;
  return {container.source, at};
}

uint32_t Draft::FindSlot(const Container& container, const PathSegment& segment) const {
  if (container.object) {
    return MayBeName(segment) ? FindMember(container, NameOf(segment)) : kNoSlot;
  }
  return MayBeIndex(segment) && segment.index < container.count ? segment.index : kNoSlot;
}

uint32_t Draft::FindMember(const Container& object, const MemberName& name) const {
  for (uint32_t i = object.count; i > 0; --i) {
    if (IsNamed(object.slots[i - 1], name)) return i - 1;
  }
  return kNoSlot;
}

// --- Opening ---

uint32_t Draft::NewContainer(bool object, uint32_t capacity) {
  if (container_count_ == container_capacity_) {
    const uint32_t grown = std::max<uint32_t>(16, 2 * container_capacity_);
    auto* moved = memory_.containers.Allocate<Container>(grown);
    if (moved == nullptr) return kNoContainer;
    std::copy(containers_, containers_ + container_count_, moved);
    containers_ = moved;
    container_capacity_ = grown;
  }
  auto* slots = memory_.containers.Allocate<Slot>(capacity);
  if (slots == nullptr) return kNoContainer;
  containers_[container_count_] = {slots, 0, capacity, object, false};
  return container_count_++;
}

uint32_t Draft::Open(Ref value) {
  const json::Document& source = SourceOf(value);
  const Node* const nodes = source.nodes().data();
  const Node& node = nodes[value.index];
  const bool object = node.kind() == Kind::kObject;
  if (!meter_.Take(1 + node.count())) return kNoContainer;
  const uint32_t number = NewContainer(object, node.count() + 2);
  if (number == kNoContainer) return number;
  Container& container = containers_[number];
  Slot* slot = container.slots;
  for (uint32_t at = value.index + 1; at != node.next; ++slot) {
    const uint32_t child = object ? at + 1 : at;
    *slot = {{value.source, at},
             {value.source, child},
             object ? MarkOfKey(source, nodes[at]) : kEscapedMark};
    at = nodes[child].next;
  }
  container.count = node.count();
  return number;
}

uint32_t Draft::Clone(uint32_t number) {
  const Container original = containers_[number];
  if (!meter_.Take(1 + original.count)) return kNoContainer;
  const uint32_t clone = NewContainer(original.object, original.count + 2);
  if (clone == kNoContainer) return clone;
  for (uint32_t i = 0; i < original.count; ++i) {
    const Slot& slot = original.slots[i];
    containers_[clone].slots[i] = {slot.name, Share(slot.value), slot.mark};
  }
  containers_[clone].count = original.count;
  return clone;
}

uint32_t Draft::Edit(Ref* place) {
  uint32_t number = place->index;
  if (place->source != kOpened) {
    number = Open(*place);
  } else if (containers_[number].shared) {
    number = Clone(number);
  }
  if (number != kNoContainer) *place = {kOpened, number};
  return number;
}

Ref* Draft::EditPlace(Location location) {
  Ref* place = &root_;
  for (const PathSegment& segment : location) {
    if (KindOf(*place) < Kind::kArray) return nullptr;
    const uint32_t number = Edit(place);
    if (number == kNoContainer) return nullptr;
    const Container& container = containers_[number];
    if (!meter_.Take(1 + (container.object ? container.count : 0))) return nullptr;
    const uint32_t slot = FindSlot(container, segment);
    if (slot == kNoSlot) return nullptr;
    place = &container.slots[slot].value;
  }
  return place;
}

Ref Draft::Share(Ref value) {
  if (value.source == kOpened) containers_[value.index].shared = true;
  return value;
}

// --- Changing one container ---

bool Draft::Insert(uint32_t number, uint32_t at, Slot slot) {
  Container& container = containers_[number];
  const uint32_t moved = container.count - at;
  if (!meter_.Take(1 + moved)) return false;
  if (container.count == container.capacity) {
    const uint32_t capacity = 2 * container.capacity + 2;
    auto* grown = memory_.containers.Allocate<Slot>(capacity);
    if (grown == nullptr || !meter_.Take(container.count)) return false;
    std::copy(container.slots, container.slots + container.count, grown);
    container.slots = grown;
    container.capacity = capacity;
  }
  Slot* const place = container.slots + at;
  std::memmove(place + 1, place, moved * sizeof(Slot));
  *place = slot;
  ++container.count;
  return true;
}

// All members of that name but the slot `but`.
void Draft::RemoveNamed(Container& object, const MemberName& name, uint32_t but) {
  meter_.Take(object.count);
  const auto goes = [&](uint32_t i) { return i != but && IsNamed(object.slots[i], name); };
  uint32_t kept = 0;
  while (kept < object.count && !goes(kept)) ++kept;
  for (uint32_t i = kept + 1; i < object.count; ++i) {
    if (!goes(i)) object.slots[kept++] = object.slots[i];
  }
  object.count = kept;
}

Ref Draft::Wrap(uint32_t key, Ref value) {
  const uint32_t number = NewContainer(true, 1);
  if (number == kNoContainer) return kAbsent;
  Container& object = containers_[number];
  object.slots[0] = {{1, key}, value, MarkOfKey(*sources_[1], sources_[1]->nodes()[key])};
  object.count = 1;
  return {kOpened, number};
}

// --- Writing as set does ---

bool Draft::Write(Location path, Ref value, Where where) {
  if (where == Where::kOnlyWhereNothingIs) {
    // Opens nothing where nothing is to be done, which is what defaults mostly find.
    const bool wild = std::any_of(path.begin(), path.end(), [](const PathSegment& segment) {
      return segment.kind == PathSegment::Kind::kWildcard;
    });
    if (!wild && Find(path) != kAbsent) return false;
  }
  return WriteAt(&root_, path, value, where) && !exhausted();
}

bool Draft::WriteAt(Ref* place, Location path, Ref value, Where where) {
  if (path.empty()) {
    if (where == Where::kOnlyWhereNothingIs) return false;
    *place = value;
    return true;
  }
  const Kind kind = KindOf(*place);
  if (kind < Kind::kArray) return false;
  const uint32_t number = Edit(place);
  if (number == kNoContainer) return false;
  if (path[0].kind == PathSegment::Kind::kWildcard) {
    bool any = false;
    for (uint32_t i = 0; i < containers_[number].count && !exhausted(); ++i) {
      any = WriteAt(&containers_[number].slots[i].value, path.subspan(1), value, where) || any;
    }
    return any;
  }
  return kind == Kind::kObject ? WriteToMember(number, path, value, where)
                               : WriteToElement(number, path, value, where);
}

bool Draft::WriteToMember(uint32_t number, Location path, Ref value, Where where) {
  if (!MayBeName(path[0])) return false;
  const MemberName name = NameOf(path[0]);
  if (!meter_.Take(1 + containers_[number].count)) return false;
  const uint32_t slot = FindMember(containers_[number], name);
  if (slot == kNoSlot) {
    if (!CanCreate(path.subspan(1))) return false;
    const Ref created = NewValue(path.subspan(1), value);
    return created != kAbsent &&
           Insert(number, containers_[number].count, {name.key, created, name.mark});
  }
  Slot* const slots = containers_[number].slots;
  if (!WriteAt(&slots[slot].value, path.subspan(1), value, where)) return false;
  if (path.size() == 1) RemoveNamed(containers_[number], name, slot);
  return true;
}

bool Draft::WriteToElement(uint32_t number, Location path, Ref value, Where where) {
  const uint32_t count = containers_[number].count;
  const bool end = path[0].kind == PathSegment::Kind::kEnd && path.size() == 1;
  if (!end && !MayBeIndex(path[0])) return false;
  const uint32_t index = end ? count : path[0].index;
  if (index < count) {
    return WriteAt(&containers_[number].slots[index].value, path.subspan(1), value, where);
  }
  if (index > count || !CanCreate(path.subspan(1))) return false;
  const Ref created = NewValue(path.subspan(1), value);
  return created != kAbsent && Insert(number, count, {kAbsent, created, kEscapedMark});
}

// Whether the rest of a path can be made where there is nothing: of objects.
bool Draft::CanCreate(Location path) { return std::all_of(path.begin(), path.end(), MayBeName); }

Ref Draft::NewValue(Location path, Ref value) {
  for (size_t i = path.size(); i > 0 && value != kAbsent; --i) value = Wrap(path[i - 1].key, value);
  return value;
}

// Whether Write would succeed at a location.
bool Draft::CanWrite(Location location) {
  Ref value = root_;
  for (size_t i = 0; i < location.size(); ++i) {
    const Kind kind = KindOf(value);
    if (kind < Kind::kArray) return false;
    const Ref child = FindChild(value, location[i]);
    if (child == kAbsent) {
      const Location rest = location.subspan(i + 1);
      if (kind == Kind::kObject) return MayBeName(location[i]) && CanCreate(rest);
      if (location[i].kind == PathSegment::Kind::kEnd) return rest.empty();
      const uint32_t count =
          value.source == kOpened ? containers_[value.index].count : NodeOf(value).count();
      return MayBeIndex(location[i]) && location[i].index == count && CanCreate(rest);
    }
    value = child;
  }
  return true;
}

// --- Writing as JSON Patch does ---

bool Draft::Add(Location location, Ref value) {
  if (location.empty()) {
    root_ = value;
    return true;
  }
  const PathSegment& last = location.back();
  const Location way = location.first(location.size() - 1);
  Ref* const place = EditPlace(way);
  if (place == nullptr) return false;
  const Kind kind = KindOf(*place);
  const uint32_t number = kind < Kind::kArray ? kNoContainer : Edit(place);
  if (number == kNoContainer) return false;
  if (kind == Kind::kObject) return WriteToMember(number, {&last, 1}, value, Where::kEverywhere);
  const uint32_t count = containers_[number].count;
  const bool end = last.kind == PathSegment::Kind::kEnd;
  if (!end && (!MayBeIndex(last) || last.index > count)) return false;
  return Insert(number, end ? count : last.index, {kAbsent, value, kEscapedMark});
}

bool Draft::Replace(Location location, Ref value) {
  if (Find(location) == kAbsent) return false;
  return WriteAt(&root_, location, value, Where::kEverywhere);
}

Ref Draft::Remove(Location location) {
  if (location.empty()) return kAbsent;
  Ref* const place = EditPlace(location.first(location.size() - 1));
  if (place == nullptr || KindOf(*place) < Kind::kArray) return kAbsent;
  const uint32_t number = Edit(place);
  if (number == kNoContainer) return kAbsent;
  Container& container = containers_[number];
  const uint32_t slot = FindSlot(container, location.back());
  if (slot == kNoSlot) return kAbsent;
  const Ref value = container.slots[slot].value;
  if (container.object) {
    RemoveNamed(container, NameOf(location.back()), kNoSlot);
  } else {
    meter_.Take(container.count - slot);
    std::copy(container.slots + slot + 1, container.slots + container.count,
              container.slots + slot);
    --container.count;
  }
  return value;
}

void Draft::Move(Location from, Location to) {
  if (from.empty() || Find(from) == kAbsent) return;
  const Ref parent = Find(from.first(from.size() - 1));
  if (parent == kAbsent) return;  // out of steps
  const bool in_object = KindOf(parent) == Kind::kObject;
  // Taking a member out doesn't change where else can be written; taking an element out does.
  if (in_object && !CanWrite(to)) return;
  const Ref value = Remove(from);
  if (value == kAbsent || Write(to, value, Where::kEverywhere) || in_object) return;
  // Remove has opened the array, and a Write that fails leaves it where it is.
  Ref* const place = EditPlace(from.first(from.size() - 1));
  if (place == nullptr) return;
  const uint32_t number = Edit(place);
  if (number != kNoContainer) Insert(number, from.back().index, {kAbsent, value, kEscapedMark});
}

}  // namespace sluice::transform

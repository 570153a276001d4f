// Draft: merging (RFC 7396) and comparing.
#include <algorithm>
#include <optional>

#include "sluice/query/compare.h"
#include "sluice/transform/draft.h"

namespace sluice::transform {

using json::Kind;
using json::Node;

namespace {

// Up to here looking at all members of a patch is faster than halving.
constexpr uint32_t kFew = 8;

int CompareNames(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

}  // namespace

// With escapes decoded into temporary memory.
MemberName Draft::NameOfKey(Ref key) {
  const json::Value value(&SourceOf(key), key.index);
  if (!value.has_escapes()) return {key, value.raw_string()};
  const size_t size = value.raw_string().size();
  char* const buffer = memory_.temporary.Allocate<char>(size);
  if (buffer == nullptr || !meter_.TakeForText(size)) return {key, {}};
  return {key, value.string(absl::MakeSpan(buffer, size)).value_or(std::string_view())};
}

Draft::PatchMembers Draft::MembersOf(Ref patch) {
  const absl::Span<const Node> nodes = SourceOf(patch).nodes();
  const Node& object = nodes[patch.index];
  const uint32_t count = object.count();
  auto* const list = memory_.temporary.Allocate<PatchMember>(count);
  if (list == nullptr || !meter_.Take(1 + count)) return {};
  PatchMember* member = list;
  for (uint32_t key = patch.index + 1; key != object.next; key = nodes[key + 1].next) {
    *member++ = {NameOfKey({patch.source, key}), {patch.source, key + 1}, kNoSlot, false};
  }
  PatchMembers members = {{list, count}, {}};
  if (count > kFew) {
    members.by_name = SortByName(members.list);
    return members;
  }
  for (uint32_t i = 1; i < count; ++i) {
    for (uint32_t before = 0; before < i; ++before) {
      if (list[before].name.text == list[i].name.text) list[before].superseded = true;
    }
  }
  return members;
}

absl::Span<const uint32_t> Draft::SortByName(absl::Span<PatchMember> members) {
  const auto count = static_cast<uint32_t>(members.size());
  auto* const order = memory_.temporary.Allocate<uint32_t>(count);
  auto* const buffer = memory_.temporary.Allocate<uint32_t>(count);
  if (order == nullptr || buffer == nullptr) return {};
  for (uint32_t i = 0; i < count; ++i) order[i] = i;
  // Stable: of equal names the last comes last.
  query::SortIndices({order, count}, buffer, [&](uint32_t a, uint32_t b) {
    const std::string_view x = members[a].name.text;
    const std::string_view y = members[b].name.text;
    return meter_.TakeForText(std::min(x.size(), y.size())) && CompareNames(x, y) < 0;
  });
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    PatchMember* const last = kept == 0 ? nullptr : &members[order[kept - 1]];
    if (last != nullptr && last->name.text == members[order[i]].name.text) {
      last->superseded = true;
      --kept;
    }
    order[kept++] = order[i];
  }
  return {order, kept};
}

// The number in the list of the member that is named as the slot is, or kNoSlot.
uint32_t Draft::FindIn(const PatchMembers& members, const Slot& slot) {
  if (members.by_name.empty()) {
    for (uint32_t i = 0; i < members.list.size(); ++i) {
      if (!members.list[i].superseded && IsNamed(slot, members.list[i].name)) return i;
    }
    return kNoSlot;
  }
  const query::Arena::Mark mark = memory_.temporary.mark();
  const std::string_view name = NameOfKey(slot.name).text;
  const uint32_t* const found =
      std::lower_bound(members.by_name.begin(), members.by_name.end(), name,
                       [&](uint32_t member, std::string_view wanted) {
                         return CompareNames(members.list[member].name.text, wanted) < 0;
                       });
  const bool same = found != members.by_name.end() && members.list[*found].name.text == name;
  memory_.temporary.Rewind(mark);
  return same ? *found : kNoSlot;
}

Ref Draft::Merge(Ref target, Ref patch) {
  if (exhausted() || KindOf(patch) != Kind::kObject) return patch;
  if (target == kAbsent || KindOf(target) != Kind::kObject) return Stripped(patch);
  if (NodeOf(patch).count() == 0) return target;
  const uint32_t number = Edit(&target);
  if (number == kNoContainer) return target;
  const query::Arena::Mark mark = memory_.temporary.mark();
  const PatchMembers members = MembersOf(patch);
  if (!exhausted()) MergeInto(number, members);
  memory_.temporary.Rewind(mark);
  return target;
}

void Draft::MergeInto(uint32_t number, const PatchMembers& members) {
  const uint32_t count = containers_[number].count;
  Slot* const slots = containers_[number].slots;  // stay where they are until something is added
  auto* const matches = memory_.temporary.Allocate<uint32_t>(count);
  if (matches == nullptr || !meter_.Take(2 * uint64_t{count})) return;
  bool removes = false;
  for (uint32_t i = 0; i < count; ++i) {
    matches[i] = FindIn(members, slots[i]);
    if (matches[i] == kNoSlot) continue;
    PatchMember& member = members.list[matches[i]];
    removes = removes || member.slot != kNoSlot || KindOf(member.value) == Kind::kNull;
    member.slot = i;
  }
  for (const PatchMember& member : members.list) {
    if (member.slot == kNoSlot || KindOf(member.value) == Kind::kNull) continue;
    slots[member.slot].value = Merge(slots[member.slot].value, member.value);
  }
  if (removes) RemoveMatched(number, members, matches);
  for (const PatchMember& member : members.list) {
    if (member.slot != kNoSlot || member.superseded || KindOf(member.value) == Kind::kNull)
      continue;
    const Ref value = Merge(kAbsent, member.value);
    if (!Insert(number, containers_[number].count, {member.name.key, value, member.name.mark})) {
      return;
    }
  }
}

// What a patch sets to null, and all but the last member of a name that it sets.
void Draft::RemoveMatched(uint32_t number, const PatchMembers& members, const uint32_t* matches) {
  Container& object = containers_[number];
  uint32_t kept = 0;
  for (uint32_t i = 0; i < object.count; ++i) {
    if (matches[i] != kNoSlot) {
      const PatchMember& member = members.list[matches[i]];
      if (member.slot != i || KindOf(member.value) == Kind::kNull) continue;
    }
    object.slots[kept++] = object.slots[i];
  }
  object.count = kept;
}

// What a patch makes of nothing: itself, without members that are null or superseded.
Ref Draft::Stripped(Ref patch) {
  const query::Arena::Mark mark = memory_.temporary.mark();
  const PatchMembers members = MembersOf(patch);
  bool same = true;
  uint32_t count = 0;
  for (PatchMember& member : members.list) {
    if (KindOf(member.value) == Kind::kNull) member.superseded = true;
    same = same && !member.superseded;
    if (member.superseded) continue;
    ++count;
    if (KindOf(member.value) != Kind::kObject) continue;
    const Ref stripped = Stripped(member.value);
    same = same && stripped == member.value;
    member.value = stripped;
  }
  if (!same && !exhausted()) {
    const uint32_t number = NewContainer(true, count);
    if (number != kNoContainer) {
      Container& object = containers_[number];
      for (const PatchMember& member : members.list) {
        if (!member.superseded)
          object.slots[object.count++] = {member.name.key, member.value, member.name.mark};
      }
      patch = {kOpened, number};
    }
  }
  memory_.temporary.Rewind(mark);
  return patch;
}

bool Draft::Equal(Ref a, Ref b) {
  const query::Arena::Mark mark = memory_.temporary.mark();
  const query::Item x = ItemOf(a, 0);
  const query::Item y = ItemOf(b, 0);
  const bool equal =
      !exhausted() && query::Comparer(meter_, memory_.temporary).Equal(x, y) && !exhausted();
  memory_.temporary.Rewind(mark);
  return equal;
}

query::Item Draft::ItemOf(Ref value, uint32_t depth) {
  if (value.source != kOpened) return query::Item::Node(&SourceOf(value), value.index);
  const Container& container = containers_[value.index];
  too_deep_ = too_deep_ || depth >= max_depth_;
  const uint32_t width = container.object ? 2 : 1;
  if (exhausted() || !meter_.Take(1 + container.count)) return query::Item::Null();
  auto* const items = memory_.temporary.Allocate<query::Item>(size_t{width} * container.count);
  if (items == nullptr) return query::Item::Null();
  query::Item* item = items;
  for (uint32_t i = 0; i < container.count; ++i) {
    const Slot& slot = container.slots[i];
    if (container.object) *item++ = query::Item::Node(&SourceOf(slot.name), slot.name.index);
    *item++ = ItemOf(slot.value, depth + 1);
  }
  return container.object ? query::Item::Object(items, container.count)
                          : query::Item::Array(items, container.count);
}

}  // namespace sluice::transform

// Functions that apply an expression to elements, put them in an order, or merge objects.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sluice/query/jmespath_runner.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

// Later objects win; a name stays where it first was. O(members log members).
Item JmesPathRunner::Merge(absl::Span<const Item> objects) {
  const size_t base = scratch_.stack.size();
  for (const Item& object : objects) {
    if (!meter_.Take(1 + object.count())) return Item::Null();
    for (Children child(object); !child.done(); child.Next()) {
      Push(child.key());
      Push(child.value());
    }
  }
  const uint32_t count = static_cast<uint32_t>((scratch_.stack.size() - base) / 2);
  Item* pairs = const_cast<Item*>(TakeFrom(base));
  std::string_view* keys = scratch_.arena.Allocate<std::string_view>(count);
  uint32_t* order = scratch_.arena.Allocate<uint32_t>(count);
  uint32_t* buffer = scratch_.arena.Allocate<uint32_t>(count);
  if (pairs == nullptr || keys == nullptr || order == nullptr || buffer == nullptr) {
    return Item::Null();
  }
  for (uint32_t i = 0; i < count; ++i) {
    keys[i] = comparer_.Text(pairs[2 * i]);
    order[i] = i;
  }
  SortIndices({order, count}, buffer, [&](uint32_t a, uint32_t b) {
    return meter_.TakeForText(std::min(keys[a].size(), keys[b].size())) && keys[a] < keys[b];
  });
  for (uint32_t i = 0; i < count;) {
    uint32_t last = i;
    while (last + 1 < count && keys[order[last + 1]] == keys[order[i]]) ++last;
    pairs[2 * order[i] + 1] = pairs[2 * order[last] + 1];
    for (uint32_t other = i + 1; other <= last; ++other) pairs[2 * order[other]] = Item();
    i = last + 1;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (!pairs[2 * i].present()) continue;
    pairs[2 * kept] = pairs[2 * i];
    pairs[2 * kept + 1] = pairs[2 * i + 1];
    ++kept;
  }
  return Item::Object(pairs, kept);
}

Item JmesPathRunner::MapArray(const Item& array, const Part& each) {
  const size_t base = scratch_.stack.size();
  for (Children child(array); !child.done() && meter_.Take(each.mark) && !Stopped(); child.Next()) {
    Push(Evaluate(each.expression, child.value()));
  }
  return ArrayFrom(base);
}

Item JmesPathRunner::ByKey(const Item& array, const Part& key, Pick pick) {
  const uint32_t count = array.count();
  if (count == 0) return pick == Pick::kAll ? array : Item::Null();
  Item* keys = scratch_.arena.Allocate<Item>(count);
  Item* values = scratch_.arena.Allocate<Item>(count);
  if (keys == nullptr || values == nullptr) return Item::Null();
  const uint32_t offset = offset_;
  uint32_t at = 0;
  for (Children child(array); !child.done(); child.Next(), ++at) {
    if (!meter_.Take(key.mark) || Stopped()) return Item::Null();
    values[at] = child.value();
    keys[at] = Evaluate(key.expression, values[at]);
    if (keys[at].is(Kind::kString)) keys[at] = Item::String(comparer_.Text(keys[at]));
  }
  offset_ = offset;
  if (Stopped() || !CheckKeys({keys, count})) return Item::Null();
  if (pick == Pick::kAll) return Sorted({keys, count}, {values, count});
  return Extreme({keys, count}, {values, count}, pick);
}

bool JmesPathRunner::CheckKeys(absl::Span<const Item> keys) {
  const uint8_t wanted = TypeOf(keys[0]);
  for (const Item& key : keys) {
    const uint8_t found = TypeOf(key);
    if (found == wanted && (found == kNumber || found == kString)) continue;
    Fail(Error::kInvalidType,
         absl::StrCat("only numbers, or only strings, have an order; found ",
                      found == wanted
                          ? DescribeTypes(found)
                          : absl::StrCat(DescribeTypes(found), " beside ", DescribeTypes(wanted))));
    return false;
  }
  return true;
}

// The first of equals.
Item JmesPathRunner::Extreme(absl::Span<const Item> keys, absl::Span<const Item> values,
                             Pick pick) {
  size_t best = 0;
  for (size_t i = 1; i < keys.size() && !Stopped(); ++i) {
    const int order = comparer_.Order(keys[i], keys[best]);
    if (pick == Pick::kLeast ? order < 0 : order > 0) best = i;
  }
  return values[best];
}

Item JmesPathRunner::Sorted(absl::Span<const Item> keys, absl::Span<const Item> values) {
  const size_t count = keys.size();
  uint32_t* order = scratch_.arena.Allocate<uint32_t>(count);
  uint32_t* buffer = scratch_.arena.Allocate<uint32_t>(count);
  Item* sorted = scratch_.arena.Allocate<Item>(count);
  if (order == nullptr || buffer == nullptr || sorted == nullptr) return Item::Null();
  for (uint32_t i = 0; i < count; ++i) order[i] = i;
  SortIndices({order, count}, buffer, [&](uint32_t a, uint32_t b) {
    return !meter_.exhausted() && comparer_.Order(keys[a], keys[b]) < 0;
  });
  for (size_t i = 0; i < count; ++i) sorted[i] = values[order[i]];
  return Item::Array(sorted, static_cast<uint32_t>(count));
}

}  // namespace sluice::query

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "sluice/base/sort.h"
#include "sluice/policy/router.h"

namespace sluice::policy {
namespace {

void AppendKeyWord(uint32_t word, std::string& key) {
  for (uint32_t shift = 0; shift < 32; shift += 8) key.push_back(static_cast<char>(word >> shift));
}

}  // namespace

RouterBuilder::RouterBuilder(StringInterner& pool) : pool_(pool) {}

StringRef RouterBuilder::Keep(std::string_view text) { return pool_.strings()[pool_.Intern(text)]; }

uint32_t RouterBuilder::Descend(uint32_t parent, const TemplateSegment& segment) {
  const bool literal = segment.kind == SegmentKind::kLiteral;
  std::string key;
  AppendKeyWord(parent, key);
  AppendKeyWord(static_cast<uint32_t>(segment.kind), key);
  if (literal) key += segment.text;
  const uint32_t node = 1 + edge_keys_.Intern(key);
  if (node > edges_.size()) {
    edges_.push_back({parent, node, segment.kind, Keep(literal ? segment.text : "")});
  }
  return node;
}

void RouterBuilder::Add(RouterInput input) {
  uint32_t node = 0;
  bool rest = false;
  for (const TemplateSegment& segment : input.path->segments) {
    rest = segment.kind == SegmentKind::kRest;
    if (!rest) node = Descend(node, segment);
  }
  const RouterCandidate candidate = {route_count_++, input.methods,
                                     static_cast<uint32_t>(conditions.size()),
                                     static_cast<uint32_t>(input.conditions.size())};
  conditions.insert(conditions.end(), input.conditions.begin(), input.conditions.end());
  if (input.hosts.empty()) input.hosts.emplace_back();
  for (const std::string& host : input.hosts) {
    entries_.push_back({node, rest, Keep(host), candidate});
  }
}

std::vector<RouterBuilder::Shadow> RouterBuilder::Finish() {
  nodes.assign(edges_.size() + 1, {0, 0, kAbsent, 0, 0, 0, 0, 0});
  std::vector<Shadow> shadows = FindShadows();
  FinishChildren();
  FinishBuckets();
  return shadows;
}

void RouterBuilder::FinishChildren() {
  // Children have higher numbers than their parents, so from the back every node is final when its
  // parent needs it.
  std::vector<uint32_t> visits(nodes.size(), 1);
  std::vector<uint32_t> worst_literal(nodes.size(), 0);
  for (size_t i = edges_.size(); i > 0; --i) {
    const Edge& edge = edges_[i - 1];
    const uint32_t below = std::min(visits[edge.node] + worst_literal[edge.node], kMaxVisits + 1);
    if (edge.kind == SegmentKind::kLiteral) {
      worst_literal[edge.parent] = std::max(worst_literal[edge.parent], below);
    } else {
      visits[edge.parent] += below;
    }
  }
  worst_visits_ = visits[0] + worst_literal[0];

  Sort(edges_.begin(), edges_.end(), [this](const Edge& a, const Edge& b) {
    const std::string_view x = a.literal.In(pool_.pool());
    const std::string_view y = b.literal.In(pool_.pool());
    return std::tuple(a.parent, x.size(), x) < std::tuple(b.parent, y.size(), y);
  });
  for (const Edge& edge : edges_) {
    RouterNode& parent = nodes[edge.parent];
    if (edge.kind != SegmentKind::kLiteral) {
      parent.parameter_child = edge.node;
      continue;
    }
    if (parent.child_count++ == 0) parent.first_child = static_cast<uint32_t>(children.size());
    children.push_back({edge.literal, edge.node});
  }
}

bool RouterBuilder::SameBucket(const Entry& a, const Entry& b) const {
  return a.node == b.node && a.rest == b.rest && a.host.In(pool_.pool()) == b.host.In(pool_.pool());
}

void RouterBuilder::FinishBuckets() {
  Sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    const std::string_view x = a.host.In(pool_.pool());
    const std::string_view y = b.host.In(pool_.pool());
    return std::tuple(a.node, a.rest, x.size(), x, b.candidate.condition_count, a.candidate.route) <
           std::tuple(b.node, b.rest, y.size(), y, a.candidate.condition_count, b.candidate.route);
  });
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (i == 0 || !SameBucket(entries_[i - 1], entry)) {
      RouterNode& node = nodes[entry.node];
      uint32_t& first = entry.rest ? node.first_rest_bucket : node.first_bucket;
      uint32_t& count = entry.rest ? node.rest_bucket_count : node.bucket_count;
      if (count++ == 0) first = static_cast<uint32_t>(buckets.size());
      buckets.push_back({entry.host, static_cast<uint32_t>(candidates.size()), 0});
    }
    ++buckets.back().candidate_count;
    candidates.push_back(entry.candidate);
  }
}

bool RouterBuilder::SameConditions(const RouterCandidate& a, const RouterCandidate& b) const {
  return !ConditionsLess(a, b) && !ConditionsLess(b, a);
}

bool RouterBuilder::ConditionsLess(const RouterCandidate& a, const RouterCandidate& b) const {
  const absl::Span<const RouterCondition> all(conditions);
  const auto x = all.subspan(a.first_condition, a.condition_count);
  const auto y = all.subspan(b.first_condition, b.condition_count);
  // Equal strings lie at equal offsets, as the pool keeps each once.
  return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end(),
                                      [](const RouterCondition& c, const RouterCondition& d) {
                                        return std::tuple(c.slot, c.value.offset, c.value.length) <
                                               std::tuple(d.slot, d.value.offset, d.value.length);
                                      });
}

std::vector<RouterBuilder::Shadow> RouterBuilder::FindShadows() {
  std::vector<Entry*> order;
  order.reserve(entries_.size());
  for (Entry& entry : entries_) order.push_back(&entry);
  Sort(order.begin(), order.end(), [this](const Entry* a, const Entry* b) {
    const auto x = std::tuple(a->node, a->rest, a->host.offset, a->host.length);
    const auto y = std::tuple(b->node, b->rest, b->host.offset, b->host.length);
    if (x != y) return x < y;
    if (ConditionsLess(a->candidate, b->candidate)) return true;
    if (ConditionsLess(b->candidate, a->candidate)) return false;
    return a->candidate.route < b->candidate.route;
  });
  std::vector<Shadow> shadows;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    for (end = begin; end < order.size() && SameBucket(*order[begin], *order[end]) &&
                      SameConditions(order[begin]->candidate, order[end]->candidate);) {
      ++end;
    }
    SettleMethods(absl::MakeSpan(order).subspan(begin, end - begin), shadows);
  }
  return WholeRoutes(std::move(shadows));
}

std::vector<RouterBuilder::Shadow> RouterBuilder::WholeRoutes(std::vector<Shadow> shadows) const {
  std::vector<uint32_t> entries_left(route_count_, 0);
  for (const Entry& entry : entries_) ++entries_left[entry.candidate.route];
  for (const Shadow& shadow : shadows) --entries_left[shadow.route];
  Sort(shadows.begin(), shadows.end(), [](const Shadow& a, const Shadow& b) {
    return std::tuple(a.route, a.by) < std::tuple(b.route, b.by);
  });
  std::vector<Shadow> whole;
  for (const Shadow& shadow : shadows) {
    const bool is_new = whole.empty() || whole.back().route != shadow.route;
    if (is_new && entries_left[shadow.route] == 0) whole.push_back(shadow);
  }
  return whole;
}

void RouterBuilder::SettleMethods(absl::Span<Entry*> group, std::vector<Shadow>& shadows) {
  uint32_t taken = 0;
  bool explicit_head = false;
  for (const Entry* entry : group) {
    const RouterCandidate& candidate = entry->candidate;
    if ((candidate.methods & ~taken) == 0) {
      const auto by = std::find_if(group.begin(), group.end(), [&](const Entry* other) {
        return (other->candidate.methods & candidate.methods) != 0;
      });
      shadows.push_back({candidate.route, (*by)->candidate.route});
    }
    taken |= candidate.methods;
    explicit_head |= candidate.methods != kAllMethods && (candidate.methods & kHeadBit) != 0;
  }
  if (explicit_head) return;
  for (Entry* entry : group) {
    if ((entry->candidate.methods & kGetBit) != 0) entry->candidate.methods |= kHeadBit;
  }
}

}  // namespace sluice::policy

#include "sluice/policy/router.h"

#include <algorithm>
#include <cstring>

#include "sluice/policy/path.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxHostBytes = 255;

// Shorter first: most comparisons end at the length.
bool ShorterOrLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool ConditionsHold(absl::Span<const RouterCondition> conditions, std::string_view pool,
                    const Facts& facts) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const RouterCondition& condition) {
    const std::optional<std::string_view> value = facts.Get(condition.slot);
    return value.has_value() && *value == condition.value.In(pool);
  });
}

// One request's walk through the trie.
class Walk {
 public:
  Walk(const Router& router, std::string_view path, std::string_view host, uint32_t method,
       const Facts& facts, Captures& captures)
      : router_(router),
        path_(path),
        host_(host.size() <= kMaxHostBytes ? host : ""),
        method_(method),
        facts_(facts),
        captures_(captures),
        encoded_(path.find('%') != std::string_view::npos) {}

  Router::Result Run();

 private:
  // A branch to be taken if those before it lead nowhere.
  struct Pending {
    uint32_t node;
    uint32_t slash;
    uint32_t parameters;
    bool rest;
  };

  bool Visit();      // false if there is no literal child to go to
  bool Backtrack();  // false if there is nothing left
  bool TakeRest();
  bool Choose(uint32_t first_bucket, uint32_t bucket_count);
  bool ChooseHost(absl::Span<const RouterBucket> buckets, std::string_view host);
  bool ChooseCandidate(const RouterBucket& bucket);
  uint32_t FindChild(const RouterNode& node, std::string_view segment) const;

  const Router& router_;
  std::string_view path_;
  std::string_view host_;
  uint32_t method_;
  const Facts& facts_;
  Captures& captures_;
  bool encoded_;

  Router::Result result_;
  uint32_t node_ = 0;
  uint32_t slash_ = 0;
  uint32_t parameters_ = 0;
  // At each of at most kMaxSegments + 1 depths at most two branches wait.
  std::array<Pending, 2 * (kMaxSegments + 1)> pending_;
  size_t pending_count_ = 0;
};

Router::Result Walk::Run() {
  if (router_.nodes.empty()) return result_;
  while (result_.route == kAbsent) {
    if (!Visit() && result_.route == kAbsent && !Backtrack()) break;
  }
  return result_;
}

bool Walk::Visit() {
  const RouterNode& node = router_.nodes[node_];
  if (slash_ == path_.size()) {
    if (Choose(node.first_bucket, node.bucket_count)) return false;
    TakeRest();
    return false;
  }
  const std::string_view segment = SegmentAt(path_, slash_);
  if (node.rest_bucket_count != 0) pending_[pending_count_++] = {node_, slash_, parameters_, true};
  if (node.parameter_child != kAbsent && !segment.empty()) {
    pending_[pending_count_++] = {node_, slash_, parameters_, false};
  }
  const uint32_t child = FindChild(node, segment);
  if (child == kAbsent) return false;
  node_ = child;
  slash_ += 1 + static_cast<uint32_t>(segment.size());
  return true;
}

bool Walk::Backtrack() {
  while (pending_count_ != 0) {
    const Pending& branch = pending_[--pending_count_];
    node_ = branch.node;
    slash_ = branch.slash;
    parameters_ = branch.parameters;
    if (branch.rest) {
      if (TakeRest()) return false;
      continue;
    }
    const auto end = slash_ + 1 + static_cast<uint32_t>(SegmentAt(path_, slash_).size());
    captures_[parameters_++] = {slash_ + 1, end};
    node_ = router_.nodes[node_].parameter_child;
    slash_ = end;
    return true;
  }
  return false;
}

bool Walk::TakeRest() {
  const RouterNode& node = router_.nodes[node_];
  if (node.rest_bucket_count == 0) return false;
  captures_[parameters_] = {slash_, static_cast<uint32_t>(path_.size())};
  return Choose(node.first_rest_bucket, node.rest_bucket_count);
}

bool Walk::Choose(uint32_t first_bucket, uint32_t bucket_count) {
  const absl::Span<const RouterBucket> buckets =
      router_.buckets.subspan(first_bucket, bucket_count);
  if (buckets.empty()) return false;
  const bool any_host_only = buckets.size() == 1 && buckets[0].host.length == 0;
  if (!any_host_only && !host_.empty() && host_[0] != '.') {
    if (ChooseHost(buckets, host_)) return true;
    for (size_t dot = host_.find('.'); dot != std::string_view::npos;
         dot = host_.find('.', dot + 1)) {
      if (ChooseHost(buckets, host_.substr(dot))) return true;
    }
  }
  return buckets[0].host.length == 0 && ChooseCandidate(buckets[0]);
}

bool Walk::ChooseHost(absl::Span<const RouterBucket> buckets, std::string_view host) {
  const auto* found = std::lower_bound(buckets.begin(), buckets.end(), host,
                                       [this](const RouterBucket& bucket, std::string_view h) {
                                         return ShorterOrLess(bucket.host.In(router_.pool), h);
                                       });
  if (found == buckets.end() || found->host.In(router_.pool) != host) return false;
  return ChooseCandidate(*found);
}

bool Walk::ChooseCandidate(const RouterBucket& bucket) {
  for (const RouterCandidate& candidate :
       router_.candidates.subspan(bucket.first_candidate, bucket.candidate_count)) {
    const absl::Span<const RouterCondition> conditions =
        router_.conditions.subspan(candidate.first_condition, candidate.condition_count);
    if (!ConditionsHold(conditions, router_.pool, facts_)) continue;
    if ((candidate.methods & method_) != 0) {
      result_.route = candidate.route;
      return true;
    }
    result_.allow |= candidate.methods;
  }
  return false;
}

uint32_t Walk::FindChild(const RouterNode& node, std::string_view segment) const {
  if (node.child_count == 0) return kAbsent;
  char decoded[kMaxLiteralBytes];
  if (encoded_ && segment.find('%') != std::string_view::npos) {
    const std::optional<size_t> length = DecodeSegment(segment, decoded, sizeof(decoded));
    if (!length.has_value()) return kAbsent;
    segment = std::string_view(decoded, *length);
  }
  const absl::Span<const RouterChild> children =
      router_.children.subspan(node.first_child, node.child_count);
  const auto* found = std::lower_bound(children.begin(), children.end(), segment,
                                       [this](const RouterChild& c, std::string_view s) {
                                         return ShorterOrLess(c.literal.In(router_.pool), s);
                                       });
  const bool equal = found != children.end() && found->literal.In(router_.pool) == segment;
  return equal ? found->node : kAbsent;
}

}  // namespace

uint32_t MethodBit(std::string_view method) {
  for (size_t i = 0; i < kMethods.size(); ++i) {
    if (kMethods[i] == method) return 1u << i;
  }
  return kOtherMethodBit;
}

Router::Result Router::Match(std::string_view path, std::string_view host, uint32_t method,
                             const Facts& facts, Captures& captures) const {
  return Walk(*this, path, host, method, facts, captures).Run();
}

}  // namespace sluice::policy

#include <algorithm>
#include <utility>

#include "sluice/base/utf8.h"
#include "sluice/regex/simple_pattern.h"

namespace sluice::regex {
namespace {

// Where a pattern may begin anywhere, so much is tried at each place.
constexpr size_t kMaxSearchedPoints = 32;
// More in one set is left to RE2: a search among them takes longer than its automaton.
constexpr size_t kMaxRanges = 1024;

bool CoversAllBeyondAscii(absl::Span<const CodeRange> ranges) {
  return ranges.size() == 1 && ranges[0].first == 0x80 && ranges[0].last == kLastCodePoint;
}

bool IsSurrogate(uint32_t point) { return point >= kHighSurrogate && point < kAfterSurrogates; }

}  // namespace

std::optional<SimplePattern> SimplePattern::Recognize(const Pattern& pattern) {
  SimplePattern simple;
  if (!simple.ReadNodes(pattern) || !simple.IsDeterministic(simple.steps_) ||
      !simple.PreparePart()) {
    return std::nullopt;
  }
  simple.steps_.shrink_to_fit();
  simple.part_.shrink_to_fit();
  return simple;
}

bool SimplePattern::ReadNodes(const Pattern& pattern) {
  for (const Node& node : pattern.nodes) {
    if (node.fold_case) return false;
    switch (node.kind) {
      case NodeKind::kBegin:
        if (!steps_.empty() || ends_) return false;
        begins_ = true;
        break;
      case NodeKind::kEnd:
        ends_ = true;
        break;
      case NodeKind::kGroup:
        if (node.IsRepeated()) return false;
        break;
      case NodeKind::kCharacter:
        if (ends_ || IsSurrogate(node.value)) return false;
        if (node.IsRepeated()) {
          CharacterSet set;
          set.Add(node.value, node.value);
          AddSet(set, node);
        } else {
          AddLiteral(node.value);
        }
        break;
      case NodeKind::kSet:
        if (ends_) return false;
        AddSet(pattern.sets[node.value], node);
        break;
      default:
        return false;
    }
    if (ranges_.size() > kMaxRanges) return false;
  }
  return true;
}

void SimplePattern::AddLiteral(uint32_t point) {
  if (steps_.empty() || !steps_.back().is_literal) {
    Step step;
    step.is_literal = true;
    step.begin = static_cast<uint32_t>(text_.size());
    steps_.push_back(step);
  }
  AppendUtf8(point, &text_);
  steps_.back().end = static_cast<uint32_t>(text_.size());
}

void SimplePattern::AddSet(const CharacterSet& set, const Node& node) {
  if (node.most == 0) return;
  Step step;
  step.least = node.least;
  step.most = node.most;
  step.begin = static_cast<uint32_t>(ranges_.size());
  for (const CodeRange& range : set.ranges()) {
    for (uint32_t byte = range.first; byte <= std::min(range.last, 0x7Fu); ++byte) {
      step.bytes[byte >> 6] |= uint64_t{1} << (byte & 63);
      step.nibbles[byte & 15] |= static_cast<uint8_t>(1u << (byte >> 4));
    }
    if (range.last >= 0x80) ranges_.push_back({std::max(range.first, 0x80u), range.last});
  }
  step.end = static_cast<uint32_t>(ranges_.size());
  const auto beyond = absl::MakeConstSpan(ranges_).subspan(step.begin);
  if (CoversAllBeyondAscii(beyond)) {
    step.beyond = Beyond::kAll;
    step.bytes[2] = step.bytes[3] = ~uint64_t{0};
  } else if (!beyond.empty()) {
    step.beyond = Beyond::kSome;
  }
  step.is_bytewise = step.beyond == Beyond::kNone ||
                     (step.beyond == Beyond::kAll && step.least <= 1 && step.most == kUnbounded);
  steps_.push_back(step);
}

CharacterSet SimplePattern::SetOf(const Step& step) const {
  CharacterSet set;
  if (step.is_literal) {
    size_t position = step.begin;
    const uint32_t point = NextCodePoint(text_, &position);
    set.Add(point, point);
    return set;
  }
  for (uint32_t byte = 0; byte < 0x80; ++byte) {
    if (step.Has(static_cast<unsigned char>(byte))) set.Add(byte, byte);
  }
  set.Add(absl::MakeConstSpan(ranges_).subspan(step.begin, step.end - step.begin));
  set.Normalize();
  return set;
}

bool SimplePattern::CanShareFirst(const Step& set, const Step& other) const {
  return SetOf(set).Intersects(SetOf(other));
}

// Whether no step takes what one after it may need.
bool SimplePattern::IsDeterministic(const std::vector<Step>& steps) const {
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].IsFixed()) continue;
    for (size_t next = i + 1; next < steps.size(); ++next) {
      if (CanShareFirst(steps[i], steps[next])) return false;
      if (steps[next].least > 0) break;
    }
  }
  return true;
}

// At an end that isn't anchored the least is enough.
bool SimplePattern::PreparePart() {
  if (begins_ && ends_) return true;
  part_ = steps_;
  const auto is_optional = [](const Step& step) { return step.least == 0; };
  if (!ends_) {
    while (!part_.empty() && is_optional(part_.back())) part_.pop_back();
    if (!part_.empty()) part_.back().most = part_.back().least;
  }
  if (!begins_) {
    part_.erase(part_.begin(), std::find_if_not(part_.begin(), part_.end(), is_optional));
    if (!part_.empty()) part_.front().most = part_.front().least;
  }
  for (Step& step : part_) {
    // Fixed now, so that its characters count.
    if (!step.is_literal) step.is_bytewise &= step.beyond == Beyond::kNone || !step.IsFixed();
  }
  if (begins_) return true;
  const std::optional<size_t> bytes = FixedBytes(part_);
  suffix_bytes_ = bytes.value_or(0);
  if (ends_) return bytes.has_value();
  if (part_.size() == 1 && !part_[0].is_literal) return true;
  size_t points = 0;
  for (const Step& step : part_) {
    points += step.is_literal ? step.end - step.begin : std::min<size_t>(step.most, 1000);
  }
  return points <= kMaxSearchedPoints;
}

// How long each match is, if all are equally long.
std::optional<size_t> SimplePattern::FixedBytes(const std::vector<Step>& steps) const {
  size_t bytes = 0;
  for (const Step& step : steps) {
    if (!step.IsFixed() || (!step.is_literal && step.beyond != Beyond::kNone)) return std::nullopt;
    bytes += step.is_literal ? step.end - step.begin : step.least;
  }
  return bytes;
}

}  // namespace sluice::regex

#include "sluice/base/text_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sluice {
namespace {

// The bytes of a text from `from` on, eight of them at most, as a number that is in their order.
uint64_t Digest(std::string_view text, size_t from) {
  uint64_t digest = 0;
  const size_t end = std::min(text.size(), from + sizeof(digest));
  for (size_t at = from; at < end; ++at) digest = digest << 8 | static_cast<uint8_t>(text[at]);
  return end == from ? 0 : digest << 8 * (sizeof(digest) - (end - from));
}

struct Entry {
  uint64_t digest;
  uint32_t number;
};

// A merge sort, as it is stable and has the fewest comparisons.
class Sorter {
 public:
  explicit Sorter(absl::Span<const std::string_view> texts) : texts_(texts) {
    common_ = texts[0].size();
    for (const std::string_view text : texts) {
      common_ = CommonPrefix(texts[0].substr(0, common_), text);
    }
    entries_.reserve(texts.size());
    for (uint32_t i = 0; i < texts.size(); ++i) entries_.push_back({Digest(texts[i], common_), i});
    other_.resize(texts.size());
  }

  absl::Span<const Entry> Run() {
    const size_t size = entries_.size();
    for (size_t run = 1; run < size; run *= 2) {
      for (size_t begin = 0; begin < size; begin += 2 * run) {
        Merge(begin, std::min(begin + run, size), std::min(begin + 2 * run, size));
      }
      std::swap(entries_, other_);
    }
    return entries_;
  }

 private:
  bool Before(const Entry& x, const Entry& y) const {
    if (x.digest != y.digest) return x.digest < y.digest;
    return ComesBefore(texts_[x.number].substr(common_), texts_[y.number].substr(common_));
  }

  void Merge(size_t begin, size_t middle, size_t end) {
    const Entry* left = entries_.data() + begin;
    const Entry* right = entries_.data() + middle;
    const Entry* const left_end = right;
    const Entry* const right_end = entries_.data() + end;
    Entry* out = other_.data() + begin;
    while (left != left_end && right != right_end) {
      *out++ = Before(*right, *left) ? *right++ : *left++;
    }
    out = std::copy(left, left_end, out);
    std::copy(right, right_end, out);
  }

  absl::Span<const std::string_view> texts_;
  size_t common_ = 0;  // bytes that all texts start with
  std::vector<Entry> entries_;
  std::vector<Entry> other_;
};

}  // namespace

size_t CommonPrefix(std::string_view x, std::string_view y) {
  const size_t size = std::min(x.size(), y.size());
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
    uint64_t p;
    uint64_t q;
    std::memcpy(&p, x.data() + at, sizeof(p));
    std::memcpy(&q, y.data() + at, sizeof(q));
    if (p != q) return at + static_cast<size_t>(std::countr_zero(p ^ q)) / 8;
  }
  while (at < size && x[at] == y[at]) ++at;
  return at;
}

bool ComesBefore(std::string_view x, std::string_view y) {
  const size_t at = CommonPrefix(x, y);
  if (at == y.size()) return false;
  return at == x.size() || static_cast<uint8_t>(x[at]) < static_cast<uint8_t>(y[at]);
}

std::vector<uint32_t> OrderOf(absl::Span<const std::string_view> texts) {
  std::vector<uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0u);
  size_t sorted = 1;
  while (sorted < texts.size() && !ComesBefore(texts[sorted], texts[sorted - 1])) ++sorted;
  if (sorted >= texts.size()) return order;
  Sorter sorter(texts);
  const absl::Span<const Entry> entries = sorter.Run();
  std::transform(entries.begin(), entries.end(), order.begin(),
                 [](const Entry& entry) { return entry.number; });
  return order;
}

}  // namespace sluice

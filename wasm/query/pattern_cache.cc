#include "sluice/query/pattern_cache.h"

#include <utility>

#include "sluice/base/status.h"
#include "sluice/regex/i_regexp.h"

namespace sluice::query {

const regex::Regex* PatternCache::Get(std::string_view pattern) {
  for (const std::optional<Entry>& entry : entries_) {
    if (entry.has_value() && entry->pattern == pattern) return &entry->regex;
  }
  if (left_ == 0 || pattern.size() > regex::kMaxPatternBytes) {
    exceeded_ = true;
    return &nothing_;
  }
  --left_;
  regex::MemoryBudget budget(regex::MemoryBudget::kPerRegex);
  regex::Regex compiled = regex::CompileIRegexp(pattern, budget);
  if (ErrorCodeOf(compiled.status()) == ErrorCode::kBudgetExceeded) exceeded_ = true;
  std::optional<Entry>& entry = entries_[next_];
  next_ = (next_ + 1) % entries_.size();
  entry.emplace(Entry{std::string(pattern), std::move(compiled)});
  return &entry->regex;
}

}  // namespace sluice::query

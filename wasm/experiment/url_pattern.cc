#include "sluice/experiment/url_pattern.h"

#include <algorithm>

#include "sluice/base/status.h"
#include "sluice/experiment/lower_case.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

constexpr std::string_view kWildcard = "_____";

std::string Lower(std::string_view text) {
  std::string lower;
  AppendLowerCase(text, &lower);
  return lower;
}

std::string TextOf(Value value) {
  std::string scratch;
  return value.is(Kind::kString) ? std::string(value.string(&scratch)) : std::string();
}

// What lies between wildcards, one after the other, leftmost first.
bool MatchesWildcards(std::string_view text, std::string_view pattern) {
  size_t wildcard = pattern.find(kWildcard);
  if (wildcard == std::string_view::npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, wildcard))) return false;
  text.remove_prefix(wildcard);
  pattern.remove_prefix(wildcard + kWildcard.size());
  while ((wildcard = pattern.find(kWildcard)) != std::string_view::npos) {
    const size_t found = text.find(pattern.substr(0, wildcard));
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + wildcard);
    pattern.remove_prefix(wildcard + kWildcard.size());
  }
  return text.ends_with(pattern);
}

bool MatchesPart(std::string_view text, std::string_view lower_pattern) {
  return MatchesWildcards(Lower(text), lower_pattern);
}

// A slash at either end of a path may be there or not.
bool MatchesPath(std::string_view text, std::string_view lower_pattern) {
  const std::string lower = Lower(text);
  if (lower_pattern.starts_with('/')) lower_pattern.remove_prefix(1);
  if (lower_pattern.ends_with('/')) lower_pattern.remove_suffix(1);
  for (const bool without_first : {false, true}) {
    for (const bool without_last : {false, true}) {
      std::string_view path = lower;
      if (without_first && path.starts_with('/')) path.remove_prefix(1);
      if (without_last && path.ends_with('/')) path.remove_suffix(1);
      if (MatchesWildcards(path, lower_pattern)) return true;
    }
  }
  return false;
}

std::pair<std::string, std::string> QueryPair(Value pair) {
  std::pair<std::string, std::string> texts;
  bool is_name = true;
  for (const Value part : json::Elements(pair)) {
    (is_name ? texts.first : texts.second) = TextOf(part);
    is_name = false;
  }
  return texts;
}

std::string QueryValue(Value query, std::string_view name) {
  for (const Value pair : json::Elements(query)) {
    const auto [key, value] = QueryPair(pair);
    if (key == name) return value;
  }
  return {};
}

}  // namespace

absl::Status UrlPatterns::Read(std::string_view json) {
  json::Document document;
  if (absl::Status status = document.Parse(json); !status.ok()) return status;
  if (!document.root().is(Kind::kArray)) {
    return MakeError(ErrorCode::kInvalidArgument, "expected an array of parsed URL patterns");
  }
  patterns_.clear();
  for (const Value value : json::Elements(document.root())) {
    Pattern pattern;
    pattern.valid = value.is(Kind::kObject);
    if (pattern.valid) {
      pattern.host = Lower(TextOf(value.Find("host")));
      pattern.pathname = Lower(TextOf(value.Find("pathname")));
      pattern.hash = Lower(TextOf(value.Find("hash")));
      for (const Value pair : json::Elements(value.Find("query"))) {
        auto [name, text] = QueryPair(pair);
        pattern.query.emplace_back(std::move(name), Lower(text));
      }
    }
    patterns_.push_back(std::move(pattern));
  }
  return absl::OkStatus();
}

bool UrlPatterns::Matches(uint32_t number, const UrlParts& url) const {
  if (number >= patterns_.size() || !patterns_[number].valid) return false;
  const Pattern& pattern = patterns_[number];
  if (!MatchesPart(url.host, pattern.host) || !MatchesPath(url.pathname, pattern.pathname)) {
    return false;
  }
  if (!pattern.hash.empty() && !MatchesPart(url.hash, pattern.hash)) return false;
  return std::all_of(pattern.query.begin(), pattern.query.end(), [&url](const auto& pair) {
    return MatchesPart(QueryValue(url.query, pair.first), pair.second);
  });
}

}  // namespace sluice::experiment

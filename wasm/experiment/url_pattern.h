// URL targeting: "simple" patterns with wildcards. Of this room only.
//
// URLs are parsed by the host (WHATWG URL): both the patterns, once, and the request's.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "sluice/json/document.h"

namespace sluice::experiment {

// A request's URL, its parts as WHATWG URL's properties have them. Borrowed.
struct UrlParts {
  std::string_view href;
  std::string_view path;  // href without the origin
  std::string_view host;
  std::string_view pathname;
  std::string_view hash;
  json::Value query;  // [[name, value], …], decoded
};

class UrlPatterns {
 public:
  // See Program::SetUrlPatterns.
  absl::Status Read(std::string_view json);

  // GrowthBook's _evalSimpleUrlTarget. False for a number that is none. "_____" stands for any
  // text; letters match whatever their case. O(pattern × URL) at worst.
  bool Matches(uint32_t pattern, const UrlParts& url) const;

 private:
  struct Pattern {
    bool valid = false;
    std::string host;  // in lower case, as all
    std::string pathname;
    std::string hash;
    std::vector<std::pair<std::string, std::string>> query;  // names as they are
  };

  std::vector<Pattern> patterns_;
};

}  // namespace sluice::experiment

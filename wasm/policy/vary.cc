#include "sluice/policy/vary.h"

#include <cstddef>
#include <cstdint>

#include "sluice/base/interner.h"
#include "sluice/base/sort.h"
#include "sluice/policy/template.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxPairs = 1'000'000;
constexpr size_t kMaxNames = 64;

// The routes that match by headers, and these headers by number.
class VaryFinder {
 public:
  explicit VaryFinder(const std::vector<Route>& routes) {
    for (const Route& route : routes) {
      if (route.match_headers.empty()) continue;
      std::vector<uint32_t>& names = conditional_.emplace_back(Conditional{&route, {}}).names;
      for (const Header& header : route.match_headers) names.push_back(names_.Intern(header.name));
    }
    last_search_.resize(names_.strings().size());
  }

  size_t conditional_count() const { return conditional_.size(); }

  // The names of those that could have been chosen for a path of `route`; of all where it is null.
  std::vector<std::string_view> Find(const Route* route) {
    ++search_;
    std::vector<std::string_view> found;
    for (const Conditional& other : conditional_) {
      if (route != nullptr && !Overlap(*route->match_path, *other.route->match_path)) continue;
      for (size_t i = 0; i < other.names.size(); ++i) {
        uint32_t& last_search = last_search_[other.names[i]];
        if (last_search == search_) continue;
        last_search = search_;
        if (found.size() == kMaxNames) return {"*"};
        found.push_back(other.route->match_headers[i].name);
      }
    }
    Sort(found.begin(), found.end());
    return found;
  }

 private:
  struct Conditional {
    const Route* route;
    std::vector<uint32_t> names;  // of its match_headers
  };

  std::vector<Conditional> conditional_;
  StringInterner names_;
  std::vector<uint32_t> last_search_;  // that found the name, by number
  uint32_t search_ = 0;
};

}  // namespace

std::vector<std::vector<std::string_view>> VaryOfRoutes(const std::vector<Route>& routes) {
  VaryFinder finder(routes);
  if (finder.conditional_count() * routes.size() > kMaxPairs) {
    return {routes.size(), finder.Find(nullptr)};
  }
  std::vector<std::vector<std::string_view>> result;
  result.reserve(routes.size());
  for (const Route& route : routes) result.push_back(finder.Find(&route));
  return result;
}

}  // namespace sluice::policy

#include "sluice/policy/vary.h"

#include <algorithm>
#include <cstddef>

#include "sluice/base/sort.h"
#include "sluice/policy/template.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxPairs = 1'000'000;

void AddNames(const Route& route, std::vector<std::string_view>& names) {
  for (const Header& header : route.match_headers) names.push_back(header.name);
}

void SortUnique(std::vector<std::string_view>& names) {
  Sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

std::vector<std::vector<std::string_view>> VaryOfRoutes(const std::vector<Route>& routes) {
  std::vector<const Route*> conditional;
  std::vector<std::string_view> all;
  for (const Route& route : routes) {
    if (route.match_headers.empty()) continue;
    conditional.push_back(&route);
    AddNames(route, all);
  }
  SortUnique(all);
  if (conditional.size() * routes.size() > kMaxPairs) return {routes.size(), all};
  std::vector<std::vector<std::string_view>> result;
  result.reserve(routes.size());
  for (const Route& route : routes) {
    std::vector<std::string_view>& names = result.emplace_back();
    for (const Route* other : conditional) {
      if (Overlap(*route.match_path, *other->match_path)) AddNames(*other, names);
    }
    SortUnique(names);
  }
  return result;
}

}  // namespace sluice::policy

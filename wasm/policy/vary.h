// Which request headers a route's responses vary by.
#pragma once

#include <string_view>
#include <vector>

#include "sluice/policy/model.h"

namespace sluice::policy {

// By route: the headers of every route that could have been chosen for a path of this one, sorted.
// A list may name too many (never too few): hosts and methods aren't looked at, and with over a
// million pairs of routes to compare every route gets all names. More than 64 names become "*"
// (RFC 9110, section 12.5.5): nobody could cache by them.
std::vector<std::vector<std::string_view>> VaryOfRoutes(const std::vector<Route>& routes);

}  // namespace sluice::policy

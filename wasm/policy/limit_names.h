// The words that limits are written and described with, by the numbers of their enumerations.
#pragma once

#include <array>
#include <string_view>

namespace sluice::policy {

constexpr std::array<std::string_view, 2> kPhases = {"preAuth", "request"};
constexpr std::array<std::string_view, 2> kModes = {"enforce", "shadow"};
constexpr std::array<std::string_view, 3> kDurabilities = {"memory", "strict", "checkpoint"};
constexpr std::array<std::string_view, 3> kOutages = {"closed", "open", "local"};

}  // namespace sluice::policy

// JSONPath the slow and simple way, to compare with: a tree, node lists, recursion.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sluice/json/document.h"

namespace sluice::query {

// The tape indices that `text` selects. `text` must be a valid query: this parser believes what it
// reads. Nothing if a list grows beyond `max_nodes`.
std::optional<std::vector<uint32_t>> ReferenceJsonPath(std::string_view text,
                                                       const json::Document& document,
                                                       size_t max_nodes);

}  // namespace sluice::query

// JSONPath the slow and simple way, to compare with: a tree, node lists, recursion.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sluice/json/document.h"
#include "sluice/query/jsonpath.h"

namespace sluice::query {

// The tape indices that `text` selects. `text` must be a valid query: this parser believes what it
// reads. Nothing if a list grows beyond `max_nodes`.
std::optional<std::vector<uint32_t>> ReferenceJsonPath(std::string_view text,
                                                       const json::Document& document,
                                                       size_t max_nodes,
                                                       Duplicates duplicates = Duplicates::kLast);

// Whether a logical expression (RFC 9535, section 2.3.5.1) holds where both @ and $ are the
// document. Nothing as above.
std::optional<bool> ReferenceCondition(std::string_view expression, const json::Document& document,
                                       size_t max_nodes);

}  // namespace sluice::query

// The structural index against simdjson's portable kernel ("fallback"), for a test and a fuzz
// driver: what our SIMD kernel finds must follow from what the scalar one finds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simdjson.h"
#include "sluice/json/structural_index.h"

namespace sluice::test_support {

struct KernelResult {
  bool fault = false;
  std::vector<uint32_t> positions;
};

// All windows, as one who takes all but the last few positions of each gets them.
inline KernelResult IndexBySimd(std::string_view text) {
  static json::StructuralIndex index;
  KernelResult result;
  if (!index.Start(text, 0)) return result;
  const uint32_t* rest = nullptr;
  while (!index.exhausted()) {
    const json::StructuralIndex::Window window = index.NextWindow(rest);
    const size_t kept = index.exhausted() || window.count < json::StructuralIndex::kLookahead
                            ? 0
                            : json::StructuralIndex::kLookahead;
    rest = window.next + (window.count - kept);
    result.positions.insert(result.positions.end(), window.next, rest);
  }
  result.fault = index.has_fault();
  // A text that ends with a string has a position behind its end, or not, as its last block has it.
  if (!result.positions.empty() && result.positions.back() >= text.size()) {
    result.positions.pop_back();
  }
  return result;
}

// False where simdjson is built for one kind of processor only (the native preset).
inline bool HasFallback() {
  return simdjson::get_available_implementations()["fallback"] != nullptr;
}

// simdjson's stage 1 has the start of every token; the rest is read off the strings. Only for texts
// without backslashes outside strings: they mean nothing to a scalar scanner.
inline KernelResult IndexByFallback(std::string_view text) {
  KernelResult result;
  const simdjson::implementation* fallback = simdjson::get_available_implementations()["fallback"];
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  const simdjson::padded_string padded(text.data(), text.size());
  if (fallback->create_dom_parser_implementation(text.size(), 1024, parser) != simdjson::SUCCESS) {
    std::abort();
  }
  const simdjson::error_code error = parser->stage1(reinterpret_cast<const uint8_t*>(padded.data()),
                                                    text.size(), simdjson::stage1_mode::regular);
  result.fault = error != simdjson::SUCCESS && error != simdjson::EMPTY;
  if (error != simdjson::SUCCESS) return result;
  for (uint32_t i = 0; i < parser->n_structural_indexes; ++i) {
    const uint32_t at = parser->structural_indexes[i];
    if (text[at] != '"') {
      if (std::string_view("{}[]:,").find(text[at]) != std::string_view::npos) {
        result.positions.push_back(at);
      }
      continue;
    }
    uint32_t end = at + 1;
    bool escapes = false;
    for (; text[end] != '"'; ++end) {
      if (text[end] != '\\') continue;
      ++end;
      if (!escapes) result.positions.push_back(end);
      escapes = true;
    }
    ++end;
    // An operator there is the next one anyway.
    const bool is_operator =
        end < text.size() && std::string_view("{}[]:,").find(text[end]) != std::string_view::npos;
    if (end < text.size() && !is_operator) result.positions.push_back(end);
  }
  return result;
}

}  // namespace sluice::test_support

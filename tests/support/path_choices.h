// Paths and conditions made of choices, over names from a small alphabet, so that they hit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "choices.h"

namespace sluice::reference {

// Names as steps have them, decoded.
constexpr std::string_view kStepNames[] = {"a",   "b",   "c",  "ab",       "",      "0",
                                           "1",   "-",   "a",  "\xC3\xA9", "aaaaa", "a/b",
                                           "m~n", "a b", "\"", "name"};
constexpr std::string_view kIndices[] = {"0", "1", "2", "3", "12"};

// In these # stands for a name, ~ for an index.
// clang-format off
constexpr std::string_view kGeneral[] = {
    "$..#", "$..[~]", "$.#[?@.#]", "$[?@==1]", "$..*", "$.#[-1]", "$.#[0:2]", "$['#','#']",
    "$..[?@.#=='x'].#", "$.#..#", "$[*][?@.#>0].#", "$.*..#", "$..[?@.#==$.#]",
    "$.#[?count(@.*)>1]", "$[?@.#||@.#].*", "$.#.#[?!@.#]", "$..#..#", "$[::-1]",
    "$..['#'][~,-1]", "$[?match(@.#, 'a[bc]*|x')]", "$.#.#..*", "$[?length(@)>1].#"};
constexpr std::string_view kConditions[] = {
    "$.#", "@.#==1", "!@.#", "$..#", "count($.*)>2", "@.#==$.#", "$.#[?@.#]", "@.#<2 || @.#",
    "length(@)>1 && $.#", "search(@.#,'x')", "/#", "", "/#/~", "@[~]", "value(@..#)==null",
    "$['#'][?@.#==$.#]", "@ == 1", "$[?@==1]"};
// clang-format on

// What a path selects is decided by its segments; how they are written is a matter of chance.
class PathMaker {
 public:
  explicit PathMaker(test_support::Choices& choices) : choices_(choices) {}

  struct Options {
    uint32_t least = 0;
    bool wildcards = true;
    bool ends_in_name = false;
    bool appends = false;  // may end in the - of a pointer
  };

  std::string Simple(const Options& options) {
    const bool pointer = choices_.OneIn(3);
    std::string path = pointer ? "" : "$";
    constexpr uint32_t kLengths[] = {0, 1, 1, 1, 1, 2, 2, 2, 1, 3};
    const uint32_t count = std::max(options.least, choices_.Of(kLengths));
    for (uint32_t i = 0; i < count; ++i) {
      const bool name = options.ends_in_name && i + 1 == count;
      path += pointer ? Token(name)
                      : JsonPathSegment(name || choices_.Below(8) < (options.wildcards ? 5 : 7),
                                        options);
    }
    if (pointer && options.appends && choices_.OneIn(4)) path += "/-";
    return path;
  }

  std::string General() { return Filled(choices_.Of(kGeneral)); }
  std::string Condition() { return Filled(choices_.Of(kConditions)); }

  std::string Any(const Options& options) {
    return choices_.OneIn(5) ? General() : Simple(options);
  }

 private:
  // Mostly one that the documents are full of.
  std::string_view Name() {
    return choices_.OneIn(3) ? choices_.Of(kStepNames) : kStepNames[choices_.Below(3)];
  }

  // A token that means the same in each of RFC 6901's ways.
  std::string Token(bool name) {
    std::string token = "/";
    const std::string_view text = name || choices_.Below(8) < 7 ? Name() : choices_.Of(kIndices);
    for (const char c : text) {
      token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return token;
  }

  std::string JsonPathSegment(bool name, const Options& options) {
    if (!name) {
      if (options.wildcards && choices_.Below(2) == 0) return choices_.OneIn(2) ? ".*" : "[ * ]";
      return "[" + std::string(choices_.Of(kIndices)) + "]";
    }
    const std::string_view text = Name();
    if (text == "a" || text == "b" || text == "name") {
      if (choices_.OneIn(2)) return "." + std::string(text);
      return text == "a" ? "['\\u0061']" : " [\"" + std::string(text) + "\"]";
    }
    return "['" + std::string(text) + "']";
  }

  std::string Filled(std::string_view pattern) {
    std::string path;
    for (const char c : pattern) {
      if (c == '#') {
        path += "abc"[choices_.Below(3)];
      } else if (c == '~') {
        path += "012"[choices_.Below(3)];
      } else {
        path += c;
      }
    }
    return path;
  }

  test_support::Choices& choices_;
};

}  // namespace sluice::reference

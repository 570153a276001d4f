// The names that things of a policy have, and how they are referred to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::policy {

// [A-Za-z][A-Za-z0-9_-]{0,63}
bool IsName(std::string_view text);
constexpr std::string_view kNameHint = ": it must match [A-Za-z][A-Za-z0-9_-]{0,63}";

// The names of one section; a name's number is its place in the policy.
class Names {
 public:
  // False if the name is there already. O(length).
  bool Add(std::string_view name);
  // To be called once, after the last Add and before the first Find. O(n log n).
  void Seal();

  uint32_t size() const { return static_cast<uint32_t>(strings_.strings().size()); }
  std::string_view operator[](uint32_t number) const { return strings_.text(number); }
  // O(log n).
  std::optional<uint32_t> Find(std::string_view name) const;
  // All, by number.
  std::vector<std::string_view> list() const;

 private:
  StringInterner strings_;
  std::vector<uint32_t> sorted_;
};

// One member of a section.
struct Named {
  std::string name;
  json::Value key;
  json::Value value;
};

// The members of an object of named things, in order, their names valid and different. Reports
// wrong_type, invalid_name and duplicate_key. `names` is sealed then. Nothing for absent objects.
std::vector<Named> ReadNamed(json::Value object, Names& names, json::CompileContext& context);

// The number of the thing that `reference` names. Reports wrong_type and `code` ("unknown_limit"),
// `what` is a "limit".
std::optional<uint32_t> Resolve(json::Value reference, const Names& names, std::string_view code,
                                std::string_view what, json::CompileContext& context);

// The same for a name that was read already, at fault at `where`.
std::optional<uint32_t> ResolveName(std::string_view name, json::Value where, const Names& names,
                                    std::string_view code, std::string_view what,
                                    json::CompileContext& context);

// "\"a\", \"b\" or \"c\"", the first eight of them.
std::string Enumerate(const std::vector<std::string_view>& names);

}  // namespace sluice::policy

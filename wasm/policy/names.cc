#include "sluice/policy/names.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxNameLength = 64;
constexpr size_t kMaxEnumerated = 8;

bool IsNameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}

}  // namespace

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > kMaxNameLength) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), IsNameByte);
}

bool Names::Add(std::string_view name) {
  const uint32_t before = size();
  return strings_.Intern(name) == before;
}

void Names::Seal() {
  sorted_.resize(size());
  for (uint32_t number = 0; number < size(); ++number) sorted_[number] = number;
  Sort(sorted_.begin(), sorted_.end(),
       [this](uint32_t a, uint32_t b) { return (*this)[a] < (*this)[b]; });
}

std::optional<uint32_t> Names::Find(std::string_view name) const {
  const auto found =
      std::lower_bound(sorted_.begin(), sorted_.end(), name,
                       [this](uint32_t number, std::string_view n) { return (*this)[number] < n; });
  if (found == sorted_.end() || (*this)[*found] != name) return std::nullopt;
  return *found;
}

std::vector<std::string_view> Names::list() const {
  std::vector<std::string_view> names;
  names.reserve(size());
  for (uint32_t number = 0; number < size(); ++number) names.push_back((*this)[number]);
  return names;
}

std::vector<Named> ReadNamed(json::Value object, Names& names, json::CompileContext& context) {
  std::vector<Named> members;
  if (object.present() && json::Expect(object, json::Kind::kObject, context)) {
    for (const json::Member member : json::Members(object)) {
      std::string scratch;
      const std::string_view name = member.key.string(&scratch);
      if (!IsName(name)) {
        context.AddIssue(member.key, "invalid_name",
                         absl::StrCat(Quoted(name), " is no name", kNameHint));
      }
      if (names.Add(name)) {
        members.push_back({std::string(name), member.key, member.value});
      } else {
        context.AddIssue(member.key, "duplicate_key",
                         absl::StrCat(Quoted(name), " is there twice"));
      }
    }
  }
  names.Seal();
  return members;
}

std::optional<uint32_t> ResolveName(std::string_view name, json::Value where, const Names& names,
                                    std::string_view code, std::string_view what,
                                    json::CompileContext& context) {
  if (const std::optional<uint32_t> number = names.Find(name)) return number;
  if (context.issues().full()) {
    context.AddIssue(where, code, "");
    return std::nullopt;
  }
  const std::vector<std::string_view> known = names.list();
  std::string hint = DidYouMean(name, known);
  if (hint.empty()) {
    hint =
        known.empty() ? "; the policy defines none" : absl::StrCat("; expected ", Enumerate(known));
  }
  context.AddIssue(where, code, absl::StrCat("there is no ", what, " ", Quoted(name), hint));
  return std::nullopt;
}

std::optional<uint32_t> Resolve(json::Value reference, const Names& names, std::string_view code,
                                std::string_view what, json::CompileContext& context) {
  if (!reference.present() || !json::Expect(reference, json::Kind::kString, context)) {
    return std::nullopt;
  }
  std::string scratch;
  return ResolveName(reference.string(&scratch), reference, names, code, what, context);
}

std::string Enumerate(const std::vector<std::string_view>& names) {
  std::string text;
  const size_t shown = std::min(names.size(), kMaxEnumerated);
  for (size_t i = 0; i < shown; ++i) {
    const std::string_view separator = i == 0 ? "" : i + 1 == names.size() ? " or " : ", ";
    absl::StrAppend(&text, separator, Quoted(names[i]));
  }
  if (shown < names.size()) text += ", …";
  return text;
}

}  // namespace sluice::policy

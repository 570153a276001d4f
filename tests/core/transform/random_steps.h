// Random steps and documents that have much to do with each other: few names, small arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pass_support.h"

namespace sluice::transform::test_support {

class RandomSteps {
 public:
  explicit RandomSteps(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u) {}

  std::vector<PassStep> Steps() {
    std::vector<PassStep> steps;
    const uint32_t count = 1 + Below(5);
    for (uint32_t i = 0; i < count; ++i) steps.push_back(AnyStep());
    return steps;
  }

  // With one of the `blanks`, or nothing, wherever one may be.
  std::string Document(std::string_view blanks = "") {
    blanks_ = blanks;
    return Value(0);
  }

  // The steps, for messages.
  const std::string& description() const { return description_; }
  bool hashes() const { return hashes_; }

  // From 0 to `limit` - 1: xorshift64* (Vigna, 2016).
  uint32_t Below(uint32_t limit) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545F4914F6CDD1Du) >> 32) % limit;
  }

 private:
  static constexpr std::string_view kNames[] = {"a", "b", "c", "0", "1", "\u00e9"};

  std::string Name() { return std::string(kNames[Below(std::size(kNames))]); }

  std::string Segment(bool pointer, bool name) {
    if (pointer) return "/" + Name();
    const uint32_t kind = name ? 0 : Below(8);
    if (kind < 5) return "['" + Name() + "']";
    return kind < 7 ? "[" + std::to_string(Below(3)) + "]" : "[*]";
  }

  std::string AnyPath(uint32_t least, bool ends_in_name) {
    const bool pointer = Below(4) == 0;
    std::string path = pointer ? "" : "$";
    const uint32_t length = least + Below(Below(4) + 1);
    for (uint32_t i = 0; i < length; ++i) {
      path += !pointer && Below(4) == 0 && (!ends_in_name || i + 1 < length)
                  ? "[*]"
                  : Segment(pointer, ends_in_name && i + 1 == length);
    }
    description_ += path + " ";
    return path;
  }

  Texts AnyPaths(uint32_t least) {
    Texts paths;
    const uint32_t count = 1 + Below(3);
    for (uint32_t i = 0; i < count; ++i) paths.push_back(AnyPath(least, false));
    return paths;
  }

  PassStep AnyStep() {
    switch (Below(4)) {
      case 0:
        description_ += "pick ";
        return Pick(AnyPaths(Below(12) == 0 ? 0 : 1));
      case 1:
        description_ += "drop ";
        return Drop(AnyPaths(1));
      case 2:
        return AnyRedact();
      default:
        return AnyRename();
    }
  }

  PassStep AnyRedact() {
    const uint32_t mode = Below(4);
    description_ += mode == 0 ? "hash " : mode == 1 ? "keepLast " : "redact ";
    const Texts paths = AnyPaths(Below(12) == 0 ? 0 : 1);
    hashes_ |= mode == 0;
    return Redact(paths, mode == 0 ? Hash() : mode == 1 ? KeepLast(1 + Below(2)) : With(Name()));
  }

  PassStep AnyRename() {
    description_ += "rename ";
    std::vector<std::pair<std::string, std::string>> names;
    const uint32_t count = 1 + Below(3);
    for (uint32_t i = 0; i < count; ++i) {
      std::string path = AnyPath(1, true);
      names.emplace_back(std::move(path), Name());
      description_ += "to " + names.back().second + " ";
    }
    return Rename(names);
  }

  std::string Blank() {
    if (blanks_.empty() || Below(2) == 0) return "";
    return std::string(1, blanks_[Below(static_cast<uint32_t>(blanks_.size()))]);
  }

  std::string Key() {
    const uint32_t name = Below(16);
    if (name == 0) return R"("\u0061")";
    if (name == 1) return R"("\u00e9")";
    return "\"" + Name() + "\"";
  }

  std::string Value(uint32_t depth) {
    static constexpr std::string_view kScalars[] = {"null",  "true",      "1.0",
                                                    R"("")", R"("text")", R"("\u00e9\n\\")"};
    const uint32_t kind = Below(depth == 0 ? 7 : 10);
    if (depth == 4 || kind > 6 || (depth == 0 && kind == 6)) {
      return std::string(kScalars[Below(std::size(kScalars))]);
    }
    const bool object = kind < 4;
    std::string text = (object ? "{" : "[") + Blank();
    const uint32_t size = Below(5);
    for (uint32_t i = 0; i < size; ++i) {
      if (i > 0) text += "," + Blank();
      if (object) text += Key() + Blank() + ":" + Blank();
      text += Value(depth + 1) + Blank();
    }
    return text + (object ? "}" : "]");
  }

  uint64_t state_;
  std::string_view blanks_;
  std::string description_;
  bool hashes_ = false;
};

}  // namespace sluice::transform::test_support

// Reads a results frame (wasm/abi/sluice.h, sluice_results).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/bytes.h"
#include "sluice/experiment/features.h"

namespace sluice::experiment {

constexpr uint32_t kAbsentWord = 0xFFFFFFFF;

class Frame {
 public:
  explicit Frame(std::string_view bytes) : bytes_(bytes) {}
  uint32_t Word(size_t index) const { return LoadWord(AsBytes(bytes_).data() + 4 * index); }
  std::string Text(size_t offset, size_t length) const {
    return std::string(bytes_.substr(offset, length));
  }
  size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

// What JavaScript shows of a payload.
class Texts {
 public:
  explicit Texts(const Program& program) : program_(program) {}
  uint32_t feature_count() const { return program_.feature_count(); }
  std::string Key(uint32_t feature) const { return std::string(program_.feature_key(feature)); }
  std::string Text(uint32_t text) const { return std::string(program_.text(text)); }

 private:
  const Program& program_;
};

struct ShownDetail {
  uint32_t feature, flags, variation;
  double bucket;
  std::string experiment, attribute, value;
};

struct ShownFeature {
  uint32_t feature, source;
  std::string value, rule_id;
  uint32_t detail;
};

class Results {
 public:
  explicit Results(std::string_view bytes) : frame_(bytes) {}
  bool whole() const { return frame_.Word(0) == 1 && frame_.Word(1) == frame_.size(); }
  uint32_t feature_count() const { return frame_.Word(2); }
  std::vector<uint32_t> runs() const { return List(0); }
  std::vector<uint32_t> exposures() const { return List(1); }
  std::vector<uint32_t> tracks() const { return List(2); }
  std::vector<uint32_t> assigned() const { return List(3); }

  ShownFeature Feature(uint32_t position, const Texts& texts) const {
    const size_t at = 8 + 4 * position;
    const uint32_t id = frame_.Word(at + 2);
    return {frame_.Word(at) & 0xFFFFFF, frame_.Word(at) >> 24, texts.Text(frame_.Word(at + 1)),
            id == kAbsentWord ? "\"\"" : texts.Text(id), frame_.Word(at + 3)};
  }
  ShownDetail Detail(uint32_t detail, const Texts& texts) const {
    const size_t at = ListsAt(4) + 12 * detail;
    ShownDetail shown = {
        frame_.Word(at + 1), frame_.Word(at + 2), frame_.Word(at + 3), 0, "", "", ""};
    const uint32_t bucket[2] = {frame_.Word(at + 4), frame_.Word(at + 5)};
    std::memcpy(&shown.bucket, bucket, sizeof(shown.bucket));
    shown.experiment = texts.Text(frame_.Word(at));
    const uint32_t attribute = frame_.Word(at + 6);
    shown.attribute = attribute == kAbsentWord ? "\"id\"" : texts.Text(attribute);
    shown.value = frame_.Text(frame_.Word(at + 7), frame_.Word(at + 8));
    return shown;
  }

 private:
  size_t ListsAt(size_t list) const {
    size_t at = 8 + 4 * frame_.Word(2);
    for (size_t i = 0; i < list; ++i) at += frame_.Word(3 + i);
    return at;
  }
  std::vector<uint32_t> List(size_t list) const {
    std::vector<uint32_t> words;
    for (size_t i = 0; i < frame_.Word(3 + list); ++i)
      words.push_back(frame_.Word(ListsAt(list) + i));
    return words;
  }
  Frame frame_;
};

}  // namespace sluice::experiment

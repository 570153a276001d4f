// The reference against the documentation's examples, and the engine against the reference: on
// those examples and on pseudo-random cases.
#include "transform_reference.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "reference_hmac.h"
#include "transform_cases.h"
#include "transform_differential.h"

namespace sluice::reference {
namespace {

std::string ReadSource(std::string_view path) {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  const std::string full = std::string(root != nullptr ? root : ".") + "/" + std::string(path);
  std::FILE* file = std::fopen(full.c_str(), "rb");
  if (file == nullptr) return "";
  std::string text(1u << 20, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

struct Block {
  std::string tag;  // what stands behind ```json
  std::string text;
};

std::vector<Block> JsonBlocks(std::string_view markdown) {
  constexpr std::string_view kOpening = "\n```json ";
  std::vector<Block> blocks;
  for (size_t at = 0; (at = markdown.find(kOpening, at)) != std::string_view::npos;) {
    at += kOpening.size();
    const size_t line_end = markdown.find('\n', at);
    const size_t close = markdown.find("\n```", line_end);
    blocks.push_back({std::string(markdown.substr(at, line_end - at)),
                      std::string(markdown.substr(line_end, close - line_end))});
    at = close;
  }
  return blocks;
}

Texts Members(const std::string& object, bool decoded) {
  Texts texts;
  const std::optional<Tree> tree = ParseTree(object);
  for (size_t i = 0; i < tree->names.size(); ++i) {
    texts[tree->names[i].text] = decoded ? tree->values[i].text : tree->values[i].raw;
  }
  return texts;
}

std::string Compact(std::string_view json) {
  const std::optional<Tree> tree = ParseTree(json);
  return tree ? CompactTextOf(*tree) : "no JSON: " + std::string(json);
}

TEST(TransformReference, DoesWhatTheDocumentationSays) {
  const std::vector<Block> blocks = JsonBlocks(ReadSource("docs/transforms.md"));
  ASSERT_GT(blocks.size(), 50u);
  TransformCase example;
  int checked = 0;
  for (const auto& [tag, text] : blocks) {
    if (tag == "steps")
      example = {.steps = Compact(text), .document = "", .inputs = {}, .secrets = {}};
    if (tag == "secrets") example.secrets = Members(text, true);
    if (tag == "inputs") example.inputs = Members(text, false);
    if (tag == "before") {
      example.document = text;
      example.inputs.clear();
    }
    if (tag != "after" && tag != "error") continue;
    ++checked;
    SCOPED_TRACE(example.steps + "\n" + example.document);
    const Outcome outcome =
        RunReference(example.steps, example.document, example.inputs, example.secrets);
    if (tag == "after") {
      EXPECT_EQ(outcome.kind, Outcome::Kind::kOk) << outcome.location;
      EXPECT_EQ(CompactTextOf(outcome.tree), Compact(text));
    } else {
      EXPECT_EQ(outcome.kind, Outcome::Kind::kTransformFailed);
      EXPECT_EQ(outcome.location, Members(text, true)["location"]);
    }
    EXPECT_EQ(Disagreement(example), "");
  }
  EXPECT_GT(checked, 30);
}

TEST(TransformDifferential, AgreesOnPseudoRandomCases) {
  uint64_t state = 1;
  const auto next = [&] {  // SplitMix64
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  };
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(100 + next() % 400, '\0');
    for (char& byte : bytes) byte = static_cast<char>(next());
    ASSERT_EQ(Disagreement(MakeTransformCase(bytes)), "");
  }
}

// RFC 4231, cases 2 and 6.
TEST(ReferenceHmac, MatchesTheRfc) {
  EXPECT_EQ(HexOf(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexOf(HmacSha256(std::string(131, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace sluice::reference

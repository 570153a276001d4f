// Steps compiled to passes and selections, and run, without the steps' JSON.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../support/exact_buffer.h"
#include "sluice/query/jsonpath.h"
#include "sluice/transform/pass.h"
#include "sluice/transform/pass_builder.h"
#include "sluice/transform/selection.h"

namespace sluice::transform::test_support {

using Texts = std::vector<std::string>;

inline PassStep Step(StepKind kind, const Texts& paths) {
  PassStep step = {kind, {}, {}, {}};
  for (const std::string& text : paths) {
    Path path;
    PathFault fault;
    EXPECT_TRUE(ParsePath(text, &path, &fault)) << text << ": " << fault.message;
    step.paths.push_back(std::move(path));
  }
  return step;
}
inline PassStep Pick(const Texts& paths) { return Step(StepKind::kPick, paths); }
inline PassStep Drop(const Texts& paths) { return Step(StepKind::kDrop, paths); }
inline PassStep Redact(const Texts& paths, RedactionSpec spec = {}) {
  PassStep step = Step(StepKind::kRedact, paths);
  step.redaction = std::move(spec);
  return step;
}
inline PassStep Rename(const std::vector<std::pair<std::string, std::string>>& names) {
  Texts paths;
  for (const auto& [path, name] : names) paths.push_back(path);
  PassStep step = Step(StepKind::kRename, paths);
  for (const auto& [path, name] : names) step.new_names.push_back(name);
  return step;
}

inline RedactionSpec With(std::string text) {
  return {Redaction::Mode::kText, std::move(text), 0, 0};
}
inline RedactionSpec KeepLast(uint32_t count, std::string text = "***") {
  return {Redaction::Mode::kKeepLast, std::move(text), count, 0};
}
inline RedactionSpec Hash(uint32_t secret = 0) { return {Redaction::Mode::kHash, "", 0, secret}; }

// Steps with simple paths, all together.
class Passes {
 public:
  explicit Passes(const std::vector<PassStep>& steps) {
    PassBuilder builder;
    size_t faulty = 0;
    EXPECT_TRUE(builder.AddPasses(steps, &passes_, &faulty)) << "step " << faulty;
    BlockBuilder blocks(1);
    first_table_ = builder.AddTo(blocks);
    block_ = blocks.Build();
  }

  size_t count() const { return passes_.size(); }

  std::string Run(std::string_view text) {
    const HmacSha256 secrets[] = {HmacSha256(AsBytes("first")), HmacSha256(AsBytes("second"))};
    const PassTables tables(block_, first_table_);
    std::string current(text);
    for (const uint32_t pass : passes_) {
      const sluice::test_support::ExactBuffer exact(current);
      json::Document document;
      EXPECT_TRUE(document.Parse(exact.text()).ok()) << current;
      OutputBuffer out(1u << 20);
      EXPECT_TRUE(RunPass(tables, pass, document.root(), secrets, scratch_, out).ok());
      current = std::string(out.text());
    }
    return current;
  }

 private:
  std::vector<uint32_t> passes_;
  Block block_;
  uint32_t first_table_ = 0;
  PassScratch scratch_;
};

inline std::string RunFused(const std::vector<PassStep>& steps, std::string_view text) {
  return Passes(steps).Run(text);
}
inline std::string RunOneByOne(const std::vector<PassStep>& steps, std::string_view text) {
  std::string current(text);
  for (const PassStep& step : steps) current = Passes({step}).Run(current);
  return current;
}

// One step, by marks: its general paths on the query room.
inline std::string RunMarked(const PassStep& step, const Texts& texts, std::string_view text,
                             PassScratch& scratch) {
  PassBuilder builder;
  const std::optional<uint32_t> selection = builder.AddSelection(step);
  EXPECT_TRUE(selection);
  BlockBuilder blocks(1);
  const uint32_t first_table = builder.AddTo(blocks);
  const Block block = blocks.Build();
  const PassTables tables(block, first_table);

  const sluice::test_support::ExactBuffer exact(text);
  json::Document document;
  EXPECT_TRUE(document.Parse(exact.text()).ok()) << text;
  EXPECT_TRUE(MarkSimple(tables, *selection, document.root(), 1000, scratch).ok());
  for (uint32_t i = 0; i < texts.size(); ++i) {
    if (step.paths[i].simple) continue;
    const absl::StatusOr<query::JsonPath> path =
        query::JsonPath::Compile(texts[i], {}, query::Duplicates::kEvery);
    EXPECT_TRUE(path.ok()) << texts[i];
    query::JsonPathScratch query_scratch;
    std::vector<uint32_t> nodes;
    EXPECT_TRUE(path->Run(document, query_scratch, nodes).ok());
    for (const uint32_t node : nodes) EXPECT_TRUE(scratch.marks.Add(node, i));
  }
  const HmacSha256 secrets[] = {HmacSha256(AsBytes("first"))};
  OutputBuffer out(1u << 20);
  EXPECT_TRUE(RunSelection(tables, *selection, document.root(), secrets, scratch, out).ok());
  return std::string(out.text());
}

}  // namespace sluice::transform::test_support

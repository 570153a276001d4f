#include "sluice/transform/selection.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pass_support.h"
#include "random_steps.h"
#include "sluice/base/status.h"

namespace sluice::transform {
namespace {

using test_support::Hash;
using test_support::RandomSteps;
using test_support::RunFused;
using test_support::RunMarked;
using test_support::Texts;

std::string Run(StepKind kind, const Texts& paths, std::string_view text) {
  PassScratch scratch;
  return RunMarked(test_support::Step(kind, paths), paths, text, scratch);
}
std::string Pick(const Texts& paths, std::string_view text) {
  return Run(StepKind::kPick, paths, text);
}
std::string Drop(const Texts& paths, std::string_view text) {
  return Run(StepKind::kDrop, paths, text);
}
std::string Redact(const Texts& paths, std::string_view text) {
  return Run(StepKind::kRedact, paths, text);
}
std::string Rename(const std::vector<std::pair<std::string, std::string>>& names,
                   std::string_view text) {
  Texts paths;
  for (const auto& [path, name] : names) paths.push_back(path);
  PassScratch scratch;
  return RunMarked(test_support::Rename(names), paths, text, scratch);
}

constexpr std::string_view kOrders =
    R"({"orders":[{"id":1,"total":3},{"id":2,"total":7,"x":[]},{"total":9}],"page":{"n":1}})";

TEST(Selection, Pick) {
  EXPECT_EQ(Pick({"$.orders[?@.total > 5].id"}, kOrders), R"({"orders":[{"id":2}]})");
  EXPECT_EQ(Pick({"$.orders[?@.total > 5]"}, kOrders),
            R"({"orders":[{"id":2,"total":7,"x":[]},{"total":9}]})");
  EXPECT_EQ(Pick({"$.orders[-1]"}, kOrders), R"({"orders":[{"total":9}]})");
  EXPECT_EQ(Pick({"$..id"}, kOrders), R"({"orders":[{"id":1},{"id":2}]})");
  EXPECT_EQ(Pick({"$..id", "$.page"}, kOrders), R"({"orders":[{"id":1},{"id":2}],"page":{"n":1}})");
  EXPECT_EQ(Pick({"$..*"}, kOrders), kOrders);
}

TEST(Selection, PickKeepsContainersOnTheSimpleWay) {
  EXPECT_EQ(Pick({"$.orders[?@.total > 99].id"}, kOrders), R"({"orders":[]})");
  EXPECT_EQ(Pick({"$.page.n[?@]"}, kOrders), R"({"page":{}})");
  EXPECT_EQ(Pick({"$..none", "$.page.none"}, kOrders), R"({"page":{}})");
  EXPECT_EQ(Pick({"$.orders[*][?@.id]"}, kOrders), R"({"orders":[{},{},{}]})");
  EXPECT_EQ(Pick({"$.orders['id','total']"}, kOrders), R"({"orders":[]})");
  EXPECT_EQ(Pick({"$..none"}, "[1]"), "[]");
  EXPECT_EQ(Pick({"$..none"}, "17"), "null");
  EXPECT_EQ(Pick({"$..none", "$"}, "17"), "17");
  EXPECT_EQ(Pick({"$..none", "$"}, " [ 1 ] "), "[ 1 ]");
}

TEST(Selection, Drop) {
  EXPECT_EQ(Drop({"$..total", "$.page"}, kOrders), R"({"orders":[{"id":1},{"id":2,"x":[]},{}]})");
  EXPECT_EQ(Drop({"$.orders[?@.total > 5]"}, kOrders),
            R"({"orders":[{"id":1,"total":3}],"page":{"n":1}})");
  EXPECT_EQ(Drop({"$.orders[0,2]", "$..id"}, kOrders),
            R"({"orders":[{"total":7,"x":[]}],"page":{"n":1}})");
  EXPECT_EQ(Drop({"$..*"}, kOrders), "{}");
  EXPECT_EQ(Drop({"$..none"}, kOrders), kOrders);
  EXPECT_EQ(Drop({"$..a"}, R"({"a":1,"b":2,"a":3})"), R"({"b":2})");
  EXPECT_EQ(Drop({"$[::2]"}, "[ 1 , 2 , 3 , 4 ]"), "[ 2 , 4 ]");
  EXPECT_EQ(Drop({"$..a"}, "17"), "17");
}

TEST(Selection, Redact) {
  EXPECT_EQ(Redact({"$..total", "$..x"}, R"({"total":{"total":1},"y":[{"x":2},3]})"),
            R"({"total":"***","y":[{"x":"***"},3]})");
  EXPECT_EQ(Redact({"$..*"}, R"({"a":{"b":1},"c":[]})"), R"({"a":"***","c":"***"})");
  EXPECT_EQ(Redact({"$", "$..a"}, R"({"a":1})"), R"("***")");
  PassScratch scratch;
  EXPECT_EQ(RunMarked(test_support::Redact({"$..a"}, Hash()), {"$..a"}, R"([{"a":"x"}])", scratch),
            RunFused({test_support::Redact({"$[0].a"}, Hash())}, R"([{"a":"x"}])"));
}

TEST(Selection, Rename) {
  EXPECT_EQ(Rename({{"$..total", "sum"}}, kOrders),
            R"({"orders":[{"id":1,"sum":3},{"id":2,"sum":7,"x":[]},{"sum":9}],"page":{"n":1}})");
  // What is no member is left alone.
  EXPECT_EQ(Rename({{"$..*", "a"}}, R"([[1],{"b":[2,{"c":3}]}])"), R"([[1],{"a":[2,{"a":3}]}])");
  EXPECT_EQ(Rename({{"$..a", "b"}, {"$.x.b", "a"}}, R"({"x":{"a":1,"b":2},"a":{"a":3}})"),
            R"({"x":{"b":1,"a":2},"b":{"b":3}})");
  // The last path decides.
  EXPECT_EQ(Rename({{"$..a", "x"}, {"$.b.a", "y"}}, R"({"a":1,"b":{"a":2}})"),
            R"({"x":1,"b":{"y":2}})");
  EXPECT_EQ(Rename({{"$.b.a", "y"}, {"$..a", "x"}}, R"({"a":1,"b":{"a":2}})"),
            R"({"x":1,"b":{"x":2}})");
}

TEST(Selection, RenameDisplaces) {
  EXPECT_EQ(Rename({{"$..a", "b"}}, R"([{"b":1,"a":2},{"b":3},{"a":4,"\u0062":5,"b":6,"c":7}])"),
            R"([{"b":2},{"b":3},{"b":4,"c":7}])");
  // Objects in each other, displaced ones with marks in them.
  EXPECT_EQ(Rename({{"$..a", "b"}}, R"({"b":{"a":1},"c":{"b":2,"a":{"b":3}},"a":{"a":4,"b":5}})"),
            R"({"c":{"b":{"b":3}},"b":{"b":4}})");
  EXPECT_EQ(
      Rename({{"$..a", "b"}, {"$..c", "d"}}, R"({"a":1,"d":2,"x":{"c":3,"b":4,"d":5},"b":6})"),
      R"({"b":1,"d":2,"x":{"d":3,"b":4}})");
}

TEST(Selection, DeepDocuments) {
  std::string deep;
  std::string expected;
  for (int i = 0; i < 250; ++i) {
    deep += R"([{"b":0,"a":)";
    expected += R"([{"a":)";
  }
  deep += "1";
  expected += "1";
  for (int i = 0; i < 250; ++i) {
    deep += R"(,"b":2},3])";
    expected += "},3]";
  }
  EXPECT_EQ(Drop({"$..b"}, deep), expected);
}

TEST(Selection, MarksThatAreTooMany) {
  PassBuilder builder;
  ASSERT_EQ(builder.AddSelection(test_support::Drop({"$[*]", "$..a"})), 0u);
  BlockBuilder blocks(1);
  const uint32_t first = builder.AddTo(blocks);
  const Block block = blocks.Build();
  const PassTables tables(block, first);
  json::Document document;
  ASSERT_TRUE(document.Parse("[1,2,3]").ok());
  PassScratch scratch;
  OutputBuffer out(100);
  EXPECT_EQ(BudgetOf(MarkSimple(tables, 0, document.root(), 2, scratch)), Budget::kResults);
  EXPECT_FALSE(scratch.marks.Add(1, 1));
  EXPECT_EQ(BudgetOf(RunSelection(tables, 0, document.root(), {}, scratch, out)), Budget::kResults);
  EXPECT_EQ(out.size(), 0u);
  ASSERT_TRUE(MarkSimple(tables, 0, document.root(), 3, scratch).ok());
  ASSERT_TRUE(RunSelection(tables, 0, document.root(), {}, scratch, out).ok());
  EXPECT_EQ(out.text(), "[]");
}

TEST(Marks, Sort) {
  RandomSteps random(7);
  for (const uint32_t range : {3u, 300u, 70'000u, 1u << 20, 0xFFFFFFFFu}) {
    Marks marks;
    marks.Reset(5000);
    std::map<uint32_t, uint32_t> expected;
    for (int i = 0; i < 5000; ++i) {
      const Mark mark = {random.Below(range), random.Below(4)};
      const auto [at, first] = expected.emplace(mark.node, mark.why);
      at->second = std::max(at->second, mark.why);
      const bool added =
          mark.through() ? marks.AddThrough(mark.node) : marks.Add(mark.node, mark.path());
      ASSERT_TRUE(added);
    }
    EXPECT_FALSE(marks.Add(1, 1));
    ASSERT_TRUE(marks.Sort());
    ASSERT_EQ(marks.span().size(), expected.size());
    const Mark* mark = marks.span().data();
    for (const auto& [node, why] : expected) {
      EXPECT_EQ(mark->node, node);
      EXPECT_EQ(mark->why, why);
      ++mark;
    }
  }
}

// Simple paths do the same by marks and in a pass.
TEST(Selection, EqualsThePassOfSimplePaths) {
  PassScratch scratch;
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    RandomSteps random(seed);
    for (const PassStep& step : random.Steps()) {
      const std::string text = random.Document(" ");
      ASSERT_EQ(RunMarked(step, Texts(step.paths.size()), text, scratch), RunFused({step}, text))
          << "seed " << seed << " steps " << random.description() << " on " << text;
    }
  }
}

// The same paths made general: each name is a list of selectors, twice the same.
TEST(Selection, EqualsThePassOfPathsThatWereSimple) {
  PassScratch scratch;
  size_t compared = 0;
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    RandomSteps random(seed);
    for (const PassStep& step : random.Steps()) {
      // What a pick goes through is only kept on the simple way.
      if (step.kind == StepKind::kPick) continue;
      PassStep general = step;
      Texts texts(step.paths.size());
      for (size_t i = 0; i < texts.size(); ++i) {
        if (step.paths[i].segments.empty()) continue;
        texts[i] = "$";
        for (const Segment& segment : step.paths[i].segments) {
          const std::string name = "'" + segment.name + "'";
          const std::string index = std::to_string(segment.index);
          if (segment.kind == Segment::Kind::kName) texts[i] += "[" + name + "," + name + "]";
          if (segment.kind == Segment::Kind::kIndex) texts[i] += "[" + index + "," + index + "]";
          if (segment.kind == Segment::Kind::kToken) texts[i] += "[" + name + "," + index + "]";
          if (segment.kind == Segment::Kind::kWildcard) texts[i] += "[*,*]";
        }
        PathFault fault;
        ASSERT_TRUE(ParsePath(texts[i], &general.paths[i], &fault));
        ASSERT_FALSE(general.paths[i].simple);
      }
      const std::string text = random.Document();
      ASSERT_EQ(RunMarked(general, texts, text, scratch), RunFused({step}, text))
          << "seed " << seed << " steps " << random.description() << " on " << text;
      ++compared;
    }
  }
  EXPECT_GT(compared, 1500u);
}

}  // namespace
}  // namespace sluice::transform

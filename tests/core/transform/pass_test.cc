#include "sluice/transform/pass.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pass_support.h"
#include "random_steps.h"

namespace sluice::transform {
namespace {

using test_support::Drop;
using test_support::Hash;
using test_support::KeepLast;
using test_support::Passes;
using test_support::Pick;
using test_support::RandomSteps;
using test_support::Redact;
using test_support::Rename;
using test_support::RunFused;
using test_support::RunOneByOne;
using test_support::With;

TEST(Pass, Pointers) {
  const std::string_view text = R"({"a":[{"0":1,"x":2},3],"0":{"-":4},"b/c":5,"":6})";
  EXPECT_EQ(RunFused({Pick({"/a/0/0"})}, text), R"({"a":[{"0":1}]})");
  EXPECT_EQ(RunFused({Pick({"/a/1"})}, text), R"({"a":[3]})");
  EXPECT_EQ(RunFused({Pick({"/0/-"})}, text), R"({"0":{"-":4}})");
  EXPECT_EQ(RunFused({Pick({"/b~1c", "/"})}, text), R"({"b/c":5,"":6})");
  EXPECT_EQ(RunFused({Pick({""})}, text), text);
  EXPECT_EQ(RunFused({Drop({"/0"})}, text), R"({"a":[{"0":1,"x":2},3],"b/c":5,"":6})");
  EXPECT_EQ(RunFused({Drop({"/0"})}, "[1,2,3]"), "[2,3]");
  EXPECT_EQ(RunFused({Drop({"/00", "/-"})}, "[1,2,3]"), "[1,2,3]");
}

TEST(Rename, Members) {
  const std::string_view text = R"({"a":1,"b":{"c":[2,3],"d":4},"e":5})";
  EXPECT_EQ(RunFused({Rename({{"$.a", "x"}})}, text), R"({"x":1,"b":{"c":[2,3],"d":4},"e":5})");
  EXPECT_EQ(RunFused({Rename({{"$.b.d", "é\""}})}, text),
            R"({"a":1,"b":{"c":[2,3],"é\"":4},"e":5})");
  // All paths mean the names before the step.
  EXPECT_EQ(RunFused({Rename({{"$.b", "x"}, {"$.b.c", "y"}, {"$.x.d", "z"}})}, text),
            R"({"a":1,"x":{"y":[2,3],"d":4},"e":5})");
  EXPECT_EQ(RunFused({Rename({{"$.a", "e"}, {"$.e", "a"}})}, text),
            R"({"e":1,"b":{"c":[2,3],"d":4},"a":5})");
  EXPECT_EQ(RunFused({Rename({{"$.none", "x"}})}, text), text);
  EXPECT_EQ(RunFused({Rename({{"$[*].a", "x"}, {"/1/b", "y"}, {"/0/0", "z"}})},
                     R"([{"a":1,"0":2},{"a":3,"b":4}])"),
            R"([{"x":1,"z":2},{"x":3,"y":4}])");
  // Elements have no names.
  EXPECT_EQ(RunFused({Rename({{"/0", "x"}})}, "[1,2]"), "[1,2]");
  EXPECT_EQ(RunFused({Rename({{"/0", "x"}})}, R"({"0":1})"), R"({"x":1})");
}

TEST(Rename, TheLastPathDecides) {
  EXPECT_EQ(RunFused({Rename({{"$.*.a", "x"}, {"$.b.a", "y"}})}, R"({"b":{"a":1},"c":{"a":2}})"),
            R"({"b":{"y":1},"c":{"x":2}})");
  EXPECT_EQ(RunFused({Rename({{"$.b.a", "y"}, {"$.*.a", "x"}})}, R"({"b":{"a":1},"c":{"a":2}})"),
            R"({"b":{"x":1},"c":{"x":2}})");
}

TEST(Rename, WhatHadTheNameGoes) {
  EXPECT_EQ(RunFused({Rename({{"$.a", "b"}})}, R"({"a":1,"b":2,"c":3})"), R"({"b":1,"c":3})");
  EXPECT_EQ(RunFused({Rename({{"$.a", "b"}})}, R"({"b":2,"c":3,"a":1})"), R"({"c":3,"b":1})");
  EXPECT_EQ(RunFused({Rename({{"$.a", "b"}})}, R"({"b":2,"\u0062":3,"\u0061":1,"b":4})"),
            R"({"b":1})");
  // Only where there is the one that gets it.
  EXPECT_EQ(RunFused({Rename({{"$[*].a", "b"}})}, R"([{"b":1},{"a":2},{"a":3,"b":4},{"c":5}])"),
            R"([{"b":1},{"b":2},{"b":3},{"c":5}])");
  // Not if it gets another name itself; nor the one that keeps its own.
  EXPECT_EQ(RunFused({Rename({{"$.a", "b"}, {"$.b", "c"}})}, R"({"a":1,"b":2,"c":3})"),
            R"({"b":1,"c":2})");
  EXPECT_EQ(RunFused({Rename({{"$.a", "a"}})}, R"({"a":1,"b":2})"), R"({"a":1,"b":2})");
  // All that are renamed stay.
  EXPECT_EQ(RunFused({Rename({{"$.a", "b"}})}, R"({"a":1,"a":2,"b":3})"), R"({"b":1,"b":2})");
  EXPECT_EQ(RunFused({Rename({{"$.a", "c"}, {"$.b", "c"}})}, R"({"a":1,"b":2,"c":3})"),
            R"({"c":1,"c":2})");
  // Objects in each other.
  EXPECT_EQ(RunFused({Rename({{"$.a", "b"}, {"$.a.a", "b"}, {"$.c.a", "b"}})},
                     R"({"c":{"a":1,"b":2},"a":{"b":3,"a":4},"b":{"b":5}})"),
            R"({"c":{"b":1},"b":{"b":4}})");
}

// One step after the other in one pass.
TEST(Fusion, LaterStepsSeeWhatEarlierOnesLeft) {
  const std::string_view text = R"({"a":{"x":1,"y":"two"},"b":[{"x":3}],"c":4})";
  const struct {
    std::vector<PassStep> steps;
    std::string_view expected;
  } cases[] = {
      {{Rename({{"$.a", "z"}}), Drop({"$.a", "$.z.x"})},
       R"({"z":{"y":"two"},"b":[{"x":3}],"c":4})"},
      {{Rename({{"$.a", "c"}}), Rename({{"$.c", "a"}}), Pick({"$.a.x"})}, R"({"a":{"x":1}})"},
      {{Drop({"$.c"}), Rename({{"$.c", "a"}})}, R"({"a":{"x":1,"y":"two"},"b":[{"x":3}]})"},
      {{Pick({"$.c.x"}), Rename({{"$.c", "a"}})}, "{}"},
      {{Redact({"$.a"}), Pick({"$.a.x", "$.b"})}, R"({"b":[{"x":3}]})"},
      {{Redact({"$.a"}), Redact({"$.a.x", "$.b"}, With("-"))}, R"({"a":"***","b":"-","c":4})"},
      {{Redact({"$.a"}), Redact({"$.a"}, With("-"))}, R"({"a":"-","b":[{"x":3}],"c":4})"},
      {{Redact({"$"}), Pick({"$.a"})}, "null"},
      {{Redact({"$"}), Pick({"$.a"}), Redact({"$"}, With("-"))}, R"("-")"},
      {{Pick({"$.a", "$.c"}), Drop({"$.a.x"}), Redact({"$.a.y"}, KeepLast(1)),
        Rename({{"$.c", "y"}})},
       R"({"a":{"y":"***o"},"y":4})"},
      {{Drop({"$.*"}), Pick({"$.a"})}, "{}"},
      {{Drop({"$.b[*]"}), Redact({"$.b[0].x"})}, R"({"a":{"x":1,"y":"two"},"b":[],"c":4})"},
  };
  for (const auto& c : cases) {
    Passes passes(c.steps);
    EXPECT_EQ(passes.count(), 1u) << c.expected;
    EXPECT_EQ(passes.Run(text), c.expected);
    EXPECT_EQ(RunOneByOne(c.steps, text), c.expected);
  }
}

TEST(Fusion, ADisplacedMemberGivesNoName) {
  // Step 1 puts the scalar a in the place of b, step 2 drops it: b isn't there to become c.
  const std::vector<PassStep> steps = {Rename({{"$.a", "b"}}), Pick({"$.b.x", "$.c"}),
                                       Rename({{"$.b", "c"}})};
  const std::string_view text = R"({"a":1,"b":{"x":1},"c":5})";
  Passes passes(steps);
  EXPECT_EQ(passes.count(), 1u);
  EXPECT_EQ(passes.Run(text), R"({"c":5})");
  EXPECT_EQ(RunOneByOne(steps, text), R"({"c":5})");
}

TEST(Fusion, StopsWhereOnePassCannotTell) {
  const struct {
    std::vector<PassStep> steps;
    size_t passes;
  } cases[] = {
      // Indexes of what earlier steps moved up.
      {{Drop({"$[0]"}), Drop({"$[0]"})}, 2},
      {{Drop({"$.a[1]"}), Redact({"/a/0"})}, 2},
      {{Pick({"$[*].x"}), Drop({"$[0].x"})}, 2},
      {{Pick({"$[1]"}), Drop({"/0"})}, 2},
      {{Drop({"$[0]"}), Redact({"$[0]"}), Drop({"$[0]"}), Pick({"$[0]"})}, 3},
      {{Drop({"$[0]"}), Rename({{"$[*].a", "b"}}), Redact({"$[0].b"})}, 2},
      // Of other arrays, or none that moved.
      {{Drop({"$.a[0]"}), Drop({"$.b[0]"})}, 1},
      {{Pick({"$[*]"}), Drop({"$[0]"})}, 1},
      {{Redact({"$[0]"}), Drop({"$[0]"})}, 1},
      {{Drop({"$[0].a"}), Drop({"$[0]"})}, 1},
      {{Drop({"$[0]"}), Drop({"$[*].a"})}, 1},
      // Hashes of what earlier steps changed.
      {{Drop({"$.a.b"}), Redact({"$.a"}, Hash())}, 2},
      {{Pick({"$.a.b"}), Redact({"$.a"}, Hash())}, 2},
      {{Rename({{"$.a.b", "c"}}), Redact({"$.a"}, Hash())}, 2},
      {{Pick({"$.a"}), Redact({"$.a"}, Hash())}, 1},
      {{Redact({"$.a"}, Hash()), Drop({"$.a.b"})}, 1},
      {{Rename({{"$.a", "b"}}), Redact({"$.b"}, Hash())}, 1},
      {{Drop({"$.a.b"}), Redact({"$.a"}, KeepLast(4))}, 1},
      // What a value became can't be taken for the value.
      {{Redact({"$.a"}), Redact({"$.a"}, Hash())}, 2},
      {{Redact({"$.a"}, Hash()), Redact({"$.a"}, KeepLast(4))}, 2},
      {{Redact({"$.a"}, Hash()), Redact({"$.a"})}, 1},
      {{Redact({"$.a"}), Redact({"$.b"}, Hash())}, 1},
      {{Pick({"$.a"}), Redact({"$"}, KeepLast(1))}, 2},
  };
  const std::string_view texts[] = {
      R"([{"a":"x","x":[1]},{"x":"y"},3,[4,5],[[6]]])",
      R"({"a":{"b":"text","c":[1,2]},"b":[7,8,9]})",
      R"({"a":["one","two","three"],"b":{"a":1}})",
      R"({"a":"some text"})",
      "17",
  };
  for (const auto& c : cases) {
    Passes passes(c.steps);
    EXPECT_EQ(passes.count(), c.passes) << (&c - cases);
    for (const std::string_view text : texts) {
      EXPECT_EQ(passes.Run(text), RunOneByOne(c.steps, text)) << (&c - cases);
    }
  }
}

// Names at 20 places on the way that one step or another asks for: too many sets together, few by
// themselves.
TEST(Fusion, StopsBeforeThereAreTooManyStates) {
  std::vector<PassStep> steps;
  for (size_t place = 0; place < 20; ++place) {
    std::string path = "$";
    for (size_t i = 0; i < 40; ++i) path += i == place ? ".a" : ".*";
    steps.push_back(Drop({path + ".z"}));
  }
  const Passes passes(steps);
  EXPECT_GT(passes.count(), 1u);
  EXPECT_LT(passes.count(), 20u);
}

TEST(Fusion, AStepOfTooManyStatesIsFaulty) {
  test_support::Texts paths;
  for (size_t place = 0; place < 20; ++place) {
    std::string path = "$";
    for (size_t i = 0; i < 40; ++i) path += i == place ? ".a" : ".*";
    paths.push_back(path + ".z");
  }
  PassBuilder builder;
  std::vector<uint32_t> passes = {77};
  size_t faulty = 0;
  EXPECT_FALSE(builder.AddPasses({Pick({"$.a"}), Drop(paths)}, &passes, &faulty));
  EXPECT_EQ(faulty, 1u);
  EXPECT_EQ(passes, std::vector<uint32_t>({77}));
}

TEST(Pass, BlanksStayWhereNothingIsTaken) {
  const std::string_view text = " { \"a\" : 1 , \"b\" : { \"c\" : [ 1 , 2 ] } , \"d\" : 3 } ";
  EXPECT_EQ(RunFused({Pick({"$.b.c"})}, text), "{ \"b\" : { \"c\" : [ 1 , 2 ] } }");
  EXPECT_EQ(RunFused({Pick({"$.a", "$.d"})}, text), "{ \"a\" : 1 , \"d\" : 3 }");
  EXPECT_EQ(RunFused({Pick({"$.b.x"})}, text), "{ \"b\" : {  } }");
  EXPECT_EQ(RunFused({Drop({"$.a", "$.b.c[0]"})}, text),
            "{ \"b\" : { \"c\" : [ 2 ] } , \"d\" : 3 }");
  EXPECT_EQ(RunFused({Rename({{"$.a", "x"}}), Redact({"$.b"})}, text),
            "{ \"x\" : 1 , \"b\" : \"***\" , \"d\" : 3 }");
}

// What a container's children do to its commas, each way.
TEST(Pass, EverySubsetOfChildren) {
  for (uint32_t size = 0; size <= 7; ++size) {
    for (uint32_t kept = 0; kept < (1u << size); ++kept) {
      std::string object;
      std::string array;
      std::string object_left;
      std::string array_left;
      test_support::Texts names;
      test_support::Texts indexes;
      for (uint32_t i = 0; i < size; ++i) {
        const std::string number = std::to_string(i);
        const std::string member = "\"" + number + "\" :" + number;
        object += (i > 0 ? ", " : "") + member;
        array += (i > 0 ? ", " : "") + number;
        if ((kept >> i & 1) == 0) continue;
        object_left += (object_left.empty() ? "" : ", ") + member;
        array_left += (array_left.empty() ? "" : ", ") + number;
        names.push_back("$['" + number + "']");
        indexes.push_back("$[" + number + "]");
      }
      EXPECT_EQ(RunFused({Pick(names)}, "{" + object + "}"), "{" + object_left + "}");
      EXPECT_EQ(RunFused({Pick(indexes)}, "[" + array + "]"), "[" + array_left + "]");
    }
  }
}

// Names are told apart by what lies between their ends too, and however many they are.
TEST(Pass, NamesOfEqualEnds) {
  test_support::Texts paths;
  std::string text = "{";
  std::string expected = "{";
  for (const uint32_t length : {9u, 16u, 17u, 24u, 63u, 64u, 65u, 128u, 500u}) {
    for (uint32_t i = 0; i < 12; ++i) {
      std::string name(length, '-');
      name[length / 2] = static_cast<char>('a' + i);
      const std::string member = "\"" + name + "\":" + std::to_string(i);
      text += (text.size() > 1 ? "," : "") + member;
      if (i % 3 != 0) continue;
      paths.push_back("$['" + name + "']");
      expected += (expected.size() > 1 ? "," : "") + member;
    }
  }
  EXPECT_EQ(RunFused({Pick(paths)}, text + "}"), expected + "}");
}

// At the very end of a text there are fewer bytes to read than a key has.
TEST(Pass, ShortNamesAtTheEnd) {
  for (const std::string_view text :
       {R"({"a":1})", R"({"":1})", R"([{"a":1}])", R"({"abcd":{}})"}) {
    EXPECT_EQ(RunFused({Pick({"$.a", "$['']", "$[*].a", "$.abcd"})}, text), text);
    EXPECT_EQ(RunFused({Drop({"$.ab", "$.b", "$[*].b", "$.abc"})}, text), text);
  }
}

TEST(Pass, ValuesInADocument) {
  json::Document document;
  ASSERT_TRUE(document.Parse(R"({"x":[ {"a":1, "b":2} ],"a":3})").ok());
  const json::Value element(&document, document.root().Find("x").index() + 1);
  PassBuilder builder;
  std::vector<uint32_t> passes;
  size_t faulty = 0;
  ASSERT_TRUE(builder.AddPasses({Drop({"$.a"})}, &passes, &faulty));
  BlockBuilder blocks(1);
  const uint32_t first = builder.AddTo(blocks);
  const Block block = blocks.Build();
  PassScratch scratch;
  OutputBuffer out(100);
  ASSERT_TRUE(RunPass(PassTables(block, first), passes[0], element, {}, scratch, out).ok());
  EXPECT_EQ(out.text(), R"({"b":2})");
}

TEST(Fusion, EqualsStepByStep) {
  size_t fused = 0;
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    RandomSteps random(seed);
    const std::vector<PassStep> steps = random.Steps();
    Passes passes(steps);
    fused += passes.count() < steps.size() ? 1 : 0;
    for (int i = 0; i < 4; ++i) {
      const std::string text = random.Document();
      ASSERT_EQ(passes.Run(text), RunOneByOne(steps, text))
          << "seed " << seed << " steps " << random.description() << " on " << text;
    }
  }
  EXPECT_GT(fused, 500u);
}

std::string WithoutBlanks(std::string_view text) {
  std::string without;
  for (const char c : text) {
    if (c != ' ' && c != '\n') without.push_back(c);
  }
  return without;
}

TEST(Fusion, BlanksChangeNothing) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    RandomSteps random(seed);
    const std::vector<PassStep> steps = random.Steps();
    Passes passes(steps);
    const std::string text = random.Document(" \n");
    if (random.hashes()) continue;  // of the text, blanks and all
    ASSERT_EQ(WithoutBlanks(passes.Run(text)), passes.Run(WithoutBlanks(text)))
        << "seed " << seed << " steps " << random.description() << " on " << text;
  }
}

}  // namespace
}  // namespace sluice::transform

#include "sluice/query/member_lookup.h"

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sluice/base/block.h"
#include "sluice/json/writer.h"

namespace sluice::query {
namespace {

// One lookup of some names, and its run over a document.
class Names {
 public:
  explicit Names(const std::vector<std::string>& names) : names_(names) {
    LookupBuilder builder;
    const uint32_t place = builder.New();
    for (const std::string& name : names) slots_.push_back(builder.Add(place, name));
    std::string pool;
    std::vector<Lookup> lookups;
    std::vector<LookupName> rows;
    builder.Build(pool, &lookups, &rows);
    BlockBuilder block(1);
    block.Add(lookups);
    block.Add(rows);
    block.Add(std::string_view(pool));
    program_ = block.Build();
  }

  // Each name in each object of the document is what Value::Find says.
  void ExpectAll(const std::string& json) {
    // Of exactly its size on the heap: a byte read behind it is seen.
    const std::vector<char> exact(json.begin(), json.end());
    const std::string_view text(exact.data(), exact.size());
    json::Document document;
    ASSERT_TRUE(document.Parse(text).ok()) << json;
    StepMeter meter(uint64_t{1} << 40);
    MemberLookup lookup(program_, 0, 1, program_.Text(2), document, meter, states_);
    for (uint32_t node = 0; node < document.nodes().size(); ++node) {
      for (size_t i = 0; i < names_.size(); ++i) {
        const json::Value expected = json::Value(&document, node).Find(names_[i]);
        EXPECT_EQ(lookup.Find(node, slots_[i].lookup, slots_[i].number),
                  expected.present() ? expected.index() : 0)
            << names_[i] << " at node " << node << " of " << json;
        EXPECT_EQ(lookup.Name(slots_[i].lookup, slots_[i].number), names_[i]);
      }
    }
  }

  const std::vector<LookupSlot>& slots() const { return slots_; }

 private:
  std::vector<std::string> names_;
  std::vector<LookupSlot> slots_;
  Block program_;
  std::vector<MemberLookup::State> states_;
};

TEST(MemberLookup, FindsShortLongAndOddNames) {
  const std::string fourteen(14, 'n');
  Names names({"", "a", "ab", "abc", "abcdef", "abcdefg", fourteen, fourteen + "n", fourteen + "m",
               "a\"b", "x\":", "\\", "\n", "é"});
  names.ExpectAll("{}");
  names.ExpectAll(R"({"":1})");
  names.ExpectAll(R"({"a":1})");
  names.ExpectAll(R"({"x":"y","a":0,"ab" :1,"abc":{"abcdef":2,"abcdefg":3},"":4})");
  names.ExpectAll(R"({"x\":":1,"a\"b":2,"\\":3,"\n":4,"\u00e9":5,"\u0061":6,"a":[{"b":7}]})");
  names.ExpectAll("{\"" + fourteen + "\":1,\"" + fourteen + "n\":2,\"" + fourteen + "m\":3}");
  names.ExpectAll("{\"" + fourteen + "nn\":1,\"" + fourteen + "\":2}");
}

TEST(MemberLookup, TakesTheLastOfEqualNames) {
  Names names({"a", "b"});
  names.ExpectAll(R"({"a":1,"b":2,"\u0061":3,"b":4,"c":5})");
  names.ExpectAll(R"([{"a":1,"a":2},{"b":{"a":3}},{"c":0},{"b":4}])");
}

TEST(MemberLookup, NamesBeyondARowGoOn) {
  std::vector<std::string> many;
  std::string json = "{";
  for (int i = 0; i < 100; ++i) {
    many.push_back("name" + std::to_string(i));
    if (i % 3 != 0) json += "\"" + many.back() + "\":" + std::to_string(i) + ",";
  }
  Names names(many);
  names.ExpectAll(json + "\"last\":0}");
  EXPECT_NE(names.slots().front().lookup, names.slots().back().lookup);
}

TEST(MemberLookup, AgreesWithFindOnRandomObjects) {
  std::mt19937 random(20261121);
  const auto below = [&random](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  const auto name = [&below] {
    std::string text(below(4) == 0 ? below(20) : below(5), 'a');
    for (char& c : text)
      c = "ab\xC3\xA9"
          "\"\\:,"[below(below(3) == 0 ? 8 : 2)];
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> wanted(1 + below(20));
    for (std::string& text : wanted) text = name();
    Names names(wanted);
    OutputBuffer out(1u << 16);
    json::Writer writer(out);
    writer.BeginArray();
    for (uint32_t object = below(4) + 1; object > 0; --object) {
      writer.BeginObject();
      for (uint32_t member = below(12); member > 0; --member) {
        writer.Key(below(2) == 0 ? name() : wanted[below(static_cast<uint32_t>(wanted.size()))]);
        if (below(3) == 0) {
          writer.Raw("[{\"a\":1,\"\\u0061b\":2}]");
        } else {
          writer.Uint(member);
        }
      }
      writer.EndObject();
    }
    writer.EndArray();
    // Half of an é may be written: then it is no JSON.
    json::Document document;
    if (document.Parse(out.text()).ok()) names.ExpectAll(std::string(out.text()));
  }
}

TEST(MemberLookup, StopsWithoutSteps) {
  LookupBuilder builder;
  const LookupSlot slot = builder.Add(builder.New(), "a");
  std::string pool;
  std::vector<Lookup> lookups;
  std::vector<LookupName> rows;
  builder.Build(pool, &lookups, &rows);
  BlockBuilder block(1);
  block.Add(lookups);
  block.Add(rows);
  const Block program = block.Build();
  json::Document document;
  ASSERT_TRUE(document.Parse(R"({"a":1,"b":2}                )").ok());
  std::vector<MemberLookup::State> states;
  StepMeter meter(5);
  MemberLookup lookup(program, 0, 1, pool, document, meter, states);
  EXPECT_EQ(lookup.Find(0, slot.lookup, slot.number), 2u);
  EXPECT_EQ(lookup.Find(0, slot.lookup, slot.number), 2u);  // at hand
  EXPECT_EQ(meter.left(), 2u);
  StepMeter little(2);
  MemberLookup stopped(program, 0, 1, pool, document, little, states);
  EXPECT_EQ(stopped.Find(0, slot.lookup, slot.number), 0u);
  EXPECT_TRUE(little.exhausted());
}

}  // namespace
}  // namespace sluice::query

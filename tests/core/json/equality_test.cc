#include "sluice/json/equality.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "sluice/json/number_order.h"

namespace sluice::json {
namespace {

constexpr HashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

struct Compared {
  bool equal;
  bool same_hash;
};

Compared Compare(std::string_view a, std::string_view b) {
  Document x;
  Document y;
  EXPECT_TRUE(x.Parse(a).ok()) << a;
  EXPECT_TRUE(y.Parse(b).ok()) << b;
  EqualityScratch scratch;
  const bool equal = Equal(x.root(), y.root(), scratch);
  EXPECT_EQ(Equal(y.root(), x.root(), scratch), equal) << a << " " << b;
  const bool same_hash = Hash(x.root(), kKey, scratch) == Hash(y.root(), kKey, scratch);
  EXPECT_FALSE(scratch.exhausted());
  return {equal, same_hash};
}

TEST(Equality, GroupsOfEqualValues) {
  const std::vector<std::vector<std::string_view>> groups = {
      {"null"},
      {"true"},
      {"false"},
      {"0", "-0", "0.0", "0e9", "-0.0e-9"},
      {"1", "1.0", "10e-1", "0.1e1"},
      {"-1", "-1.0"},
      {"120", "1.2e2", "12e1", "1200e-1"},
      {"99999999", "99999999.0", "9.9999999e7"},
      {"100000000", "1e8", "0.1e9"},
      {"9007199254740992"},
      {"9007199254740993", "9007199254740993.0", "9.007199254740993e15"},
      {"1e400", "10e399"},
      {"\"\""},
      {R"("1")", R"("\u0031")"},
      {R"("a/b")", R"("a\/b")", R"("\u0061/\u0062")"},
      {R"("é😀")", R"("\u00e9\ud83d\ude00")", R"("é\uD83D\uDE00")"},
      {R"("\ud83d")", R"("\uFFFD")", "\"\xEF\xBF\xBD\"", R"("\ude00")"},
      {"[]"},
      {"[[]]"},
      {"[1,2]", "[1.0, 20e-1]"},
      {"[2,1]"},
      {"[1,[2]]"},
      {"{}"},
      {"[{}]"},
      {R"({"a":1})", R"({"\u0061":1.0})", R"({"a":2,"a":1})", R"({"a":{},"\u0061":1})"},
      {R"({"a":1,"b":2})", R"({"b":2,"a":1})", R"({"a":3,"b":2,"a":1})", R"({"b":2,"a":1,"b":2})"},
      {R"({"a":2,"b":1})", R"({"a":1,"b":1,"a":2})"},
      {R"({"a":{"x":1,"y":[{"p":1,"q":2}]},"b":2})", R"({"b":2,"a":{"y":[{"q":2,"p":1}],"x":1}})"},
      {R"({"a":{"x":1,"y":[{"p":2,"q":1}]},"b":2})"},
  };
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t j = 0; j < groups.size(); ++j) {
      for (const std::string_view a : groups[i]) {
        for (const std::string_view b : groups[j]) {
          const Compared compared = Compare(a, b);
          EXPECT_EQ(compared.equal, i == j) << a << " " << b;
          EXPECT_EQ(compared.same_hash, i == j) << a << " " << b;
        }
      }
    }
  }
}

// The definition, by copying everything.
std::string Canonical(Value value);

std::string CanonicalObject(Value object) {
  std::map<std::string, std::string> members;
  std::string scratch;
  for (const Member member : Members(object)) {
    members[std::string(member.key.string(&scratch))] = Canonical(member.value);
  }
  std::string text = "{";
  for (const auto& [name, value] : members) text.append(name).append("\x01").append(value + "\x02");
  return text + "}";
}

std::string Canonical(Value value) {
  std::string scratch;
  if (value.is(Kind::kObject)) return CanonicalObject(value);
  if (value.is(Kind::kString)) return "s" + std::string(value.string(&scratch)) + "\x03";
  if (!value.is(Kind::kArray)) return std::string(value.raw());
  std::string text = "[";
  for (const Value element : Elements(value)) text += Canonical(element);
  return text + "]";
}

std::string RandomValue(std::mt19937& random, int depth) {
  static constexpr std::string_view kScalars[] = {
      "1",           "2",        "null",         "true",  R"("a")",
      R"("\u0061")", R"("b\n")", R"("b\u000A")", "\"é\"", R"("\u00e9")"};
  static constexpr std::string_view kNames[] = {R"("a":)",   R"("\u0061":)", R"("b":)", R"("c":)",
                                                R"("\/d":)", R"("/d":)",     R"("e":)"};
  const uint32_t choice = random() % 5;
  if (depth == 0 || choice < 2) return std::string(kScalars[random() % std::size(kScalars)]);
  const bool object = choice > 2;
  std::string text = object ? "{" : "[";
  for (uint32_t i = random() % (object ? 12 : 3); i > 0; --i) {
    if (object) text += kNames[random() % std::size(kNames)];
    text += RandomValue(random, depth - 1);
    text += i > 1 ? "," : "";
  }
  return text + (object ? "}" : "]");
}

TEST(Equality, AgreesWithItsDefinition) {
  std::mt19937 random(3);
  size_t equal = 0;
  std::vector<std::string> texts;
  for (int i = 0; i < 900; ++i) texts.push_back(RandomValue(random, 1 + i % 3));
  std::vector<Document> documents(texts.size());
  std::vector<std::string> canonical;
  std::vector<uint64_t> hashes;
  EqualityScratch scratch;
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_TRUE(documents[i].Parse(texts[i]).ok()) << texts[i];
    canonical.push_back(Canonical(documents[i].root()));
    hashes.push_back(Hash(documents[i].root(), kKey, scratch));
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool expected = canonical[i] == canonical[j];
      if (expected && texts[i] != texts[j]) ++equal;
      ASSERT_EQ(Equal(documents[i].root(), documents[j].root(), scratch), expected)
          << texts[i] << "\n"
          << texts[j];
      ASSERT_EQ(hashes[i] == hashes[j], expected) << texts[i] << "\n" << texts[j];
    }
  }
  EXPECT_GT(equal, 1000u);
}

// Values below the budget's depth of 512, and of objects whose names are the other way round.
std::string Nested(bool reversed) {
  std::string text = "1";
  for (int i = 0; i < 511; ++i) {
    text = reversed ? R"({"b":2,"a":)" + text + "}" : R"({"a":)" + text + R"(,"b":2})";
  }
  return text;
}

TEST(Equality, AsDeepAsADocumentCanBe) {
  EXPECT_TRUE(Compare(Nested(false), Nested(true)).equal);
  EXPECT_TRUE(Compare(Nested(false), Nested(true)).same_hash);
  EXPECT_TRUE(Compare(Nested(true), Nested(true)).equal);
  std::string other = Nested(true);
  other[other.find("1")] = '3';
  EXPECT_FALSE(Compare(Nested(false), other).equal);
}

// Quadratic, these would run for minutes.
TEST(Equality, ManyMembers) {
  constexpr int kCount = 20'000;
  std::string ascending = "{";
  std::string descending = "{";
  std::string repeated = "{";
  std::string repeated_otherwise = "{";
  for (int i = 0; i < kCount; ++i) {
    const char* comma = i == 0 ? "" : ",";
    ascending += comma + ("\"" + std::to_string(i) + "\":1");
    descending += comma + ("\"" + std::to_string(kCount - 1 - i) + "\":1.0");
    // All that differs is said again and counts only then.
    const std::string name = "\"" + std::to_string(i % (kCount / 2)) + "\":";
    const bool last = i >= kCount / 2;
    repeated += comma + name + (last ? "1" : "2");
    repeated_otherwise += comma + name + (last ? "1" : "3");
  }
  for (std::string* text : {&ascending, &descending, &repeated, &repeated_otherwise}) *text += "}";
  EXPECT_TRUE(Compare(ascending, descending).equal);
  EXPECT_TRUE(Compare(ascending, descending).same_hash);
  EXPECT_TRUE(Compare(repeated, repeated_otherwise).equal);
  EXPECT_TRUE(Compare(repeated, repeated_otherwise).same_hash);
  EXPECT_FALSE(Compare(ascending, repeated).equal);
}

TEST(Equality, ScratchIsKeptAndGivenBack) {
  Document x;
  Document y;
  ASSERT_TRUE(x.Parse(R"({"a":1,"b":{"c":2,"d":3}})").ok());
  ASSERT_TRUE(y.Parse(R"({"b":{"d":3,"c":2},"a":1})").ok());
  EqualityScratch scratch;
  EXPECT_TRUE(Equal(x.root(), y.root(), scratch));
  const size_t retained = scratch.retained_bytes();
  EXPECT_GT(retained, 0u);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Equal(x.root(), y.root(), scratch));
  EXPECT_EQ(scratch.retained_bytes(), retained);
  scratch.Release();
  EXPECT_EQ(scratch.retained_bytes(), 0u);
  EXPECT_TRUE(Equal(x.root(), y.root(), scratch));
}

TEST(Equality, HashesDependOnTheKeyAndSpread) {
  EqualityScratch scratch;
  std::set<uint64_t> hashes;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = R"({"id":)" + std::to_string(i % 1000) + "}";
    Document document;
    ASSERT_TRUE(document.Parse(text).ok());
    hashes.insert(Hash(document.root(), i < 1000 ? kKey : HashKey{1, 2}, scratch));
  }
  EXPECT_EQ(hashes.size(), 2000u);
}

}  // namespace
}  // namespace sluice::json

// Schemas that are written to be dear to compile. What isn't bounded here takes minutes, or more
// memory than there is.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "support.h"

namespace sluice::schema {
namespace {

using test::FaultsOf;
using test::Validator;
using testing::ElementsAre;
using testing::StartsWith;

std::string Repeat(int count, const std::function<std::string(int)>& text) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    if (i != 0) all += ',';
    all += text(i);
  }
  return all;
}

// Compiles, and says how many faults there are, told or not.
size_t CountFaults(std::string_view schema, const Options& options = {}) {
  json::Document document;
  EXPECT_TRUE(document.Parse(schema).ok());
  json::CompileContext context;
  EXPECT_EQ(Compile(document.root(), options, context).ok(), context.issues().empty());
  return context.issues().total();
}

TEST(SchemaHostile, NamesThatDifferBetweenWhatIsAlike) {
  // The same begin, middle and end.
  const std::string eight = "aaaaaaaa";
  const auto name = [&](int i) {
    return absl::StrCat(eight, absl::Dec(i, absl::kZeroPad20), eight,
                        absl::Dec(i, absl::kZeroPad20), eight);
  };
  const auto quoted = [&](int i) { return absl::StrCat("\"", name(i), "\""); };
  Validator values(absl::StrCat("{\"enum\":[", Repeat(80'000, quoted), "]}"));
  EXPECT_EQ(values.Ask(quoted(0)), "valid");
  EXPECT_EQ(values.Ask(quoted(79'999)), "valid");
  EXPECT_EQ(values.Ask(quoted(80'000)), "invalid");
  const auto property = [&](int i) { return absl::StrCat(quoted(i), ":true"); };
  Validator names(absl::StrCat("{\"additionalProperties\":false,\"properties\":{",
                               Repeat(80'000, property), "}}"));
  const auto member = [&](int i) { return absl::StrCat(quoted(79'999 - i), ":0"); };
  EXPECT_EQ(names.Ask(absl::StrCat("{", Repeat(80'000, member), "}")), "valid");
  EXPECT_EQ(names.Ask(absl::StrCat("{", quoted(80'000), ":0}")), "invalid");
}

TEST(SchemaHostile, NamesThatAreAllRequired) {
  constexpr int kCount = 80'000;
  const auto name = [](int i) { return absl::StrCat("\"n", i, "\""); };
  Validator schema(absl::StrCat("{\"required\":[", Repeat(kCount, name), "]}"));
  const auto member = [&](int i) { return absl::StrCat(name(i), ":", i); };
  EXPECT_EQ(schema.Ask(absl::StrCat("{", Repeat(kCount, member), "}")), "valid");
  EXPECT_EQ(schema.Ask(absl::StrCat("{", Repeat(kCount - 1, member), "}")), "invalid");
  // As many, one of them twice; more, and one is missing.
  const std::string but_last = Repeat(kCount - 1, member);
  EXPECT_EQ(schema.Ask(absl::StrCat("{", but_last, ",\"n7\":0}")), "invalid");
  EXPECT_EQ(schema.Ask(absl::StrCat("{", but_last, ",\"n7\":0,\"x\":0}")), "invalid");
  EXPECT_EQ(schema.Ask(absl::StrCat("{\"x\":0,", but_last, ",\"n7\":0,\"n\\u00379999\":0}")),
            "valid");
}

TEST(SchemaHostile, LongUrisWithinEachOther) {
  // Each is as long as the one around it.
  const auto child = [](int i) {
    return absl::StrCat("\"", i, "\":{\"$id\":\"", i, "\",\"$dynamicAnchor\":\"a\"}");
  };
  const std::string base = absl::StrCat("http://x/", std::string(8000, 'x'), "/");
  EXPECT_THAT(
      FaultsOf(absl::StrCat("{\"$id\":\"", base, "\",\"$defs\":{", Repeat(150'000, child), "}}")),
      ElementsAre(StartsWith("budget_exceeded /$defs/")));
  // So are those of one name.
  const auto twin = [](int i) { return absl::StrCat("\"", i, "\":{\"$id\":\"a\"}"); };
  const std::vector<std::string> faults =
      FaultsOf(absl::StrCat("{\"$id\":\"", base, "\",\"$defs\":{", Repeat(150'000, twin), "}}"));
  ASSERT_FALSE(faults.empty());
  EXPECT_THAT(faults[0], StartsWith("duplicate_id /$defs/1 "));
}

TEST(SchemaHostile, UrisThatNothingIsCalled) {
  // 160 MB of them.
  const auto reference = [](int i) { return absl::StrCat("{\"$ref\":\"", i, "\"}"); };
  const std::string base = absl::StrCat("http://x/", std::string(8000, 'x'), "/");
  EXPECT_EQ(CountFaults(absl::StrCat("{\"$id\":\"", base, "\",\"allOf\":[",
                                     Repeat(20'000, reference), "]}")),
            20'000u);
}

TEST(SchemaHostile, PointersToMembersThatArentThere) {
  const auto member = [](int i) { return absl::StrCat("\"", std::string(50, 'x'), i, "\":true"); };
  const auto reference = [](int i) {
    return absl::StrCat("{\"$ref\":\"#/$defs/", std::string(50, 'y'), i, "\"}");
  };
  EXPECT_EQ(CountFaults(absl::StrCat("{\"$defs\":{", Repeat(200, member), "},\"allOf\":[",
                                     Repeat(10'000, reference), "]}")),
            10'000u);
}

// As generators write them: nothing that takes the square of 20,000.
TEST(SchemaHostile, DefinitionsThatAreReferredToOnceEach) {
  constexpr int kCount = 20'000;
  const auto definition = [](int i) { return absl::StrCat("\"a/", i, "\":{\"const\":", i, "}"); };
  const auto property = [](int i) {
    return absl::StrCat("\"p", i, "\":{\"$ref\":\"#/$defs/a~1", i, "\"}");
  };
  Validator named(absl::StrCat("{\"$defs\":{", Repeat(kCount, definition), "},\"properties\":{",
                               Repeat(kCount, property), "}}"));
  EXPECT_EQ(named.Ask(R"({"p0":0,"p19999":19999})"), "valid");
  EXPECT_EQ(named.Ask(R"({"p0":0,"p19999":19998})"), "invalid");
  const auto element = [](int i) { return absl::StrCat("{\"const\":", i, "}"); };
  const auto by_index = [](int i) {
    return absl::StrCat("\"p", i, "\":{\"$ref\":\"#/$defs/all/anyOf/", i, "\"}");
  };
  Validator numbered(absl::StrCat("{\"$defs\":{\"all\":{\"anyOf\":[", Repeat(kCount, element),
                                  "]}},\"properties\":{", Repeat(kCount, by_index), "}}"));
  EXPECT_EQ(numbered.Ask(R"({"p0":0,"p19999":19999})"), "valid");
  EXPECT_EQ(numbered.Ask(R"({"p0":0,"p19999":19998})"), "invalid");
}

// What is looked up in an index is what is found without one.
TEST(SchemaHostile, PointersIntoLargeContainers) {
  for (const int count : {10, 100}) {
    const auto member = [](int i) { return absl::StrCat("\"", i, "\":{\"const\":", i, "}"); };
    const std::string defs = absl::StrCat("{\"\":{\"const\":\"empty\"},", Repeat(count, member),
                                          R"(,"7":{"const":"last"},"\u0041":{"const":"A"}})");
    const std::string items = absl::StrCat(
        "[", Repeat(count, [](int i) { return absl::StrCat("{\"const\":", i, "}"); }), "]");
    const auto schema = [&](std::string_view pointer) {
      return absl::StrCat(R"({"allOf":[{"$ref":"#)", pointer, R"("}],"$defs":)", defs,
                          R"(,"prefixItems":)", items, "}");
    };
    const auto named = [&](std::string_view pointer) {
      return Validator(schema(absl::StrCat("/$defs", pointer)));
    };
    EXPECT_EQ(named("/").Ask("\"empty\""), "valid");
    EXPECT_EQ(named("/3").Ask("3"), "valid");
    EXPECT_EQ(named("/7").Ask("\"last\""), "valid");
    EXPECT_EQ(named("/A").Ask("\"A\""), "valid");
    EXPECT_EQ(Validator(schema("/prefixItems/3")).Ask("3"), "valid");
    for (const std::string_view nothing :
         {"/$defs/03", "/$defs/100", "/prefixItems/03", "/prefixItems/100", "/prefixItems/",
          "/prefixItems/-", "/prefixItems/4294967299"}) {
      EXPECT_THAT(FaultsOf(schema(nothing)),
                  ElementsAre(StartsWith("unresolved_reference /allOf/0/$ref ")))
          << nothing;
    }
  }
}

TEST(SchemaHostile, MetaSchemasAmongThousands) {
  std::vector<ParsedResource> resources;
  json::Document resource;
  ASSERT_TRUE(resource.Parse(R"({"$id":"http://x/one"})").ok());
  std::vector<std::string> uris;
  uris.reserve(10'000);
  resources.reserve(10'000);
  for (int i = 0; i < 10'000; ++i) uris.push_back(absl::StrCat("http://x/", i));
  for (const std::string& uri : uris) resources.push_back({uri, resource.root()});
  Options options;
  options.parsed_resources = resources;
  // The last one, and none.
  for (const std::string_view meta : {"http://x/9999", "http://x/none"}) {
    const auto child = [&](int i) {
      return absl::StrCat("{\"$id\":\"urn:", i, "\",\"$schema\":\"", meta, "\"}");
    };
    const std::string schema = absl::StrCat("{\"allOf\":[", Repeat(50'000, child), "]}");
    EXPECT_GE(CountFaults(schema, options), meta == "http://x/none" ? 50'000u : 1u);
  }
}

TEST(SchemaHostile, AVocabularyThatManyAskFor) {
  const auto word = [](int i) { return absl::StrCat("\"urn:", i, "\":false"); };
  const std::string meta = absl::StrCat("{\"$vocabulary\":{", Repeat(20'000, word), "}}");
  const Resource resource = {"http://x/meta", meta};
  Options options;
  options.resources = absl::MakeConstSpan(&resource, 1);
  const auto child = [](int i) {
    return absl::StrCat("{\"$id\":\"urn:", i, "\",\"$schema\":\"http://x/meta\"}");
  };
  EXPECT_EQ(CountFaults(absl::StrCat("{\"allOf\":[", Repeat(50'000, child), "]}"), options), 0u);
}

}  // namespace
}  // namespace sluice::schema

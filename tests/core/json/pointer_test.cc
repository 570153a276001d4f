#include "sluice/json/pointer.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::json {
namespace {

TEST(Pointer, OfEveryNode) {
  Document document;
  ASSERT_TRUE(document.Parse(R"({"a":[1,{"b":2}],"":3,"x/y~z":{"\u00e9":[]}})").ok());
  const std::vector<std::string> expected = {
      "",  "/a", "/a",       "/a/0",     "/a/1",       "/a/1/b",    "/a/1/b",
      "/", "/",  "/x~1y~0z", "/x~1y~0z", "/x~1y~0z/é", "/x~1y~0z/é"};
  ASSERT_EQ(document.nodes().size(), expected.size());
  for (uint32_t node = 0; node < expected.size(); ++node) {
    EXPECT_EQ(PointerTo(Value(&document, node)), expected[node]) << node;
  }
}

TEST(Pointer, Tokens) {
  std::string pointer = "/a";
  AppendPointerToken("", &pointer);
  AppendPointerToken("~1/", &pointer);
  EXPECT_EQ(pointer, "/a//~01~1");
}

TEST(Pointer, OfNothing) { EXPECT_EQ(PointerTo(Value()), ""); }

}  // namespace
}  // namespace sluice::json

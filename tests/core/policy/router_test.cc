// Which route a request gets, through Policy::Match.
#include "sluice/policy/router.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "support.h"

namespace sluice::policy {
namespace {

// A policy with one upstream and these routes: {id, match}.
std::string PolicyOf(const std::vector<std::pair<std::string, std::string>>& routes) {
  std::string text =
      R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}}, "routes": [)";
  for (size_t i = 0; i < routes.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", R"({"id": ")", routes[i].first,
                    R"(", "upstream": "u", "match": )", routes[i].second, "}");
  }
  return text + "]}";
}

std::string PathsOf(const std::vector<std::pair<std::string, std::string>>& paths) {
  std::vector<std::pair<std::string, std::string>> routes;
  for (const auto& [id, path] : paths) {
    routes.emplace_back(id, absl::StrCat(R"({"path": ")", path, "\"}"));
  }
  return PolicyOf(routes);
}

TEST(Router, LiteralBeatsParameterBeatsRest) {
  TestPolicy policy(PathsOf({{"rest", "/a/{x...}"},
                             {"parameter", "/a/{x}"},
                             {"literal", "/a/b"},
                             {"deeper", "/a/{x}/c"}}));
  EXPECT_EQ(policy.Route("GET", "/a/b"), "literal");
  EXPECT_EQ(policy.Route("GET", "/a/c"), "parameter");
  EXPECT_EQ(policy.Route("GET", "/a/c/c"), "deeper");
  EXPECT_EQ(policy.Route("GET", "/a/b/c"), "deeper") << "falls back from the literal b";
  EXPECT_EQ(policy.Route("GET", "/a/b/d"), "rest");
  EXPECT_EQ(policy.Route("GET", "/a/b/c/d"), "rest");
  EXPECT_EQ(policy.Route("GET", "/a/"), "rest");
  EXPECT_EQ(policy.Route("GET", "/a"), "rest") << "the rest may be empty";
  EXPECT_EQ(policy.Route("GET", "/b"), "404");
  EXPECT_EQ(policy.Route("GET", "/"), "404");
}

TEST(Router, SegmentsDecideFromTheLeft) {
  TestPolicy policy(PathsOf({{"right", "/{x}/b/c"}, {"left", "/a/{x}/{y}"}}));
  EXPECT_EQ(policy.Route("GET", "/a/b/c"), "left");
  EXPECT_EQ(policy.Route("GET", "/x/b/c"), "right");
}

TEST(Router, FallsBackThroughSeveralDepths) {
  TestPolicy policy(PathsOf({{"abcd", "/a/b/c/d"},
                             {"abx", "/a/b/{x}/e"},
                             {"ax", "/a/{x}/{y}/f"},
                             {"x", "/{w}/{x}/{y}/g"},
                             {"all", "/{rest...}"}}));
  EXPECT_EQ(policy.Route("GET", "/a/b/c/d"), "abcd");
  EXPECT_EQ(policy.Route("GET", "/a/b/c/e"), "abx");
  EXPECT_EQ(policy.Route("GET", "/a/b/c/f"), "ax");
  EXPECT_EQ(policy.Route("GET", "/a/b/c/g"), "x");
  EXPECT_EQ(policy.Route("GET", "/a/b/c/h"), "all");
}

TEST(Router, TrailingSlashIsAnotherPath) {
  TestPolicy policy(PathsOf({{"with", "/a/"}, {"without", "/a"}, {"root", "/"}, {"p", "/p/{x}"}}));
  EXPECT_EQ(policy.Route("GET", "/a"), "without");
  EXPECT_EQ(policy.Route("GET", "/a/"), "with");
  EXPECT_EQ(policy.Route("GET", "/"), "root");
  EXPECT_EQ(policy.Route("GET", "/p/"), "404") << "a parameter is never empty";
  EXPECT_EQ(policy.Route("GET", "/p/x"), "p");
  EXPECT_EQ(policy.Route("GET", "/p/x/"), "404");
}

TEST(Router, MatchesNormalizedPaths) {
  TestPolicy policy(PathsOf({{"ab", "/a/b"}, {"admin", "/admin"}, {"any", "/{x}"}}));
  EXPECT_EQ(policy.Route("GET", "//a///b"), "ab");
  EXPECT_EQ(policy.Route("GET", "/%61/b"), "ab");
  EXPECT_EQ(policy.Route("GET", "/x/../a/./b"), "ab");
  EXPECT_EQ(policy.Route("GET", "/x/%2e%2e/%61dmin"), "admin");
  EXPECT_EQ(policy.Route("GET", "/%2E/admin"), "admin");
  EXPECT_EQ(policy.Route("GET", "/ADMIN"), "any") << "paths are case-sensitive";
  EXPECT_EQ(policy.Route("GET", "/admin%2F"), "400 an encoded slash (%2F) in the path");
  EXPECT_EQ(policy.Route("GET", "/admin%5c"), "400 an encoded backslash (%5C) in the path");
  EXPECT_EQ(policy.Route("GET", "/admin%00"), "400 an encoded NUL (%00) in the path");
  EXPECT_EQ(policy.Route("GET", "/admin%"), "400 malformed percent-encoding in the path");
  EXPECT_EQ(policy.Route("GET", "/admin\\"), "400 a backslash in the path");
  EXPECT_EQ(policy.Route("GET", "admin"), "400 a path that doesn't start with a slash");
  EXPECT_EQ(policy.Route("GET", ""), "400 a path that doesn't start with a slash");
}

TEST(Router, ComparesLiteralsDecoded) {
  // Else a client could slip past a route by encoding what its upstream decodes.
  TestPolicy policy(
      PathsOf({{"at", "/a@b"}, {"cafe", "/caf\xC3\xA9"}, {"blank", "/a%20b"}, {"any", "/{x}"}}));
  EXPECT_EQ(policy.Route("GET", "/a@b"), "at");
  EXPECT_EQ(policy.Route("GET", "/a%40b"), "at");
  EXPECT_EQ(policy.Route("GET", "/caf%C3%A9"), "cafe");
  EXPECT_EQ(policy.Route("GET", "/caf%c3%a9"), "cafe");
  EXPECT_EQ(policy.Route("GET", "/a%20b"), "blank");
  EXPECT_EQ(policy.Route("GET", "/a%2540b"), "any");
  EXPECT_EQ(policy.Route("GET", absl::StrCat("/", std::string(1000, 'a'), "%40")), "any");
}

TEST(Router, Methods) {
  TestPolicy policy(PolicyOf({{"get", R"({"path": "/a", "methods": ["GET"]})"},
                              {"put", R"({"path": "/a", "methods": ["PUT", "DELETE"]})"},
                              {"b", R"({"path": "/b"})"},
                              {"head", R"({"path": "/c", "methods": ["HEAD"]})"},
                              {"getc", R"({"path": "/c", "methods": ["GET"]})"}}));
  EXPECT_EQ(policy.Route("GET", "/a"), "get");
  EXPECT_EQ(policy.Route("HEAD", "/a"), "get") << "GET includes HEAD";
  EXPECT_EQ(policy.Route("DELETE", "/a"), "put");
  EXPECT_EQ(policy.Route("POST", "/a"), "405 GET, HEAD, PUT, DELETE");
  EXPECT_EQ(policy.Route("get", "/a"), "405 GET, HEAD, PUT, DELETE") << "case-sensitive";
  EXPECT_EQ(policy.Route("BREW", "/a"), "405 GET, HEAD, PUT, DELETE");
  EXPECT_EQ(policy.Route("BREW", "/b"), "b");
  EXPECT_EQ(policy.Route("", "/b"), "b");
  EXPECT_EQ(policy.Route("HEAD", "/c"), "head") << "unless another route says HEAD itself";
  EXPECT_EQ(policy.Route("GET", "/c"), "getc");
}

TEST(Router, ARouteWithoutTheMethodNeverWinsOverOneThatHasIt) {
  TestPolicy policy(PolicyOf({{"literal", R"({"path": "/a/b", "methods": ["GET"]})"},
                              {"parameter", R"({"path": "/a/{x}", "methods": ["POST"]})"},
                              {"host", R"({"path": "/h", "methods": ["GET"], "hosts": ["h"]})"},
                              {"nohost", R"({"path": "/h", "methods": ["PUT"]})"}}));
  EXPECT_EQ(policy.Route("GET", "/a/b"), "literal");
  EXPECT_EQ(policy.Route("POST", "/a/b"), "parameter");
  EXPECT_EQ(policy.Route("PUT", "/a/b"), "405 GET, HEAD, POST") << "of all that could have";
  EXPECT_EQ(policy.Route("PUT", "/h", "h"), "nohost");
  EXPECT_EQ(policy.Route("PATCH", "/h", "h"), "405 GET, HEAD, PUT");
  EXPECT_EQ(policy.Route("PATCH", "/h", "i"), "405 PUT");
}

TEST(Router, OrderDecidesWhatElseDoesNot) {
  TestPolicy policy(PolicyOf({{"get", R"({"path": "/a", "methods": ["GET"]})"},
                              {"others", R"({"path": "/a"})"},
                              {"x", R"({"path": "/b", "headers": {"x": "1"}})"},
                              {"y", R"({"path": "/b", "headers": {"y": "1"}})"}}));
  EXPECT_EQ(policy.Route("GET", "/a"), "get");
  EXPECT_EQ(policy.Route("HEAD", "/a"), "get");
  EXPECT_EQ(policy.Route("POST", "/a"), "others");
  EXPECT_EQ(policy.Route("GET", "/b", "", {{"x", "1"}, {"y", "1"}}), "x");
  EXPECT_EQ(policy.Route("GET", "/b", "", {{"y", "1"}}), "y");
  EXPECT_EQ(policy.Route("GET", "/b"), "404");
}

TEST(Router, ARouteThatIsShadowedOnOneOfItsHostsServesTheOthers) {
  TestPolicy policy(R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}},
    "routes": [
      {"id": "one", "match": {"path": "/", "hosts": ["a.b"]}, "upstream": "u"},
      {"id": "two", "match": {"path": "/", "hosts": ["a.b", "c.d"]}, "upstream": "u"}]})");
  EXPECT_EQ(policy.Route("GET", "/", "a.b"), "one");
  EXPECT_EQ(policy.Route("GET", "/", "c.d"), "two");
}

TEST(Router, Hosts) {
  TestPolicy policy(
      PolicyOf({{"any", R"({"path": "/a"})"},
                {"wide", R"({"path": "/a", "hosts": ["*.example.com"]})"},
                {"narrow", R"({"path": "/a", "hosts": ["*.shop.example.com"]})"},
                {"exact", R"({"path": "/a", "hosts": ["a.shop.example.com", "b.example.com"]})"},
                {"only", R"({"path": "/b", "hosts": ["*.example.com", "Example.COM"]})"}}));
  EXPECT_EQ(policy.Route("GET", "/a", "a.shop.example.com"), "exact");
  EXPECT_EQ(policy.Route("GET", "/a", "b.example.com"), "exact");
  EXPECT_EQ(policy.Route("GET", "/a", "c.shop.example.com"), "narrow");
  EXPECT_EQ(policy.Route("GET", "/a", "d.c.shop.example.com"), "narrow");
  EXPECT_EQ(policy.Route("GET", "/a", "shop.example.com"), "wide") << "*. needs a label";
  EXPECT_EQ(policy.Route("GET", "/a", "example.com"), "any");
  EXPECT_EQ(policy.Route("GET", "/a", "notexample.com"), "any");
  EXPECT_EQ(policy.Route("GET", "/a", ""), "any");
  EXPECT_EQ(policy.Route("GET", "/a", "a.shop.example.com."), "exact") << "a final dot";
  EXPECT_EQ(policy.Route("GET", "/a", ".example.com"), "any") << "no empty label";
  EXPECT_EQ(policy.Route("GET", "/a", std::string(300, 'a') + ".example.com"), "any");
  EXPECT_EQ(policy.Route("GET", "/b", "example.com"), "only");
  EXPECT_EQ(policy.Route("GET", "/b", "x.example.com"), "only");
  EXPECT_EQ(policy.Route("GET", "/b", "example.org"), "404");
}

TEST(Router, PathsComeBeforeHosts) {
  TestPolicy policy(PolicyOf(
      {{"host", R"({"path": "/{x}", "hosts": ["h"]})"}, {"literal", R"({"path": "/a"})"}}));
  EXPECT_EQ(policy.Route("GET", "/a", "h"), "literal");
  EXPECT_EQ(policy.Route("GET", "/b", "h"), "host");
}

TEST(Router, HeadersAreExactAndMoreOfThemWin) {
  TestPolicy policy(
      PolicyOf({{"none", R"({"path": "/a"})"},
                {"one", R"({"path": "/a", "headers": {"X-Client": "mobile"}})"},
                {"two", R"({"path": "/a", "headers": {"x-client": "mobile", "x-beta": "1"}})"}}));
  EXPECT_EQ(policy.Route("GET", "/a"), "none");
  EXPECT_EQ(policy.Route("GET", "/a", "", {{"x-client", "mobile"}}), "one");
  EXPECT_EQ(policy.Route("GET", "/a", "", {{"x-client", "mobile"}, {"x-beta", "1"}}), "two");
  EXPECT_EQ(policy.Route("GET", "/a", "", {{"x-beta", "1"}}), "none");
  EXPECT_EQ(policy.Route("GET", "/a", "", {{"x-client", "Mobile"}}), "none");
  EXPECT_EQ(policy.Route("GET", "/a", "", {{"x-client", "mobile, mobile"}}), "none");
}

TEST(Router, AnEmptyValueIsNotAnAbsentHeader) {
  TestPolicy policy(PolicyOf({{"a", R"({"path": "/a", "headers": {"x": ""}})"}}));
  EXPECT_EQ(policy.Route("GET", "/a", "", {{"x", ""}}), "a");
  EXPECT_EQ(policy.Route("GET", "/a"), "404");
}

TEST(Router, ManyRoutes) {
  std::vector<std::pair<std::string, std::string>> paths;
  for (int i = 0; i < 2000; ++i) {
    paths.emplace_back(absl::StrCat("r", i), absl::StrCat("/v", i % 7, "/thing", i, "/{id}"));
  }
  TestPolicy policy(PathsOf(paths));
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(policy.Route("GET", absl::StrCat("/v", i % 7, "/thing", i, "/x")),
              absl::StrCat("r", i));
    EXPECT_EQ(policy.Route("GET", absl::StrCat("/v", (i + 1) % 7, "/thing", i, "/x")), "404");
  }
}

TEST(Router, AgreesWithAPlainSearch) {
  // All templates over a small alphabet of segments, against the definition: the first of the
  // matching templates when sorted by kind of segment from the left.
  const std::vector<std::string> segments = {"a", "b", "{p}", "{r...}"};
  std::vector<std::vector<std::string>> templates;
  for (const std::string& x : segments) {
    templates.push_back({x});
    if (x == "{r...}") continue;
    for (const std::string& y : segments) {
      templates.push_back({x, y == "{p}" ? "{q}" : y});
      if (y == "{r...}") continue;
      for (const std::string& z : segments) {
        templates.push_back({x, y == "{p}" ? "{q}" : y, z == "{p}" ? "{s}" : z});
      }
    }
  }
  // A third of them at a time, so that fallbacks differ.
  for (size_t omit = 0; omit < 3; ++omit) {
    std::vector<std::pair<std::string, std::string>> paths;
    std::vector<std::vector<std::string>> used;
    for (size_t i = 0; i < templates.size(); ++i) {
      if (i % 3 == omit) continue;
      paths.emplace_back(absl::StrCat("t", i), "/" + absl::StrJoin(templates[i], "/"));
      used.push_back(templates[i]);
    }
    TestPolicy policy(PathsOf(paths));
    const auto kind = [](const std::string& s) { return s == "{r...}" ? 2 : s[0] == '{' ? 1 : 0; };
    const auto matches = [&](const std::vector<std::string>& t,
                             const std::vector<std::string>& path) {
      for (size_t i = 0; i < t.size(); ++i) {
        if (kind(t[i]) == 2) return path.size() >= i;
        if (i >= path.size()) return false;
        if (kind(t[i]) == 0 ? t[i] != path[i] : path[i].empty()) return false;
      }
      return t.size() == path.size();
    };
    const std::vector<std::string> values = {"a", "b", "c", ""};
    for (int code = 0; code < 4 * 4 * 4 * 4 * 4; ++code) {
      std::vector<std::string> path;
      for (int rest = code, i = 0; i <= code / 256; ++i, rest /= 4) {
        path.push_back(values[static_cast<size_t>(rest % 4)]);
      }
      bool normalized = true;
      for (size_t i = 0; i + 1 < path.size(); ++i) normalized = normalized && !path[i].empty();
      if (!normalized) continue;
      size_t best = used.size();
      for (size_t i = 0; i < used.size(); ++i) {
        if (!matches(used[i], path)) continue;
        if (best == used.size()) {
          best = i;
          continue;
        }
        for (size_t at = 0; at < 3; ++at) {
          const int mine = at < used[i].size() ? kind(used[i][at]) : -1;
          const int theirs = at < used[best].size() ? kind(used[best][at]) : -1;
          if (mine == theirs) continue;
          if (mine < theirs) best = i;
          break;
        }
      }
      EXPECT_EQ(policy.Route("GET", "/" + absl::StrJoin(path, "/")),
                best == used.size() ? "404" : paths[best].first)
          << absl::StrJoin(path, "/");
    }
  }
}

}  // namespace
}  // namespace sluice::policy

// The exported functions, as JavaScript calls them. One program has one instance, so the tests
// share it.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/abi/instance.h"
#include "sluice/abi/sluice.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/rule.h"

namespace sluice::abi {
namespace {

constexpr double kNow = 1'763'000'000'000;

using ::testing::HasSubstr;

std::string Text(const sluice_borrowed& bytes) {
  return bytes.data == nullptr ? "" : std::string(AsText({bytes.data, bytes.length}));
}
const sluice_result& Result() { return *sluice_result_address(); }
std::string ResultText() { return Text(Result().bytes); }

struct Written {
  const uint8_t* data;
  uint32_t length;
};
Written Write(std::string_view text) {
  uint8_t* memory = sluice_input(static_cast<uint32_t>(text.size()));
  EXPECT_NE(memory, nullptr);
  std::memcpy(memory, text.data(), text.size());
  return {memory, static_cast<uint32_t>(text.size())};
}

std::string Facts(std::string_view method, std::string_view path) {
  std::string frame;
  const auto word = [&](size_t value) {
    for (uint32_t shift = 0; shift < 32; shift += 8) {
      frame.push_back(static_cast<char>(value >> shift));
    }
  };
  const size_t start = 12 + 4 * 8;
  word(SLUICE_FACTS_VERSION);
  word(start + method.size() + path.size());
  word(4);
  word(start);
  word(method.size());
  word(SLUICE_ABSENT);
  word(0);
  word(start + method.size());
  word(path.size());
  word(SLUICE_ABSENT);
  word(0);
  return frame + std::string(method) + std::string(path);
}

constexpr std::string_view kPolicy =
    R"({"version":1,"upstreams":{"u":{"type":"service","binding":"U"}},)"
    R"("transforms":{"t":[{"pick":["$.a"]}]},)"
    R"("routes":[{"id":"r","match":{"path":"/r/{x}"},"upstream":"u","response":{"transform":"t"}}]})";

class AbiTest : public testing::Test {
 protected:
  // The instance gets its seed in the first test that runs; before that, nothing works.
  static void SetUpTestSuite() {
    const Written early = Write("{}");
    EXPECT_EQ(sluice_policy_compile(early.data, early.length), SLUICE_INVALID_ARGUMENT);
    EXPECT_THAT(ResultText(), HasSubstr("sluice_init"));
    EXPECT_EQ(sluice_counters_create(100), SLUICE_INVALID_ARGUMENT);
    EXPECT_EQ(sluice_dispose(1), SLUICE_INVALID_ARGUMENT);
    const Written half = Write("12345678");
    EXPECT_EQ(sluice_init(half.data, half.length), SLUICE_INVALID_ARGUMENT);
    const Written seed = Write("0123456789abcdef");
    EXPECT_EQ(sluice_init(seed.data, seed.length), SLUICE_OK);
  }

  uint32_t CompilePolicy(std::string_view text) {
    const Written json = Write(text);
    EXPECT_EQ(sluice_policy_compile(json.data, json.length), SLUICE_OK) << ResultText();
    return Result().handle;
  }
  uint32_t CompileQuery(uint32_t language, std::string_view query) {
    const Written text = Write(query);
    EXPECT_EQ(sluice_query_compile(language, text.data, text.length), SLUICE_OK) << ResultText();
    return Result().handle;
  }
  uint32_t Run(uint32_t query, std::string_view json) {
    const Written text = Write(json);
    return sluice_query_run(query, text.data, text.length);
  }
  uint32_t Paths(uint32_t query, std::string_view json) {
    const Written text = Write(json);
    return sluice_query_paths(query, text.data, text.length);
  }
};

TEST_F(AbiTest, SeedEntersOnce) {
  const Written seed = Write("fedcba9876543210");
  EXPECT_EQ(sluice_init(seed.data, seed.length), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("already"));
  EXPECT_EQ(sluice_abi_version(), SLUICE_ABI_VERSION);
}

TEST_F(AbiTest, ARequestGoesThrough) {
  const uint32_t policy = CompilePolicy(kPolicy);
  EXPECT_NE(policy, 0u);
  EXPECT_EQ(sluice_policy_describe(policy), SLUICE_OK);
  EXPECT_THAT(ResultText(), HasSubstr(R"("upstreams":[{"name":"u")"));

  const Written facts = Write(Facts("GET", "/r/1"));
  EXPECT_EQ(sluice_policy_match(policy, facts.data, facts.length, kNow), SLUICE_OK) << ResultText();
  EXPECT_EQ(Result().bytes.length, 4u * SLUICE_MATCH_WORDS);
  EXPECT_EQ(LoadWord(Result().bytes.data + 4 * SLUICE_MATCH_WORD_ROUTE), 0u);

  EXPECT_EQ(sluice_policy_decide(policy, 0, facts.data, facts.length, kNow), SLUICE_OK)
      << ResultText();
  EXPECT_EQ(Result().bytes.length, 4u * SLUICE_PLAN_WORDS + 4);
  EXPECT_TRUE(absl::EndsWith(ResultText(), "/r/1"));

  const Written body = Write(R"({"a":1e400,"b":[2]})");
  EXPECT_EQ(sluice_policy_transform(policy, 0, body.data, body.length, nullptr, 0), SLUICE_OK);
  EXPECT_EQ(ResultText(), R"({"a":1e400})");
  EXPECT_EQ(sluice_policy_transform(policy, 1, body.data, body.length, nullptr, 0),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_policy_decide(policy, 1, body.data, body.length, kNow), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_dispose(policy), SLUICE_OK);
}

TEST_F(AbiTest, StaleHandlesAreErrors) {
  const uint32_t policy = CompilePolicy(kPolicy);
  EXPECT_EQ(sluice_dispose(policy), SLUICE_OK);
  const Written facts = Write(Facts("GET", "/r/1"));
  for (const uint32_t handle : {policy, 0u, 0xFFFFFFFFu}) {
    EXPECT_EQ(sluice_policy_match(handle, facts.data, facts.length, kNow), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_policy_decide(handle, 0, facts.data, facts.length, kNow), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_policy_transform(handle, 0, facts.data, facts.length, nullptr, 0),
              SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_policy_describe(handle), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_transform_apply(handle, facts.data, facts.length, nullptr, 0),
              SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_policy_set_secret(handle, 0, facts.data, 1), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_transform_set_secret(handle, 0, facts.data, 1), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_query_run(handle, facts.data, facts.length), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_query_paths(handle, facts.data, facts.length), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_counters_charge(handle, 0, facts.data, facts.length, 0), SLUICE_STALE_HANDLE);
    EXPECT_EQ(sluice_dispose(handle), SLUICE_STALE_HANDLE);
    EXPECT_THAT(ResultText(), HasSubstr(R"("code":"stale_handle")"));
  }
}

TEST_F(AbiTest, AHandleOfAnotherKindIsAnError) {
  EXPECT_EQ(sluice_counters_create(100), SLUICE_OK);
  const uint32_t counters = Result().handle;
  const Written facts = Write(Facts("GET", "/r/1"));
  EXPECT_EQ(sluice_policy_match(counters, facts.data, facts.length, kNow), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_transform_apply(counters, facts.data, facts.length, nullptr, 0),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_query_run(counters, facts.data, facts.length), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("something else than a query"));
  EXPECT_EQ(sluice_dispose(counters), SLUICE_OK);
}

TEST_F(AbiTest, InputMustLieInTheMemoryThatWasGiven) {
  const uint32_t policy = CompilePolicy(kPolicy);
  const std::string mine = Facts("GET", "/r/1");
  const auto* elsewhere = reinterpret_cast<const uint8_t*>(mine.data());
  const auto length = static_cast<uint32_t>(mine.size());
  EXPECT_EQ(sluice_policy_match(policy, elsewhere, length, kNow), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_policy_match(policy, nullptr, length, kNow), SLUICE_INVALID_ARGUMENT);
  const Written facts = Write(mine);
  EXPECT_EQ(sluice_policy_match(policy, facts.data, 0xFFFFFFFF, kNow), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_policy_match(policy, facts.data - 1, length, kNow), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_policy_match(policy, nullptr, 0, kNow), SLUICE_INVALID_ARGUMENT) << "no frame";
  EXPECT_EQ(sluice_policy_match(policy, facts.data, length, kNow), SLUICE_OK);
  EXPECT_EQ(sluice_input(0xFFFFFFFF), nullptr) << "over the budget";
  EXPECT_EQ(sluice_policy_match(policy, facts.data, length, kNow), SLUICE_OK) << "still there";
  EXPECT_EQ(sluice_dispose(policy), SLUICE_OK);
}

TEST_F(AbiTest, InputMemoryIsKeptAndAligned) {
  uint8_t* first = sluice_input(100'000);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 8, 0u);
  EXPECT_EQ(sluice_input(5), first);
  EXPECT_EQ(sluice_input(100'000), first);
  EXPECT_NE(sluice_input(0), nullptr);
}

TEST_F(AbiTest, LargeInputMemoryIsGivenBackByTheNextCall) {
  const uint32_t policy = CompilePolicy(kPolicy);
  const uint8_t* small = sluice_input(SLUICE_INPUT_KEPT);
  ASSERT_NE(small, nullptr);
  EXPECT_EQ(sluice_policy_describe(policy), SLUICE_OK);
  EXPECT_EQ(sluice_policy_match(policy, small, 1, kNow), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("frame")) << "the memory is still the input's";

  const Written body = Write(R"({"a":")" + std::string(SLUICE_INPUT_KEPT, 'x') + R"("})");
  EXPECT_EQ(sluice_policy_transform(policy, 0, body.data, body.length, nullptr, 0), SLUICE_OK);
  EXPECT_EQ(Result().bytes.length, body.length) << "what it yielded stays";
  EXPECT_EQ(sluice_policy_transform(policy, 0, body.data, body.length, nullptr, 0),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("does not lie in the memory"));
  const Written again = Write(R"({"a":1})");
  EXPECT_EQ(sluice_policy_transform(policy, 0, again.data, again.length, nullptr, 0), SLUICE_OK);
  EXPECT_EQ(sluice_dispose(policy), SLUICE_OK);
}

TEST_F(AbiTest, FailuresAreJsonWithAllIssues) {
  const Written json = Write(R"({"version":1,"limts":{},"routes":[{"id":"r"}]})");
  EXPECT_EQ(sluice_policy_compile(json.data, json.length), SLUICE_INVALID_POLICY);
  constexpr std::string_view kFailure =
      R"j({"code":"invalid_policy","message":"unknown key \"limts\" (did you mean \"limits\"?)",)j"
      R"j("location":"/limts","byteOffset":13,"issues":[)j"
      R"j({"code":"unknown_key","pointer":"/limts","byteOffset":13,)j"
      R"j("message":"unknown key \"limts\" (did you mean \"limits\"?)"},)j"
      R"j({"code":"missing_key","pointer":"/routes/0","byteOffset":34,)j"
      R"j("message":"\"match\" is missing"},)j"
      R"j({"code":"missing_key","pointer":"/routes/0","byteOffset":34,)j"
      R"j("message":"\"upstream\" is missing"}],"issueCount":3})j";
  EXPECT_EQ(ResultText(), kFailure);
  EXPECT_EQ(Result().handle, 0u);

  const Written text = Write("{\"version\":1,}");
  EXPECT_EQ(sluice_policy_compile(text.data, text.length), SLUICE_INVALID_JSON);
  EXPECT_THAT(ResultText(), HasSubstr(R"({"code":"invalid_json","message":)"));
  EXPECT_THAT(ResultText(), HasSubstr(R"("byteOffset":13})"));
}

TEST_F(AbiTest, FailuresStayValidJsonAndBounded) {
  std::string keys;
  for (int i = 0; i < 700; ++i) {
    absl::StrAppend(&keys, i == 0 ? "" : ",", "\"", std::string(5000, 'k'), i, "\\u0000\\n\":1");
  }
  const Written json = Write(absl::StrCat("{", keys, "}"));
  EXPECT_EQ(sluice_policy_compile(json.data, json.length), SLUICE_INVALID_POLICY);
  EXPECT_LT(Result().bytes.length, 1u << 20);
  const std::string failure = ResultText();
  json::Document document;
  EXPECT_TRUE(document.Parse(failure).ok()) << failure.substr(0, 500);
  EXPECT_TRUE(document.root().Find("code").StringEquals("invalid_policy"));
}

TEST_F(AbiTest, AFailureKeepsTheFirstFaultWhereAllHaveNoRoom) {
  const Written json = Write("{\"" + std::string(300'000, 'k') + "\":1}");
  EXPECT_EQ(sluice_policy_compile(json.data, json.length), SLUICE_INVALID_POLICY);
  EXPECT_THAT(ResultText(), HasSubstr("unknown key"));
  EXPECT_THAT(ResultText(), HasSubstr("\"byteOffset\":1"));
  EXPECT_LT(ResultText().size(), 1000u);
}

TEST_F(AbiTest, Transforms) {
  const Written steps = Write(R"([{"drop":["$.b"]}])");
  ASSERT_EQ(sluice_transform_compile(steps.data, steps.length), SLUICE_OK) << ResultText();
  const uint32_t transform = Result().handle;
  const Written body = Write(R"({"a":1,"b":2})");
  EXPECT_EQ(sluice_transform_apply(transform, body.data, body.length, nullptr, 0), SLUICE_OK);
  EXPECT_EQ(ResultText(), R"({"a":1})");
  const Written bad = Write(R"({"a":1,"b":2)");
  EXPECT_EQ(sluice_transform_apply(transform, bad.data, bad.length, nullptr, 0),
            SLUICE_INVALID_JSON);
  EXPECT_THAT(ResultText(), HasSubstr(R"("byteOffset":12)"));
  EXPECT_EQ(sluice_dispose(transform), SLUICE_OK);

  const Written fault = Write(R"([{"drp":["$.b"]}])");
  EXPECT_EQ(sluice_transform_compile(fault.data, fault.length), SLUICE_INVALID_TRANSFORM);
  EXPECT_THAT(ResultText(), HasSubstr(R"({"code":"invalid_transform")"));
  EXPECT_THAT(ResultText(), HasSubstr("issues"));
}

TEST_F(AbiTest, ATransformNamesItsInputsAndSecrets) {
  const Written steps = Write(R"([{"drop":["$.b"]}])");
  ASSERT_EQ(sluice_transform_compile(steps.data, steps.length), SLUICE_OK) << ResultText();
  const uint32_t transform = Result().handle;
  EXPECT_EQ(ResultText(), R"({"inputs":[],"secrets":[]})");

  const Written secret = Write("k");
  EXPECT_EQ(sluice_transform_set_secret(transform, 0, secret.data, 1), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("no secret of this number"));
  EXPECT_EQ(sluice_transform_set_secret(transform, 0, secret.data, 0), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("at least one byte"));

  // A document, and behind it a frame: none that there is, one too many, and none at all.
  const auto frame = [](std::initializer_list<uint32_t> words) {
    OutputBuffer out(100);
    out.Append("{}");
    for (const uint32_t word : words) out.AppendWord(word);
    return std::string(out.text());
  };
  const auto apply = [&](const std::string& both) {
    const Written body = Write(both);
    return sluice_transform_apply(transform, body.data, 2, body.data + 2, body.length - 2);
  };
  EXPECT_EQ(apply(frame({})), SLUICE_OK);
  EXPECT_EQ(apply(frame({SLUICE_INPUTS_VERSION, 12, 0})), SLUICE_OK);
  EXPECT_EQ(ResultText(), "{}");
  EXPECT_EQ(apply(frame({SLUICE_INPUTS_VERSION, 20, 1, SLUICE_ABSENT, 0})),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("more inputs"));
  EXPECT_EQ(apply(frame({SLUICE_INPUTS_VERSION, 12, 1})), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("no inputs frame"));
  const Written body = Write("{}");
  const auto* elsewhere = reinterpret_cast<const uint8_t*>("{}");
  EXPECT_EQ(sluice_transform_apply(transform, body.data, 2, elsewhere, 2), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("does not lie in the memory"));
  EXPECT_EQ(sluice_dispose(transform), SLUICE_OK);
}

TEST_F(AbiTest, JsonPathQueries) {
  const uint32_t query = CompileQuery(SLUICE_QUERY_LANGUAGE_JSONPATH, "$..a");
  constexpr std::string_view kJson = R"({"a":1.0,"b":[{"a":{"a" : "\u00e9"}}],"it's":{"a":[]}})";
  EXPECT_EQ(Run(query, kJson), SLUICE_OK);
  EXPECT_EQ(ResultText(), R"([1.0,{"a" : "\u00e9"},"\u00e9",[]])");
  EXPECT_EQ(Paths(query, kJson), SLUICE_OK);
  EXPECT_EQ(ResultText(),
            R"(["$['a']","$['b'][0]['a']","$['b'][0]['a']['a']","$['it\\'s']['a']"])");
  EXPECT_EQ(Run(query, "[]"), SLUICE_OK);
  EXPECT_EQ(ResultText(), "[]");
  EXPECT_EQ(Paths(query, "[]"), SLUICE_OK);
  EXPECT_EQ(ResultText(), "[]");
  EXPECT_EQ(Run(query, "[1,]"), SLUICE_INVALID_JSON);
  EXPECT_THAT(ResultText(), HasSubstr(R"("byteOffset":3)"));
  EXPECT_EQ(sluice_dispose(query), SLUICE_OK);
}

TEST_F(AbiTest, JmesPathQueries) {
  const uint32_t query = CompileQuery(SLUICE_QUERY_LANGUAGE_JMESPATH, "abs(a)");
  EXPECT_EQ(Run(query, R"({"a":-12345678901234567890})"), SLUICE_OK);
  EXPECT_EQ(ResultText(), "12345678901234567890");
  EXPECT_EQ(Run(query, R"({"a":"b"})"), SLUICE_QUERY_FAILED);
  EXPECT_THAT(ResultText(),
              HasSubstr(R"({"code":"query_failed","message":"JMESPath invalid-type)"));
  EXPECT_EQ(Paths(query, R"({"a":1})"), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("only a JSONPath"));
  EXPECT_EQ(sluice_dispose(query), SLUICE_OK);
}

TEST_F(AbiTest, FaultsOfQueriesSayWhereTheyAre) {
  const auto fails = [](uint32_t language, std::string_view query) {
    const Written text = Write(query);
    return sluice_query_compile(language, text.data, text.length);
  };
  EXPECT_EQ(fails(SLUICE_QUERY_LANGUAGE_JSONPATH, "$.a["), SLUICE_INVALID_QUERY);
  EXPECT_THAT(ResultText(), HasSubstr(R"({"code":"invalid_query")"));
  EXPECT_THAT(ResultText(), HasSubstr(R"("byteOffset":4)"));
  EXPECT_EQ(fails(SLUICE_QUERY_LANGUAGE_JMESPATH, "a.nope(b)"), SLUICE_INVALID_QUERY);
  EXPECT_THAT(ResultText(), HasSubstr("unknown-function"));
  EXPECT_THAT(ResultText(), HasSubstr(R"("byteOffset":2)"));
  EXPECT_EQ(fails(SLUICE_QUERY_LANGUAGE_JSONPATH, "$" + std::string(100'000, ' ') + ".a"),
            SLUICE_BUDGET_EXCEEDED);
  EXPECT_EQ(fails(2, "$"), SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(ResultText(), HasSubstr("no query language"));
}

TEST_F(AbiTest, AResultThatIsTooLongIsABudget) {
  // Each of the 64 arrays is a value, and holds the ones below: 64 times the long string.
  const uint32_t query = CompileQuery(SLUICE_QUERY_LANGUAGE_JSONPATH, "$..*");
  const std::string json =
      std::string(64, '[') + '"' + std::string(1 << 20, 'x') + '"' + std::string(64, ']');
  EXPECT_EQ(Run(query, json), SLUICE_BUDGET_EXCEEDED);
  EXPECT_THAT(ResultText(), HasSubstr(R"("budget":"output_bytes")"));
  EXPECT_EQ(Run(query, "[1]"), SLUICE_OK);
  EXPECT_EQ(ResultText(), "[1]");
  EXPECT_EQ(sluice_dispose(query), SLUICE_OK);
}

TEST_F(AbiTest, LimitsAndCounters) {
  const Written limits =
      Write(R"({"l":{"algorithm":"gcra","rate":{"units":1,"per":"1s"},"subject":[]}})");
  EXPECT_EQ(sluice_limits_compile(limits.data, limits.length), SLUICE_OK) << ResultText();
  EXPECT_THAT(ResultText(), HasSubstr(R"([{"name":"l","algorithm":"gcra")"));

  EXPECT_EQ(sluice_counters_create(1'000'000'000), SLUICE_BUDGET_EXCEEDED);
  ASSERT_EQ(sluice_counters_create(100), SLUICE_OK);
  const uint32_t counters = Result().handle;
  const limit::Rule rule = {
      .algorithm = limit::Algorithm::kGcra, .units = 1, .burst = 1, .period_ms = 1000, .id = 7};
  OutputBuffer frame(1000);
  frame.AppendWord(SLUICE_CHARGES_VERSION);
  frame.AppendWord(1);
  limit::EncodeRule(rule, frame);
  for (const uint32_t word : {1u, 56u, 1u, 0u}) frame.AppendWord(word);
  frame.Append("s");
  const Written charges = Write(frame.text());
  EXPECT_EQ(sluice_counters_charge(counters, SLUICE_CHARGE_MODE_CHARGE, charges.data,
                                   charges.length, 1e12),
            SLUICE_OK);
  EXPECT_EQ(LoadWord(Result().bytes.data + 8), 1u);
  EXPECT_EQ(sluice_counters_charge(counters, SLUICE_CHARGE_MODE_CHARGE, charges.data,
                                   charges.length, 1e12),
            SLUICE_OK);
  EXPECT_EQ(LoadWord(Result().bytes.data + 8), 0u);
  EXPECT_EQ(sluice_dispose(counters), SLUICE_OK);
}

TEST_F(AbiTest, ALimiterObjectsStep) {
  const limit::Rule rule = {
      .algorithm = limit::Algorithm::kFixedWindow, .units = 1, .period_ms = 1000, .id = 7};
  OutputBuffer request(1000);
  limit::EncodeRequestHeader(1, limit::Durability::kStrict, 1, request);
  limit::EncodeOperation({.cost = 1, .id = 9, .rule = rule}, request);
  const Written first = Write(request.text());
  ASSERT_EQ(sluice_limit_step(first.data, first.length, nullptr, 0, 0, 5e11), SLUICE_OK);
  EXPECT_EQ(LoadWord(Result().bytes.data + 8), 1u);
  EXPECT_EQ(Result().handle, 1u);  // to be stored
  const std::string state = Text(Result().second);
  EXPECT_FALSE(state.empty());

  request.Clear();
  limit::EncodeRequestHeader(1, limit::Durability::kStrict, 1, request);
  limit::EncodeOperation({.cost = 1, .id = 10, .rule = rule}, request);
  const std::string both = std::string(request.text()) + state;
  const Written second = Write(both);
  const auto request_length = static_cast<uint32_t>(request.size());
  ASSERT_EQ(sluice_limit_step(second.data, request_length, second.data + request_length,
                              second.length - request_length, 1, 5e11),
            SLUICE_OK);
  EXPECT_EQ(LoadWord(Result().bytes.data + 8), 0u);
  EXPECT_EQ(Result().handle, 0u);
}

TEST_F(AbiTest, Hash) {
  const Written text = Write("fooab");
  EXPECT_EQ(sluice_hash(text.data, 3, text.data + 3, 2, 2), SLUICE_OK);
  EXPECT_EQ(Result().number, 0.2575);
  EXPECT_EQ(sluice_hash(text.data, 0, text.data + 3, 1, 1), SLUICE_OK);
  EXPECT_EQ(Result().number, 0.22);
  EXPECT_EQ(sluice_hash(text.data, 3, text.data + 3, 2, 3), SLUICE_OK);
  EXPECT_TRUE(std::isnan(Result().number));
}

TEST_F(AbiTest, AnInstanceWhoseCallNeverReturnedIsPoisoned) {
  Instance::Get().busy = true;  // as a trap leaves it
  const Written none = {nullptr, 0};
  EXPECT_EQ(sluice_policy_compile(none.data, none.length), SLUICE_POISONED);
  EXPECT_THAT(ResultText(), HasSubstr(R"("code":"poisoned")"));
  EXPECT_EQ(sluice_dispose(1), SLUICE_POISONED);
  EXPECT_EQ(sluice_hash(nullptr, 0, nullptr, 0, 1), SLUICE_POISONED);
  EXPECT_EQ(sluice_input(1), nullptr);
  Instance::Get().busy = false;
  const uint32_t policy = CompilePolicy(kPolicy);
  EXPECT_EQ(sluice_dispose(policy), SLUICE_OK);
}

}  // namespace
}  // namespace sluice::abi

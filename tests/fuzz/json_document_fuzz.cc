// Document::Parse against two others: simdjson's DOM (an accepting text must be accepted, a refused
// one refused, but for the limits of its numbers) and a recursive descent of our own (verdict and
// offset alike). What was accepted must hang together and survive the Writer.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/exact_buffer.h"
#include "../support/json_oracle.h"
#include "simdjson.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/base/utf8.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"
#include "sluice/json/writer.h"

namespace sluice::json {
namespace {

constexpr uint32_t kMaxDepth = 64;

void Check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

test_support::JsonVerdict Judge(Document& document, std::string_view text) {
  JsonBudget budget;
  budget.max_depth = kMaxDepth;
  const absl::Status status = document.Parse(text, budget);
  if (status.ok()) return {};
  const bool deep = ErrorCodeOf(status) == ErrorCode::kBudgetExceeded;
  Check(deep || ErrorCodeOf(status) == ErrorCode::kInvalidJson, "an error of another kind");
  Check(ByteOffsetOf(status).has_value(), "an error without offset");
  using test_support::JsonVerdict;
  return {deep ? JsonVerdict::kTooDeep : JsonVerdict::kInvalid, *ByteOffsetOf(status)};
}

// The DOM refuses an escaped lone surrogate, which the grammar allows.
bool MayHoldSurrogates(std::string_view text) {
  return text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos;
}

void CompareWithDom(std::string_view text, const test_support::JsonVerdict& verdict) {
  using test_support::JsonVerdict;
  if (verdict.kind == JsonVerdict::kTooDeep || text.substr(0, 3) == "\xEF\xBB\xBF") return;
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const simdjson::error_code error =
      parser.parse(simdjson::padded_string(text.data(), text.size())).get(root);
  if (error == simdjson::NUMBER_ERROR || error == simdjson::BIGINT_ERROR) return;
  if (error == simdjson::STRING_ERROR && MayHoldSurrogates(text)) return;
  Check((error == simdjson::SUCCESS) == (verdict.kind == JsonVerdict::kValid), "differs from DOM");
}

// A subtree that starts at `index` and belongs to text [begin, end): returns what follows it.
uint32_t CheckTape(const Document& document, uint32_t index, size_t begin, size_t end,
                   uint32_t depth) {
  const absl::Span<const Node> nodes = document.nodes();
  Check(index < nodes.size() && depth <= kMaxDepth, "a node outside the tape");
  const Node& node = nodes[index];
  Check(begin <= node.begin && node.begin < node.end && node.end <= end, "a span outside its own");
  const std::string_view raw = document.text().substr(node.begin, node.end - node.begin);
  const char first = raw.front();
  switch (node.kind()) {
    case Kind::kObject:
    case Kind::kArray: {
      const bool object = node.kind() == Kind::kObject;
      Check(first == (object ? '{' : '[') && raw.back() == (object ? '}' : ']'), "brackets");
      size_t from = node.begin + 1;
      uint32_t child = index + 1;
      uint32_t children = 0;
      while (child != node.next) {
        Check(child < node.next, "a child beyond its parent");
        if (object) {
          Check(nodes[child].kind() == Kind::kString, "a key that is no string");
          child = CheckTape(document, child, from, node.end - 1, depth + 1);
          from = nodes[child - 1].end;
        }
        const uint32_t value = child;
        child = CheckTape(document, value, from, node.end - 1, depth + 1);
        from = nodes[value].end;
        ++children;
      }
      Check(children == node.count(), "a wrong count");
      return node.next;
    }
    case Kind::kString:
      Check(raw.size() >= 2 && first == '"' && raw.back() == '"', "quotes");
      Check(node.has_escapes() == (raw.find('\\') != std::string_view::npos), "the escape bit");
      break;
    case Kind::kNumber:
      Check(first == '-' || (first >= '0' && first <= '9'), "a number");
      break;
    case Kind::kTrue:
      Check(raw == "true", "true");
      break;
    case Kind::kFalse:
      Check(raw == "false", "false");
      break;
    case Kind::kNull:
      Check(raw == "null", "null");
      break;
  }
  Check(node.next == index + 1 && node.count() == 0, "a scalar with children");
  return node.next;
}

// Strings decoded and escaped anew, numbers as text.
void Write(Value value, Writer& writer) {
  std::string scratch;
  switch (value.kind()) {
    case Kind::kObject:
      writer.BeginObject();
      for (const Member member : Members(value)) {
        writer.Key(member.key.string(&scratch));
        Write(member.value, writer);
      }
      return writer.EndObject();
    case Kind::kArray:
      writer.BeginArray();
      for (const Value element : Elements(value)) Write(element, writer);
      return writer.EndArray();
    case Kind::kString:
      Check(value.StringEquals(value.string(&scratch)), "a string unequal to itself");
      Check(FindInvalidUtf8(value.string(&scratch)) == value.string(&scratch).size(), "UTF-8");
      return writer.String(value.string(&scratch));
    case Kind::kNumber:
      if (const std::optional<int64_t> integer = ToInt64(value)) {
        Check(static_cast<double>(*integer) == ToDouble(value), "an integer unlike its double");
      }
      return writer.Raw(value.raw());
    default:
      return writer.Raw(value.raw());
  }
}

void CheckRoundTrip(const Document& document) {
  OutputBuffer first(1u << 24);
  Writer first_writer(first);
  Write(document.root(), first_writer);
  Document again;
  Check(again.Parse(first.text()).ok(), "the Writer's text is no JSON");
  Check(again.nodes().size() == document.nodes().size(), "the Writer's text has other nodes");
  OutputBuffer second(1u << 24);
  Writer second_writer(second);
  Write(again.root(), second_writer);
  Check(first.text() == second.text(), "writing twice differs");
}

}  // namespace
}  // namespace sluice::json

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  const test_support::ExactBuffer exact({reinterpret_cast<const char*>(data), size});
  static json::Document document;
  const test_support::JsonVerdict verdict = json::Judge(document, exact.text());
  json::Check(verdict == test_support::JsonOracle(exact.text(), json::kMaxDepth).Judge(),
              "differs from the oracle");
  json::CompareWithDom(exact.text(), verdict);
  if (verdict.kind != test_support::JsonVerdict::kValid) return 0;
  const uint32_t end = json::CheckTape(document, 0, 0, size, 0);
  json::Check(end == document.nodes().size(), "nodes behind the root");
  json::CheckRoundTrip(document);
  return 0;
}

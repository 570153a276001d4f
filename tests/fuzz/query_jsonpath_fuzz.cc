// A JSONPath and a document: compiling and running never fail otherwise than by status; what is
// selected is what the slow reference selects, and normalized paths lead back to it.
//
// Input: an even first byte: query text, a NUL, the document. An odd one: bytes that choose a
// query from the grammar, a NUL, the document.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "../core/query/reference_jsonpath.h"
#include "sluice/json/document.h"
#include "sluice/query/jsonpath.h"
#include "sluice/query/normalized_path.h"

namespace {

using sluice::json::Document;
using sluice::query::JsonPath;

constexpr size_t kMaxNodes = 20'000;

void Check(bool ok, const char* what, std::string_view query, std::string_view text) {
  if (ok) return;
  std::fprintf(stderr, "%s\nquery: %.*s\ndocument: %.*s\n", what, static_cast<int>(query.size()),
               query.data(), static_cast<int>(text.size()), text.data());
  std::abort();
}

// Takes choices from bytes and writes a query that is valid by construction.
class Generator {
 public:
  explicit Generator(std::string_view choices) : choices_(choices) {}

  std::string Run() {
    Query("$", 0, false);
    return out_;
  }

 private:
  uint32_t Choose(uint32_t count) {
    if (choices_.empty()) return 0;
    const uint32_t choice = static_cast<unsigned char>(choices_[0]) % count;
    choices_.remove_prefix(1);
    return choice;
  }
  template <size_t kCount>
  void OneOf(const char* const (&options)[kCount]) {
    out_ += options[Choose(kCount)];
  }

  void Query(const char* root, int depth, bool singular) {
    out_ += root;
    for (uint32_t i = Choose(4); i > 0; --i) {
      if (singular || Choose(2) == 0) {
        OneOf({".a", ".b", "['a']", "[0]", "[-1]", "[1]", "['\\u00e9']", ".aa"});
        continue;
      }
      OneOf({"", ".", ""});
      if (out_.back() == '.') out_ += '.';
      out_ += '[';
      for (uint32_t j = Choose(2) + 1; j > 0; --j) {
        Selector(depth);
        if (j > 1) out_ += ", ";
      }
      out_ += ']';
    }
  }

  void Selector(int depth) {
    if (depth < 3 && Choose(3) == 0) {
      out_ += '?';
      Logical(depth + 1);
      return;
    }
    OneOf({"*", "'a'", "\"b\"", "0", "-2", ":", "1:", ":2", "::2", "::-1", "3:0:-2", "-1:0:-1",
           "0:9:3", "::0", "'aa'"});
  }

  void Logical(int depth) {
    const uint32_t choice = depth < 4 ? Choose(8) : Choose(3);
    if (choice >= 5) {
      Logical(depth + 1);
      OneOf({" || ", " && "});
      Logical(depth + 1);
    } else if (choice == 4) {
      OneOf({"!(", "("});
      Logical(depth + 1);
      out_ += ')';
    } else if (choice == 3) {
      OneOf({"!", ""});
      Query(Choose(2) == 0 ? "@" : "$", depth + 1, false);
    } else if (choice == 2) {
      OneOf({"match(", "search(", "!match("});
      Operand(depth);
      out_ += ", ";
      OneOf({"'a.*'", "'[a-b]+'", "'('", "$.b", "@.a", "'\\\\p{L}'"});
      out_ += ')';
    } else {
      Operand(depth);
      OneOf({"==", "!=", "<", "<=", ">", " >= "});
      Operand(depth);
    }
  }

  void Operand(int depth) {
    switch (Choose(7)) {
      case 0:
        return OneOf({"1", "1.0", "10e-1", "-0", "0.5", "1e400", "9007199254740993", "-1", "2"});
      case 1:
        return OneOf({"'a'", "''", "\"\\u00e9\"", "'aa'", "null", "true", "false"});
      case 2:
        out_ += "length(";
        Query(Choose(2) == 0 ? "@" : "$", depth, true);
        out_ += ')';
        return;
      case 3:
        OneOf({"count(", "value("});
        Query(Choose(2) == 0 ? "@" : "$", depth, false);
        out_ += ')';
        return;
      default:
        return Query(Choose(4) == 0 ? "$" : "@", depth, true);
    }
  }

  std::string_view choices_;
  std::string out_;
};

void CheckPaths(const Document& document, const std::vector<uint32_t>& nodes,
                std::string_view query) {
  sluice::query::NormalizedPaths paths;
  if (!paths.Build(document, nodes, 1u << 22).ok()) return;
  sluice::query::JsonPathScratch scratch;
  std::vector<uint32_t> back;
  for (size_t i = 0; i < nodes.size(); i += 1 + nodes.size() / 16) {
    std::string alone;
    sluice::query::AppendNormalizedPath(document, nodes[i], &alone);
    Check(alone == paths[i], "one path differs from the same among many", query, paths[i]);
    const auto path =
        JsonPath::Compile(alone, {.max_text_bytes = 1u << 22}, sluice::query::Duplicates::kEvery);
    Check(path.ok(), "a normalized path is no query", query, alone);
    Check(path->Run(document, scratch, back).ok(), "a normalized path doesn't run", query, alone);
    bool found = false;
    for (const uint32_t node : back) found = found || node == nodes[i];
    Check(found, "a normalized path leads elsewhere", query, alone);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 1u << 14) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t split = input.find('\0');
  if (split == std::string_view::npos) return 0;
  const bool generated = (data[0] & 1) != 0;
  std::string query(input.substr(0, split));
  if (generated) query = Generator(query).Run();
  const std::string_view text = input.substr(split + 1);

  const auto path = JsonPath::Compile(
      query, {.max_steps = 2'000'000, .max_results = kMaxNodes, .max_memory_bytes = 1u << 22});
  Check(path.ok() || !generated, "a generated query doesn't compile", query, text);
  Document document;
  if (!path.ok() || !document.Parse(text).ok()) return 0;
  sluice::query::JsonPathScratch scratch;
  std::vector<uint32_t> nodes;
  if (!path->Run(document, scratch, nodes).ok()) {
    Check(nodes.empty(), "nodes in spite of an error", query, text);
    return 0;
  }
  Check(!path->singular() || nodes.size() <= 1, "a singular query selects many", query, text);
  const auto expected = sluice::query::ReferenceJsonPath(query, document, kMaxNodes);
  if (expected.has_value())
    Check(nodes == *expected, "not what the reference selects", query, text);
  CheckPaths(document, nodes, query);
  return 0;
}

// A JMESPath and a document: compiling and running never fail otherwise than by status; a result is
// JSON, the same when asked again in the same scratch, and `[e, e]` holds it twice. Results are
// written while they are made; `[e] | [0]` makes all of it first.
//
// Input: the expression, a NUL, the document.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"
#include "sluice/query/jmespath.h"

namespace {

using sluice::OutputBuffer;
using sluice::json::Document;
using sluice::query::JmesPath;
using sluice::query::JmesScratch;

constexpr sluice::query::QueryBudget kBudget = {.max_steps = 1'000'000,
                                                .max_memory_bytes = 1u << 22};

void Check(bool ok, const char* what, std::string_view expression, std::string_view text) {
  if (ok) return;
  std::fprintf(stderr, "%s\nexpression: %.*s\ndocument: %.*s\n", what,
               static_cast<int>(expression.size()), expression.data(),
               static_cast<int>(text.size()), text.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1u << 14) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t split = input.find('\0');
  if (split == std::string_view::npos) return 0;
  const std::string expression(input.substr(0, split));
  const std::string_view text = input.substr(split + 1);

  const auto path = JmesPath::Compile(expression, kBudget);
  if (!path.ok()) {
    Check(sluice::ErrorCodeOf(path.status()) == sluice::ErrorCode::kBudgetExceeded ||
              !sluice::query::JmesErrorName(path.status()).empty(),
          "an error without a name", expression, path.status().message());
    return 0;
  }
  Document document;
  if (!document.Parse(text).ok()) return 0;
  JmesScratch scratch;
  OutputBuffer out(1u << 20);
  out.Append("x");
  const absl::Status status = path->Run(document, scratch, out);
  if (!status.ok()) {
    Check(out.text() == "x", "output in spite of an error", expression, text);
    return 0;
  }
  const std::string result(out.text().substr(1));
  Document parsed;
  Check(parsed.Parse(result, {.max_depth = 2048}).ok(), "the result is no JSON", expression, text);

  out.Clear();
  Check(path->Run(document, scratch, out).ok() && out.text() == result, "another result",
        expression, text);
  if (document.root().is(sluice::json::Kind::kNull)) return 0;
  // Between brackets a lone star is the list wildcard, not a list of one expression.
  const bool lone_star = absl::StripAsciiWhitespace(expression) == "*";
  const auto first = JmesPath::Compile("[" + expression + "] | [0]", kBudget);
  out.Clear();
  if (!lone_star && first.ok() && first->Run(document, scratch, out).ok()) {
    Check(out.text() == result, "made first it is another", expression, text);
  }
  const auto both = JmesPath::Compile("[" + expression + ", " + expression + "]", kBudget);
  if (!both.ok()) return 0;
  out.Clear();
  if (!both->Run(document, scratch, out).ok()) return 0;
  Check(out.text() == "[" + result + "," + result + "]", "not the same twice", expression, text);
  return 0;
}

// Random transforms of random documents. The first bytes choose steps and paths over a small
// alphabet of names, the rest is the document's text (or, where that is no JSON, chooses one). The
// result must be JSON, the same when done again, and what a plain tree walk over the paths says.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/exact_buffer.h"
#include "../support/transform_oracle.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/transform/transform.h"

namespace sluice {
namespace {

void Check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// Bytes as choices.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint32_t Below(uint32_t bound) {
    if (at_ >= size_) return 0;
    return data_[at_++] % bound;
  }
  std::string_view Rest() const {
    return {reinterpret_cast<const char*>(data_) + at_, size_ - at_};
  }
  bool empty() const { return at_ >= size_; }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

using test_support::PathSegment;
constexpr PathSegment kSegments[] = {{".a", PathSegment::kName, "a"},
                                     {".b", PathSegment::kName, "b"},
                                     {".ab", PathSegment::kName, "ab"},
                                     {"['a']", PathSegment::kName, "a"},
                                     {"['']", PathSegment::kName, ""},
                                     {"['\\u00e9']", PathSegment::kName, "\xC3\xA9"},
                                     {".\xC3\xA9", PathSegment::kName, "\xC3\xA9"},
                                     {".name", PathSegment::kName, "name"},
                                     {".aaaa", PathSegment::kName, "aaaa"},
                                     {".aaaaa", PathSegment::kName, "aaaaa"},
                                     {"[0]", PathSegment::kIndex, "", 0},
                                     {"[1]", PathSegment::kIndex, "", 1},
                                     {"[3]", PathSegment::kIndex, "", 3},
                                     {"[ * ]", PathSegment::kWildcard},
                                     {".*", PathSegment::kWildcard}};
constexpr std::string_view kNames[] = {"a",       "b",    "ab",   "",      "\\u00e9", "\xC3\xA9",
                                       "\\u0061", "name", "aaaa", "aaaaa", "bbbb"};
constexpr std::string_view kScalars[] = {"1", "-0.50", "\"x\"", "true", "null", "\"\\n\""};
constexpr std::string_view kGaps[] = {"", "", "", " ", "\n\t"};

test_support::TransformSteps ChooseSteps(Choices& choices) {
  test_support::TransformSteps steps;
  for (uint32_t count = choices.Below(4); count > 0; --count) {
    test_support::TransformStep step;
    step.kind = static_cast<test_support::TransformStep::Kind>(choices.Below(3));
    for (uint32_t paths = choices.Below(4) + 1; paths > 0; --paths) {
      test_support::Path path;
      const bool may_be_root = step.kind != test_support::TransformStep::kDrop;
      for (uint32_t segments = choices.Below(5) + (may_be_root ? 0 : 1); segments > 0; --segments) {
        path.push_back(kSegments[choices.Below(std::size(kSegments))]);
      }
      step.paths.push_back(path);
    }
    steps.push_back(step);
  }
  return steps;
}

void AppendDocument(Choices& choices, uint32_t depth, std::string& text) {
  const auto gap = [&] { text += kGaps[choices.Below(std::size(kGaps))]; };
  const uint32_t kind = depth == 0 ? 2 : choices.Below(4);
  if (kind >= 2) {
    text += kScalars[choices.Below(std::size(kScalars))];
    return;
  }
  const bool object = kind == 0;
  text += object ? '{' : '[';
  const uint32_t children = choices.Below(5);
  for (uint32_t i = 0; i < children; ++i) {
    if (i > 0) text += ',';
    gap();
    if (object) {
      text += '"';
      text += kNames[choices.Below(std::size(kNames))];
      text += '"';
      gap();
      text += ':';
      gap();
    }
    AppendDocument(choices, depth - 1, text);
    gap();
  }
  text += object ? '}' : ']';
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  Choices choices(data, size);
  const test_support::TransformSteps steps = ChooseSteps(choices);
  const std::string steps_text = test_support::StepsAsJson(steps);
  json::Document steps_document;
  Check(steps_document.Parse(steps_text).ok(), "the steps are no JSON");
  json::CompileContext context;
  const absl::StatusOr<transform::Program> program =
      transform::Compile(steps_document.root(), context);
  Check(program.ok() && context.issues().empty(), "the steps don't compile");

  const bool chosen = choices.Below(2) == 0;
  std::string text(choices.Rest());
  if (chosen) {
    text.clear();
    AppendDocument(choices, 6, text);
  }
  const test_support::ExactBuffer exact(text);
  json::Document input;
  const absl::Status parsed = input.Parse(exact.text());

  static transform::Scratch scratch;
  OutputBuffer out(1u << 20);
  out.Append("before");
  const absl::Status applied = transform::Apply(*program, exact.text(), {}, scratch, out);
  Check(parsed == applied, "another verdict than the parser's");
  if (!applied.ok()) {
    Check(out.text() == "before", "a part of a failed result");
    return 0;
  }
  const std::string result(out.text().substr(6));
  json::Document output;
  Check(output.Parse(result).ok(), "the result is no JSON");
  Check(test_support::Compact(test_support::TreeOf(output.root())) ==
            test_support::TransformOracle(steps).Run(input.root()),
        "differs from the oracle");

  // One byte less than it takes is an error that leaves nothing.
  OutputBuffer small(result.size() - 1);
  const absl::Status short_of = transform::Apply(*program, exact.text(), {}, scratch, small);
  Check(ErrorCodeOf(short_of) == ErrorCode::kBudgetExceeded && small.size() == 0, "the cap");
  return 0;
}

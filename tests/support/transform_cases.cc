#include "transform_cases.h"

#include "step_choices.h"

namespace sluice::reference {
namespace {

using test_support::Choices;

// Names as members have them: the same ones in several spellings.
constexpr std::string_view kMemberNames[] = {
    "a", "b",    "c",     "ab", "",      "0",       "1",   "-",   "\\u00e9", "\xC3\xA9",
    "a", "name", "aaaaa", "b",  "a\\/b", "\\u0061", "m~n", "a b", "\\\"",    "\\ud800"};
constexpr std::string_view kScalars[] = {"1",
                                         "-0.50",
                                         "\"x\"",
                                         "true",
                                         "null",
                                         "\"\\n\"",
                                         "1e400",
                                         "1.0",
                                         "10e-1",
                                         "0",
                                         "-0",
                                         "12345678901234567890",
                                         "\"\\u00e9\"",
                                         "\"\xC3\xA9\"",
                                         "\"\\ud800\"",
                                         "\"\"",
                                         "\"4111 1111 1111 1111\"",
                                         "\"\xF0\x9F\x98\x80\\ud83d\\ude00-\"",
                                         "false",
                                         "2",
                                         "\"a\""};
constexpr std::string_view kGaps[] = {"", "", "", " ", "\n\t", "\r\n  "};

void AppendDocument(Choices& choices, uint32_t depth, bool top, bool compact, std::string& text) {
  const auto gap = [&] { text += compact ? "" : choices.Of(kGaps); };
  constexpr uint32_t kScalar = 4;
  const uint32_t kind = depth == 0 ? kScalar : choices.Below(top ? kScalar : kScalar + 3);
  if (kind >= kScalar) {
    text += choices.Of(kScalars);
    return;
  }
  constexpr uint32_t kCounts[] = {0, 2, 4, 1, 3, 5, 3, 2};  // none when choices run out
  const bool object = kind != 1;
  text += object ? '{' : '[';
  gap();
  for (uint32_t i = 0, count = choices.Of(kCounts); i < count; ++i) {
    if (i > 0) text += ',';
    gap();
    if (object) {
      text += '"';
      text += choices.OneIn(4) ? choices.Of(kMemberNames) : kMemberNames[choices.Below(3)];
      text += '"';
      gap();
      text += ':';
      gap();
    }
    AppendDocument(choices, depth - 1, false, compact, text);
    gap();
  }
  text += object ? '}' : ']';
}

}  // namespace

std::string MakeDocument(Choices& choices, uint32_t depth, bool compact) {
  std::string text;
  AppendDocument(choices, depth, !choices.OneIn(16), compact, text);
  return text;
}

TransformCase MakeTransformCase(std::string_view bytes) {
  Choices choices(bytes);
  TransformCase made;
  const MadeSteps steps = MakeSteps(choices);
  made.steps = steps.json;
  // What is hashed is the text of a value: with blanks it would depend on who copied it how.
  made.compact = steps.hashes || choices.OneIn(2);
  if (steps.hashes) made.secrets[std::string(kSecretName)] = "a secret of some length";
  for (const std::string_view name : kInputNames) {
    const uint32_t kind = choices.Below(16);
    if (kind == 15) made.inputs[std::string(name)] = "{\"not\": JSON}";
    if (kind < 12) made.inputs[std::string(name)] = MakeDocument(choices, 2, made.compact);
  }
  const bool chosen = steps.hashes || !choices.OneIn(16);
  made.document = chosen ? MakeDocument(choices, 5, made.compact) : std::string(choices.rest());
  if (!chosen) made.compact = false;
  return made;
}

}  // namespace sluice::reference

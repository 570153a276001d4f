#include "sluice/regex/ecmascript.h"

#include <utility>

#include "sluice/base/status.h"
#include "sluice/regex/ecmascript_pattern.h"
#include "sluice/regex/pattern_regex.h"

namespace sluice::regex {
namespace {

absl::Status Parse(std::string_view pattern, EcmaScriptOptions options, Pattern* parsed) {
  if (options.unicode && options.ignore_case) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "regular expression: the flag i together with u is not supported");
  }
  return ParseEcmaScript(
      pattern,
      {.unicode = options.unicode, .lenient = options.lenient, .ignore_case = options.ignore_case},
      parsed);
}

}  // namespace

absl::Status TranslateEcmaScript(std::string_view pattern, EcmaScriptOptions options,
                                 std::string* re2_pattern) {
  re2_pattern->clear();
  Pattern parsed;
  SLUICE_RETURN_IF_ERROR(Parse(pattern, options, &parsed));
  return TranslatePattern(parsed, re2_pattern);
}

Regex CompileEcmaScript(std::string_view pattern, EcmaScriptOptions options, MemoryBudget& budget) {
  Pattern parsed;
  absl::Status status = Parse(pattern, options, &parsed);
  if (!status.ok()) return Regex(std::move(status));
  return CompilePattern(parsed, budget);
}

absl::Status CheckEcmaScriptSyntax(std::string_view pattern, bool lenient) {
  Pattern none;
  return ParseEcmaScript(pattern, {.unicode = true, .lenient = lenient, .only_check = true}, &none);
}

}  // namespace sluice::regex

// Runs a transform on the engine and on the reference and compares.
#pragma once

#include <string>

#include "transform_cases.h"

namespace sluice::reference {

// Empty if engine and reference agree on the case:
//   * both fail, the engine with the right code, a location within the same step and nothing in the
//     output; or both succeed with the same tree and the same texts (see Matches), without blanks
//     where there were none;
//   * the steps one by one, each from text to text, come to the same as all at once;
//   * an output budget one byte too small is exceeded, and nothing is left in the output.
// Otherwise what is wrong, for a person.
std::string Disagreement(const TransformCase& given);

}  // namespace sluice::reference

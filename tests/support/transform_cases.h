// Transforms, documents and inputs that fit each other, made of arbitrary bytes: names from a small
// alphabet, so that paths hit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "choices.h"
#include "transform_reference.h"

namespace sluice::reference {

struct TransformCase {
  std::string steps;
  std::string document;
  Texts inputs;   // the others are missing
  Texts secrets;  // all that the steps name
  // No blanks between tokens in the document and the inputs: then there are none in the result.
  bool compact = false;
};

TransformCase MakeTransformCase(std::string_view bytes);

// A JSON text of these choices, nesting up to `depth`.
std::string MakeDocument(test_support::Choices& choices, uint32_t depth, bool compact);

}  // namespace sluice::reference

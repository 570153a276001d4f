// A second opinion on transforms: all steps over a plain tree, one after the other, written from
// their description (docs/transforms.md) and not from the engine. It decides nothing by bytes,
// fuses nothing, and looks things up by walking. Steps must be such as compile.
//
// Where it is no second opinion: JMESPath runs on the query room, which has a conformance suite.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "json_tree.h"

namespace sluice::reference {

struct Outcome {
  enum class Kind {
    kOk,
    kInvalidJson,      // the document is none
    kInvalidInput,     // an input that a compose took is none
    kTransformFailed,  // `location`: which step or operation
    kUndecided,        // more than a test can bear
  };
  Kind kind = Kind::kOk;
  Tree tree;
  std::string location;  // pointer into the array of steps
  uint32_t deepest = 0;  // nesting of the deepest document on the way
};

using Texts = std::map<std::string, std::string>;  // by name; of an input that is missing: none

Outcome RunReference(std::string_view steps, std::string_view document, const Texts& inputs,
                     const Texts& secrets);

}  // namespace sluice::reference

// Steps made of choices.
#pragma once

#include <string>
#include <string_view>

#include "choices.h"

namespace sluice::reference {

constexpr std::string_view kInputNames[] = {"one", "two", "a"};  // of what compose steps take
constexpr std::string_view kSecretName = "KEY";                  // of what redact steps hash with

struct MadeSteps {
  std::string json;
  bool hashes = false;  // a step needs the secret
};

// Up to four steps, which compile.
MadeSteps MakeSteps(test_support::Choices& choices);

}  // namespace sluice::reference

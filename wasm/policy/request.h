// The facts of one request on one route, resolved.
#pragma once

#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/policy/facts.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/program.h"
#include "sluice/policy/template.h"

namespace sluice::policy {

struct RequestFacts {
  const Program& program;
  const Facts& facts;
  std::string_view path;  // normalized
  Captures captures;
  std::optional<std::string_view> identity;
  std::optional<std::string_view> visitor;
  absl::Span<const ClaimRow> claims;                   // the identity's
  std::optional<std::string_view> url = std::nullopt;  // whole, where the route reads it

  // The fact's value, or nothing where it is absent. A path parameter is percent-decoded and an
  // address written canonically, into `scratch` if need be, so that one thing has one name however
  // it came.
  std::optional<std::string_view> Value(const FactRow& row, OutputBuffer& scratch) const;
};

}  // namespace sluice::policy

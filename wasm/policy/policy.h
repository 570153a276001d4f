// The compiled policy: router and programs. Immutable but for its secrets; replaced whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/base/hash.h"
#include "sluice/base/issues.h"
#include "sluice/base/limits.h"
#include "sluice/experiment/evaluate.h"
#include "sluice/experiment/override_token.h"
#include "sluice/experiment/sticky_cookie.h"
#include "sluice/json/document.h"
#include "sluice/limit/ledger.h"
#include "sluice/policy/parameters.h"
#include "sluice/schema/schema.h"
#include "sluice/transform/transform.h"

namespace sluice::policy {

// What the caller keeps between runs so that a request allocates nothing that grows: once there was
// a path of a size that isn't normalized, one of that size allocates nothing.
struct Scratch {
  OutputBuffer path{128 << 10};      // normalized
  OutputBuffer value{128 << 10};     // a decoded parameter
  OutputBuffer text{1 << 20};        // of the frame at hand
  OutputBuffer attributes{1 << 20};  // those that had to be decoded
  OutputBuffer visitor{128 << 10};   // what stands for the visitor before consent
  ParameterList parameters;
  OutputBuffer instance{1 << 20};  // of parameters, as JSON
  OutputBuffer faults{256 << 10};  // what is wrong with them
  json::Document document;         // the instance
  schema::Scratch schema;
  json::Document url;  // its parts
  std::string url_text;
  experiment::OverrideToken override;
  experiment::StickyCookie sticky;
  experiment::EvaluateScratch evaluate;
};

// What the isolate knows of its limiter objects, and when.
struct LocalLimits {
  limit::Ledger& ledger;
  double now_ms;
};

class Policy {
 public:
  // Compiles a policy text. Every fault found is added to `issues`; then the status is
  // invalid_policy (invalid_json, with its byte offset, for text that is not JSON;
  // budget_exceeded for one that is too large). The text is not referenced afterwards.
  // `key`: see schema::Options. O(text log text).
  static absl::StatusOr<std::unique_ptr<Policy>> Compile(std::string_view text,
                                                         const PolicyBudget& budget, Issues& issues,
                                                         HashKey key = {});
  ~Policy();

  // Appends the static side as JSON (`PolicyDescription` in worker-shim/core/description.ts).
  void Describe(OutputBuffer& out) const;

  // Finds the route and answers the charges before authentication, as far as `limits` allows
  // (charge_writer.h); appends a match frame (wasm/abi/sluice.h). invalid_argument for bytes that
  // are no facts frame or lack method or path; on error `out` holds nothing of use. O(path +
  // candidates), see router.h.
  absl::Status Match(ByteSpan facts, LocalLimits limits, Scratch& scratch, OutputBuffer& out) const;

  // Decides about a request on `route`, the one that Match found for the same path, and answers its
  // charges as Match does; appends a plan frame. invalid_argument for another path, or bytes that
  // are no facts frame. An absent fact is none: a missing digest is unauthorized, a missing part of
  // a subject is empty. missing_secret where a route that assigns or counts visitors has signed
  // cookies and no key yet. budget_exceeded for a plan over 1 MiB, and for features that are too
  // much work (experiment/evaluate.h). O(facts + plan + evaluation).
  absl::Status Decide(uint32_t route, ByteSpan facts, LocalLimits limits, Scratch& scratch,
                      OutputBuffer& out) const;

  // Null for a number that is not a transform's.
  const transform::Program* transform(uint32_t number) const;

  // The schemas, each an entry of the one program; null where there are none.
  const schema::Program* schemas() const;

  // Gives the secret of this number (the description's) to all that is keyed with it; to be done
  // before they run. invalid_argument for a number that is not a secret's, and one that is shorter
  // than the description says. Copies `key`.
  absl::Status SetSecret(uint32_t number, ByteSpan key);

  // The description's `urlPatterns`, parsed by the host (experiment::Program::SetUrlPatterns).
  // invalid_argument where there are no features.
  absl::Status SetUrlPatterns(std::string_view json);

 private:
  struct Compiled;
  explicit Policy(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace sluice::policy

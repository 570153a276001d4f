// What a route's charges come to for one request: under which of its limit's rules, or none.
#pragma once

#include <cstdint>

#include "sluice/base/bytes.h"
#include "sluice/limit/rule.h"
#include "sluice/policy/program.h"
#include "sluice/policy/request.h"

namespace sluice::policy {

enum class ChargeAction : uint32_t {
  kCharge,
  kExempt,  // the limit's "allow" names the subject: it isn't counted
  kRefuse,  // its "deny" does: the request is to be refused
};

struct ResolvedCharge {
  ChargeAction action;
  uint32_t limit;
  uint32_t rule_number;     // among the limit's: 0 is its own, then its overrides
  const limit::Rule* rule;  // in the program
  uint32_t cost;            // to be charged now; what it comes to in the end may be another
  bool shadow;              // counted, and never a reason to deny
  bool settles;             // what it comes to in the end is said by the response
  // What an isolate may spend by itself, and for how long a denial may be repeated unasked.
  uint32_t lease_ms;  // 0: nothing
  uint32_t lease_units;
  uint32_t deny_cache_ms;
};

// Resolves `charge` and appends its subject to `out`, also where nothing is charged. A subject's
// parts are joined by "/", with "%", "/" and bytes that are no UTF-8 percent-encoded in them; an
// absent part is empty. So different parts never make the same subject, and a subject is a text
// wherever it goes. `scratch` is overwritten. Allocates
// nothing but what the buffers grow. O(subject + log of the limit's lists + overrides by claim).
ResolvedCharge ResolveCharge(const RequestFacts& request, const ChargeRow& charge,
                             OutputBuffer& scratch, OutputBuffer& out);

}  // namespace sluice::policy

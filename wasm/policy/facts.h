// What a policy knows of a request: the facts frame, and the references to facts that limits and
// features make (docs/policy.md, "Fact references").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/base/slot_frame.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/frames.h"

namespace sluice::policy {

// A view of a facts frame. Borrows its bytes.
class Facts {
 public:
  // Nothing for bytes that are no facts frame. O(slots).
  static std::optional<Facts> Parse(ByteSpan frame) {
    const std::optional<SlotFrame> slots = SlotFrame::Parse(frame, kFactsVersion);
    return slots ? std::optional<Facts>(Facts(*slots)) : std::nullopt;
  }

  // Nothing where the fact is absent; an empty text is a fact.
  std::optional<std::string_view> Get(uint32_t slot) const { return slots_.Get(slot); }

 private:
  explicit Facts(SlotFrame slots) : slots_(slots) {}

  SlotFrame slots_;
};

enum class FactKind : uint32_t {
  kIdentity,
  kIp,
  kVisitor,
  kHeader,
  kCookie,
  kPath,
  kClaim,
  // Of attributes only.
  kUrl,
  kHost,
  kWholePath,
  kMethod,
  kQuery,
  kDevice,
};

// A reference as the policy has it. Header names are lower case.
struct FactRef {
  FactKind kind;
  std::string name;  // of the header, cookie, path or query parameter or claim; else empty
};

enum class FactUse : uint8_t { kSubject, kAttribute };

// Reads a reference ("header:x-tenant"). Reports unknown_fact, invalid_header_name,
// invalid_cookie_name and invalid_name.
std::optional<FactRef> ReadFactRef(json::Value value, json::CompileContext& context,
                                   FactUse use = FactUse::kSubject);

// A reference compiled for one route.
struct FactRow {
  FactKind kind;
  uint32_t number;  // header, cookie, visitor, host, method, device: the slot; path: which
                    // parameter, from the left, or kAbsent: the route's path has it not; ip: how
                    // many bits of an IPv6 address are meant, 0: the text as it came
  StringRef name;   // of a cookie, claim or query parameter
};

}  // namespace sluice::policy

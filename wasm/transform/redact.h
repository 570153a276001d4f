// What redactions put in the place of a value. Inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/base/sha256.h"
#include "sluice/json/document.h"
#include "sluice/transform/pass_tables.h"

namespace sluice::transform {

constexpr uint32_t kMaxKeepLast = 64;

// Appends what redaction number `redaction` makes of `value`, a JSON string:
//   kText      the text.
//   kKeepLast  the text and the last n characters (code points, decoded; an escaped half of a
//              surrogate pair is U+FFFD) of a string or of a number's text. Only the text where
//              fewer characters would be hidden than shown, and for other kinds.
//   kHash      the first 16 bytes of HMAC-SHA-256 as 32 lower-case hex digits: of a string's
//              decoded UTF-8, of another value's JSON text as it stands.
// O(value); allocates nothing but in `out`.
void AppendRedacted(const PassTables& tables, uint32_t redaction, json::Value value,
                    absl::Span<const HmacSha256> secrets, OutputBuffer& out);

}  // namespace sluice::transform

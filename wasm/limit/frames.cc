#include "sluice/limit/frames.h"

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/little_endian.h"

namespace sluice::limit {

void EncodeRule(const Rule& rule, OutputBuffer& out) {
  out.AppendWord(static_cast<uint32_t>(rule.algorithm));
  out.AppendWord(rule.units);
  out.AppendWord(rule.burst);
  out.AppendWord(static_cast<uint32_t>(rule.window));
  AppendLong(rule.period_ms, out);
  AppendLong(rule.id, out);
}

std::optional<Rule> DecodeRule(ByteSpan bytes) {
  if (bytes.size() < Rule::kEncodedBytes) return std::nullopt;
  const Rule rule{.algorithm = static_cast<Algorithm>(LoadWord(bytes.data())),
                  .units = LoadWord(bytes.data() + 4),
                  .burst = LoadWord(bytes.data() + 8),
                  .window = static_cast<Window>(LoadWord(bytes.data() + 12)),
                  .period_ms = LoadLong(bytes.data() + 16),
                  .id = LoadLong(bytes.data() + 24)};
  if (!IsValid(rule)) return std::nullopt;
  return rule;
}

void EncodeReply(bool allowed, absl::Span<const Verdict> verdicts, OutputBuffer& out) {
  out.AppendWord(kFrameVersion);
  out.AppendWord(static_cast<uint32_t>(verdicts.size()));
  out.AppendWord(allowed ? 1 : 0);
  out.AppendWord(0);
  for (const Verdict& verdict : verdicts) {
    out.AppendWord(verdict.allowed ? 1 : 0);
    out.AppendWord(verdict.remaining);
    AppendDouble(verdict.reset_ms, out);
    AppendDouble(verdict.retry_after_ms, out);
  }
}

}  // namespace sluice::limit

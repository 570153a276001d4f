#include "sluice/schema/formats/idna_table.h"

#include <algorithm>

namespace sluice::schema::idna {
namespace {

struct Run {
  uint8_t kind = 0;
  uint32_t length = 0;
};

Run TakeRun(const uint8_t*& token) {
  const uint8_t lead = *token++;
  Run run = {.kind = static_cast<uint8_t>(lead >> 2), .length = lead & 3u};
  if (run.length != 0) return run;
  for (uint32_t shift = 0;; shift += 7) {
    const uint8_t byte = *token++;
    run.length |= (byte & 0x7Fu) << shift;
    if (byte < 0x80) return run;
  }
}

}  // namespace

Properties PropertiesOf(uint32_t point) {
  if (point > 0x10FFFF) return {};
  const Checkpoint* const checkpoint =
      std::upper_bound(
          kCheckpoints + 1, kCheckpoints + kCheckpointCount, point,
          [](uint32_t value, const Checkpoint& other) { return value < other.first; }) -
      1;
  const uint8_t* token = kRuns + checkpoint->offset;
  uint32_t left = point - checkpoint->first;
  // The two runs before.
  Run first;
  Run second;
  for (;;) {
    const Run run = TakeRun(token);
    if (run.kind == kRepeat) {
      const uint32_t period = first.length + second.length;
      if (left < run.length * period) {
        return kClasses[left % period < first.length ? first.kind : second.kind];
      }
      left -= run.length * period;
      continue;
    }
    if (left < run.length) return kClasses[run.kind];
    left -= run.length;
    first = second;
    second = run;
  }
}

}  // namespace sluice::schema::idna

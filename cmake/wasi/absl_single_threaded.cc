// The parts of Abseil that wait, look at a clock, walk the stack, sample or print, for a module
// that has one thread, no clock and nowhere to print to. They take the place of the sources that
// cmake/deps/CMakeLists.txt leaves out on wasm: those pull in pthreads, stdio and WASI imports,
// although nothing they do is ever wanted here.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/base/internal/atomic_hook.h"
#include "absl/base/internal/raw_logging.h"
#include "absl/base/internal/spinlock_wait.h"
#include "absl/container/internal/hashtablez_sampler.h"
#include "absl/debugging/stacktrace.h"
#include "absl/strings/internal/cordz_info.h"
#include "absl/synchronization/mutex.h"

extern "C" {

// Nobody waits, so there is nobody to wake.
void ABSL_INTERNAL_C_SYMBOL(AbslInternalSpinLockWake)(std::atomic<uint32_t>*, bool) {}

// A lock that is taken would never be given back.
void ABSL_INTERNAL_C_SYMBOL(AbslInternalSpinLockDelay)(std::atomic<uint32_t>*, uint32_t, int,
                                                       absl::base_internal::SchedulingMode) {
  std::abort();
}

}  // extern "C"

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::lock() {}
void Mutex::unlock() {}
bool Mutex::try_lock() { return true; }
void Mutex::lock_shared() {}
void Mutex::unlock_shared() {}
bool Mutex::try_lock_shared() { return true; }
void Mutex::AssertHeld() const {}
void Mutex::AssertReaderHeld() const {}
#ifndef NDEBUG
void Mutex::Dtor() {}
#endif

// Status messages go without stack traces.
int GetStackTrace(void**, int, int) { return 0; }

namespace base_internal {

// What call_once asks for: the transition that applies. If none does, one thread waits for itself.
uint32_t SpinLockWait(std::atomic<uint32_t>* word, int count,
                      const SpinLockWaitTransition transitions[], SchedulingMode) {
  const uint32_t value = word->load(std::memory_order_acquire);
  for (int i = 0; i < count; ++i) {
    if (transitions[i].from == value) {
      word->store(transitions[i].to, std::memory_order_release);
      if (transitions[i].done) return value;
    }
  }
  std::abort();
}

}  // namespace base_internal

namespace raw_log_internal {

void RawLog(absl::LogSeverity severity, const char*, int, const char*, ...) {
  if (severity == absl::LogSeverity::kFatal) std::abort();
}

namespace {

void LogInternally(absl::LogSeverity severity, const char*, int, const std::string&) {
  if (severity == absl::LogSeverity::kFatal) std::abort();
}

}  // namespace

ABSL_INTERNAL_ATOMIC_HOOK_ATTRIBUTES base_internal::AtomicHook<InternalLogFunction>
    internal_log_function(LogInternally);

}  // namespace raw_log_internal

// Hash tables and Cords are never sampled: Abseil turns both off where it isn't Linux.
namespace container_internal {

HashtablezInfoHandle ForcedTrySample(size_t, size_t, size_t, uint16_t) {
  return HashtablezInfoHandle(nullptr);
}

}  // namespace container_internal

namespace cord_internal {

void CordzInfo::MaybeTrackCordImpl(InlineData&, const InlineData&, MethodIdentifier) {}
void CordzInfo::Untrack() {}
void CordzInfo::Lock(MethodIdentifier) {}
void CordzInfo::Unlock() {}

}  // namespace cord_internal

ABSL_NAMESPACE_END
}  // namespace absl

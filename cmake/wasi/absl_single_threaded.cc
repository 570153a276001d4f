// What Abseil's containers, Status and Cord, and RE2, reference of absl::Mutex, for a module that has one thread. The
// real synchronization library waits on futexes or pthreads, which neither WASI nor a Worker has.
#include "absl/base/internal/spinlock.h"
#include "absl/synchronization/mutex.h"

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

ABSL_NAMESPACE_END
}  // namespace absl

#ifndef NDEBUG
// The destructor is out of line, with bookkeeping behind it, only in debug builds.
namespace absl {
ABSL_NAMESPACE_BEGIN
void Mutex::Dtor() {}
ABSL_NAMESPACE_END
}  // namespace absl
#endif

// Force-included before Abseil's sysinfo.cc where libc++ was built without threads (Debian's wasm32 packages): that file
// asks std::thread how many processors there are. wasi-sdk's libc++ has threads since 2025, and then this does nothing.
#ifndef SLUICE_CMAKE_WASI_THREADS_H_
#define SLUICE_CMAKE_WASI_THREADS_H_

#include <thread>

#if defined(_LIBCPP_HAS_THREADS) && !_LIBCPP_HAS_THREADS
namespace std {
class thread {
 public:
  static unsigned hardware_concurrency() noexcept { return 1; }
};
}  // namespace std
#endif

#endif  // SLUICE_CMAKE_WASI_THREADS_H_

// Takes the place of Abseil's header of this name while RE2 is compiled. RE2 logs only to say why a
// pattern was refused (which RE2::error() tells too) or that it found itself broken; Abseil's
// logging would bring threads, files, clocks and 100 KB of wasm for it. Messages are not formatted;
// FATAL aborts.
#ifndef SLUICE_CMAKE_DEPS_REPLACE_ABSL_LOG_ABSL_LOG_H_
#define SLUICE_CMAKE_DEPS_REPLACE_ABSL_LOG_ABSL_LOG_H_

#include <cstdlib>

namespace sluice_re2_log {

class Silent {
 public:
  template <typename T>
  Silent& operator<<(const T&) {
    return *this;
  }
};

class Fatal : public Silent {
 public:
  [[noreturn]] ~Fatal() { std::abort(); }
};

// Makes both branches of the conditional below void, whatever was streamed.
class Voidify {
 public:
  void operator&(const Silent&) {}
};

}  // namespace sluice_re2_log

#define SLUICE_RE2_LOG_INFO ::sluice_re2_log::Silent()
#define SLUICE_RE2_LOG_WARNING ::sluice_re2_log::Silent()
#define SLUICE_RE2_LOG_ERROR ::sluice_re2_log::Silent()
#define SLUICE_RE2_LOG_FATAL ::sluice_re2_log::Fatal()
#ifdef NDEBUG
#define SLUICE_RE2_LOG_DFATAL ::sluice_re2_log::Silent()
#else
#define SLUICE_RE2_LOG_DFATAL ::sluice_re2_log::Fatal()
#endif
#define ABSL_LOG(severity) SLUICE_RE2_LOG_##severity

#endif  // SLUICE_CMAKE_DEPS_REPLACE_ABSL_LOG_ABSL_LOG_H_

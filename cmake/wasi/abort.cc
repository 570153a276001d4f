// What the module does when it cannot go on: it traps, which poisons the instance (the loader makes
// a new one). The libraries' own versions print to stderr first, and with that drag in stdio and
// the host's fd_write.
#include <cstdlib>

extern "C" {

#if defined(__EMSCRIPTEN__)
// Its runtime has an abort of its own, which exits. Defined here, neither of these is an import.
[[noreturn]] void __wasi_proc_exit(int /*code*/) { __builtin_trap(); }
void emscripten_notify_memory_growth(unsigned long /*memory*/) {}  // the loader looks for itself
#else
void abort() { __builtin_trap(); }
#endif

// libc++abi's name for "print and abort", in both spellings it has had.
[[noreturn]] void abort_message(const char* /*format*/, ...) { __builtin_trap(); }
[[noreturn]] void __abort_message(const char* /*format*/, ...) { __builtin_trap(); }

}  // extern "C"

#if defined(_LIBCPP_VERSION) && defined(_LIBCPP_BEGIN_NAMESPACE_STD)
namespace std {  // NOLINT(cert-dcl58-cpp): the replacement that libc++ documents
inline namespace _LIBCPP_ABI_NAMESPACE {
[[noreturn]] void __libcpp_verbose_abort(const char* /*format*/, ...) noexcept { __builtin_trap(); }
}  // namespace _LIBCPP_ABI_NAMESPACE
}  // namespace std
#endif

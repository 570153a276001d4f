# The host, with clang: benchmarks, and whatever needs no sanitizer.
include("${CMAKE_CURRENT_LIST_DIR}/host-compiler.cmake")

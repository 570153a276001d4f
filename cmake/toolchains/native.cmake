# The host, with clang: benchmarks, and whatever needs no sanitizer.
include("${CMAKE_CURRENT_LIST_DIR}/host-compiler.cmake")
if(CMAKE_HOST_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # Vectors as wide as WebAssembly's: the benchmarks set the two beside each other.
  string(APPEND CMAKE_CXX_FLAGS_INIT " -march=westmere")
endif()

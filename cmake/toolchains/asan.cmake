# The host with AddressSanitizer and UBSan; every object is instrumented for libFuzzer too, so that GoogleTest and the
# fuzz drivers come from one tree. Abseil must be built the same way: its containers' layout differs under ASan.
include("${CMAKE_CURRENT_LIST_DIR}/host-compiler.cmake")
set(_sanitize "-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer")
string(APPEND CMAKE_CXX_FLAGS_INIT " ${_sanitize} -D_GLIBCXX_ASSERTIONS")
set(CMAKE_C_FLAGS_INIT "${_sanitize}")
# Replaces CMake's own "-g": without any optimisation the sanitized tests take several times as long.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g" CACHE STRING "Flags of the Debug configuration")

# sluice_test(<name> SOURCES <file>... [LINK <room or target>...])       GoogleTest; ctest runs it in native, asan, wasi
# sluice_fuzzer(<name> SOURCES <file>... [LINK <room or target>...])     libFuzzer driver; asan only
# sluice_benchmark(<name> SOURCES <file>... [LINK <room or target>...])  Google Benchmark; native only
#
# LINK takes the short names of rooms (json) or any target (simdjson::simdjson). Where a function does not apply to the
# preset it does nothing, so a CMakeLists.txt needs no conditions.

function(sluice_link target)
  foreach(name IN LISTS ARGN)
    if(TARGET sluice_${name})
      target_link_libraries(${target} PRIVATE sluice_${name})
    else()
      target_link_libraries(${target} PRIVATE ${name})
    endif()
  endforeach()
  target_link_libraries(${target} PRIVATE sluice_warnings)
endfunction()

# A WASI program: emulated bits of POSIX, and a stack that a runaway recursion hits before it reaches data.
add_library(sluice_wasi_program INTERFACE)
if(WASI)
  # wasi-libc refers to main weakly, which doesn't fetch one out of GoogleTest's archive.
  target_link_options(sluice_wasi_program INTERFACE -Wl,--stack-first -Wl,-z,stack-size=1048576
                      -Wl,--undefined=__main_argc_argv)
  target_link_libraries(sluice_wasi_program INTERFACE wasi-emulated-signal wasi-emulated-mman wasi-emulated-getpid
                                                      wasi-emulated-process-clocks)
endif()

# What is tested is optimised as its preset says; the tests themselves compile in half the time without.
add_library(sluice_test_options INTERFACE)
if(WASI)
  target_compile_options(sluice_test_options INTERFACE -O0)
elseif(SLUICE_TOOLCHAIN STREQUAL "asan")
  target_compile_options(sluice_test_options INTERFACE -O0 -gline-tables-only)
endif()

# What every test includes, parsed once a toolchain: half of a test's time to compile.
function(sluice_test_headers)
  if(TARGET sluice_test_headers)
    return()
  endif()
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/test_headers.cc" CONTENT "")
  add_library(sluice_test_headers OBJECT "${PROJECT_BINARY_DIR}/test_headers.cc")
  sluice_link(sluice_test_headers GTest::gmock_main sluice_test_options absl::statusor absl::strings absl::span)
  target_precompile_headers(
    sluice_test_headers PRIVATE <cstdint> <optional> <string> <string_view> <vector> <absl/status/statusor.h>
    <absl/strings/str_cat.h> <absl/types/span.h> <gtest/gtest.h>)
endfunction()

function(sluice_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "SOURCES;LINK")
  if(NOT TARGET GTest::gmock_main)
    return()
  endif()
  add_executable(${name} ${test_SOURCES})
  sluice_link(${name} ${test_LINK} GTest::gmock_main sluice_wasi_program sluice_test_options)
  sluice_test_headers()
  target_precompile_headers(${name} REUSE_FROM sluice_test_headers)
  if(WASI)
    add_test(NAME ${name} COMMAND "${SLUICE_NODE}" --no-warnings "${PROJECT_SOURCE_DIR}/tools/run-wasi.mjs"
                                  "--preopen=${PROJECT_BINARY_DIR}" "$<TARGET_FILE:${name}>")
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 300)
  endif()
  set_tests_properties(
    ${name}
    PROPERTIES TIMEOUT ${test_TIMEOUT}
               WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
               # One XML file a program: tools/test adds up their cases.
               ENVIRONMENT
               "GTEST_OUTPUT=xml:${PROJECT_BINARY_DIR}/test-results/${name}.xml;SLUICE_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()

function(sluice_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 fuzzer "" "" "SOURCES;LINK")
  if(NOT SLUICE_TOOLCHAIN STREQUAL "asan")
    return()
  endif()
  add_executable(${name} ${fuzzer_SOURCES})
  sluice_link(${name} ${fuzzer_LINK})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
endfunction()

function(sluice_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 benchmark "" "" "SOURCES;LINK")
  if(NOT SLUICE_TOOLCHAIN STREQUAL "native")
    return()
  endif()
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    message(STATUS "No Google Benchmark: ${name} is left out")
    return()
  endif()
  add_executable(${name} ${benchmark_SOURCES})
  sluice_link(${name} ${benchmark_LINK} benchmark::benchmark_main)
  # Google Benchmark's macros use __COUNTER__. A source's options come after its target's, which ask for -Wpedantic.
  set_source_files_properties(
    ${benchmark_SOURCES} PROPERTIES COMPILE_OPTIONS
                                    "$<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-warning-option;-Wno-c2y-extensions>")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
endfunction()

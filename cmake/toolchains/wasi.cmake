# The shipped module: clang for wasm32, either Debian's packages with the private sysroot that tools/bootstrap makes, or
# an official wasi-sdk named by WASI_SDK_PATH.
include("${CMAKE_CURRENT_LIST_DIR}/../SluiceCache.cmake")
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/..") # for Platform/WASI.cmake

set(CMAKE_SYSTEM_NAME WASI)
set(CMAKE_SYSTEM_VERSION 1)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

if(NOT DEFINED WASI_SDK_PATH)
  set(WASI_SDK_PATH "")
endif()
if(NOT WASI_SDK_PATH AND DEFINED ENV{WASI_SDK_PATH})
  set(WASI_SDK_PATH "$ENV{WASI_SDK_PATH}")
endif()
set(WASI_SDK_PATH "${WASI_SDK_PATH}" CACHE PATH "An official wasi-sdk; empty: Debian's packages")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WASI_SDK_PATH SLUICE_CACHE_DIR)
if(WASI_SDK_PATH)
  set(_triple wasm32-wasip1)
  set(_bin "${WASI_SDK_PATH}/bin/")
  set(_version "")
  set(CMAKE_SYSROOT "${WASI_SDK_PATH}/share/wasi-sysroot")
else()
  # Debian's libc++ and compiler-rt are laid out for this older name of the same target; clang says so each time.
  set(_triple wasm32-wasi)
  set(_bin "/usr/bin/")
  set(_version "-22")
  set(CMAKE_SYSROOT "${SLUICE_CACHE_DIR}/sysroot-wasi-20240708")
  set(_quiet "-Wno-deprecated")
endif()
if(NOT EXISTS "${CMAKE_SYSROOT}")
  message(FATAL_ERROR "No wasm sysroot at ${CMAKE_SYSROOT}: run tools/bootstrap, or set WASI_SDK_PATH to an official wasi-sdk")
endif()

foreach(_language C CXX)
  set(CMAKE_${_language}_COMPILER_TARGET ${_triple})
  set(CMAKE_${_language}_FLAGS_INIT
      "${_quiet} -fno-exceptions -msimd128 -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_MMAN -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID")
endforeach()
string(APPEND CMAKE_CXX_FLAGS_INIT " -fno-rtti")
# Else clang post-processes with whatever wasm-opt happens to be on the PATH, and the module would depend on that.
set(CMAKE_EXE_LINKER_FLAGS_INIT "--no-wasm-opt")
set(CMAKE_C_COMPILER "${_bin}clang${_version}")
set(CMAKE_CXX_COMPILER "${_bin}clang++${_version}")
set(CMAKE_AR "${_bin}llvm-ar${_version}" CACHE FILEPATH "")
set(CMAKE_NM "${_bin}llvm-nm${_version}" CACHE FILEPATH "")
set(CMAKE_RANLIB "${_bin}llvm-ranlib${_version}" CACHE FILEPATH "")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# The second toolchain: Debian's Emscripten (or an emsdk that is on the PATH, or named by EMSCRIPTEN_ROOT_PATH). Leave
# EM_CACHE alone: Debian's libraries are prebuilt there, and frozen.
if(NOT DEFINED EMSCRIPTEN_ROOT_PATH)
  set(EMSCRIPTEN_ROOT_PATH "")
endif()
if(NOT EMSCRIPTEN_ROOT_PATH)
  find_program(_emcc emcc REQUIRED NO_CMAKE_FIND_ROOT_PATH)
  file(REAL_PATH "${_emcc}" _emcc)
  cmake_path(GET _emcc PARENT_PATH EMSCRIPTEN_ROOT_PATH)
endif()
set(EMSCRIPTEN_ROOT_PATH "${EMSCRIPTEN_ROOT_PATH}" CACHE PATH "Emscripten's folder")
include("${EMSCRIPTEN_ROOT_PATH}/cmake/Modules/Platform/Emscripten.cmake")
set(CMAKE_CXX_FLAGS_INIT "-fno-exceptions -fno-rtti -msimd128")
set(CMAKE_C_FLAGS_INIT "-msimd128")

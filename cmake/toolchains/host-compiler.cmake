# The host's clang, the same version as the one that makes the shipped module where it is there.
find_program(SLUICE_CLANG NAMES clang-22 clang REQUIRED)
find_program(SLUICE_CLANGXX NAMES clang++-22 clang++ REQUIRED)
set(CMAKE_C_COMPILER "${SLUICE_CLANG}")
set(CMAKE_CXX_COMPILER "${SLUICE_CLANGXX}")
set(CMAKE_CXX_FLAGS_INIT "-fno-exceptions -fno-rtti")

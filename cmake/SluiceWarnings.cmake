# Warnings are errors in our code. Third parties' headers are system headers and stay out of it.
add_library(sluice_warnings INTERFACE)
target_compile_options(
  sluice_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wimplicit-fallthrough
            -Wnon-virtual-dtor
            -Wold-style-cast
            -Wundef
            -Wextra-semi
            -Wunreachable-code
            -Werror)

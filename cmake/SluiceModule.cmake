# sluice_core_module(<name> ROOM <room> HEADER <file> BUDGET <file>)
#
# Links a room's objects and what they use into <name>.wasm, a reactor whose exports are exactly the functions that
# HEADER declares with SLUICE_EXPORT (and memory and _initialize), and checks that, its imports and its size after every
# link.

# The names that a header exports, for the linker. tools/check-module.mjs reads the header again, with its own eyes.
function(sluice_exports header result)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
  file(READ "${header}" text)
  string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" text "${text}")
  string(REPLACE ";" "\n" text "${text}")
  string(REGEX MATCHALL "SLUICE_EXPORT[ \t\r\n][^(\n#]*[ *]([a-z_0-9]+)[ \t\r\n]*\\(" declarations "${text}")
  set(names "")
  foreach(declaration IN LISTS declarations)
    string(REGEX REPLACE ".*[ *\t\r\n]([a-z_0-9]+)[ \t\r\n]*\\($" "\\1" function "${declaration}")
    list(APPEND names "${function}")
  endforeach()
  list(FILTER names EXCLUDE REGEX "^__attribute__$")
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

function(sluice_core_module name)
  cmake_parse_arguments(PARSE_ARGV 1 module "" "HEADER;BUDGET;ROOM" "")
  if(NOT SLUICE_WASM)
    return()
  endif()
  cmake_path(ABSOLUTE_PATH module_HEADER)
  cmake_path(ABSOLUTE_PATH module_BUDGET)
  sluice_exports("${module_HEADER}" exports)

  # The room's objects themselves, not its archive: nothing refers to an exported function.
  set(support "${PROJECT_SOURCE_DIR}/cmake/wasi")
  add_executable(${name} $<TARGET_OBJECTS:sluice_${module_ROOM}> "${support}/abort.cc" "${support}/no_formatting.cc")
  target_link_libraries(${name} PRIVATE sluice_${module_ROOM} absl::str_format sluice_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}" SUFFIX ".wasm")
  list(TRANSFORM exports PREPEND "-Wl,--export=" OUTPUT_VARIABLE export_options)
  # The stack comes first, so that an overflow traps at address 0 instead of running into data. Its deepest users
  # evaluate schemas: 1,024 within each other, of some hundred bytes each.
  target_link_options(${name} PRIVATE ${export_options} -Wl,--stack-first -Wl,-z,stack-size=524288)
  set(allow "")
  if(WASI)
    target_link_options(${name} PRIVATE -mexec-model=reactor -Wl,--strip-all -Wl,--gc-sections
                        -Wl,--max-memory=134217728)
  else()
    set(allow "--allow=${PROJECT_SOURCE_DIR}/cmake/emscripten/allowed.json")
    target_link_options(
      ${name}
      PRIVATE
      -sSTANDALONE_WASM
      --no-entry
      -sALLOW_MEMORY_GROWTH=1
      -sINITIAL_MEMORY=1048576
      -sTOTAL_STACK=524288
      -sMAXIMUM_MEMORY=134217728
      -sFILESYSTEM=0)
  endif()
  add_custom_command(
    TARGET ${name}
    POST_BUILD
    COMMAND "${SLUICE_NODE}" "${PROJECT_SOURCE_DIR}/tools/check-module.mjs" "$<TARGET_FILE:${name}>"
            "--header=${module_HEADER}" "--budget=${module_BUDGET}" "--toolchain=${SLUICE_TOOLCHAIN}" ${allow}
    VERBATIM)
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${module_HEADER}" "${module_BUDGET}"
               "${PROJECT_SOURCE_DIR}/tools/check-module.mjs")
endfunction()

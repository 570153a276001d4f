# simdjson, Abseil, RE2 and GoogleTest as targets. Their sources come from npm's lockfile (GoogleTest's from Debian) and
# each can be swapped by a cache variable. They are built once per toolchain into the cache, keyed by everything that
# shapes the result, and imported from there: a fresh clone with a warm cache compiles none of them.

set(SLUICE_SIMDJSON_DIR
    "${PROJECT_SOURCE_DIR}/node_modules/@nozbe/simdjson/src"
    CACHE PATH "Folder with simdjson.cpp and simdjson.h")
set(SLUICE_ABSEIL_DIR
    "${PROJECT_SOURCE_DIR}/node_modules/re2/vendor/abseil-cpp"
    CACHE PATH "Abseil's source tree")
set(SLUICE_RE2_DIR
    "${PROJECT_SOURCE_DIR}/node_modules/re2/vendor/re2"
    CACHE PATH "RE2's source tree")
set(SLUICE_GTEST_DIR
    "/usr/src/googletest"
    CACHE PATH "GoogleTest's source tree")

# The hash of what is in a folder, for sources that no lockfile pins.
function(sluice_hash_folder folder result)
  file(
    GLOB_RECURSE files
    LIST_DIRECTORIES false
    RELATIVE "${folder}"
    "${folder}/*.cc" "${folder}/*.cpp" "${folder}/*.h" "${folder}/*.inc" "${folder}/CMakeLists.txt")
  set(all "")
  foreach(file IN LISTS files)
    file(SHA256 "${folder}/${file}" hash)
    string(APPEND all "${file} ${hash}\n")
  endforeach()
  string(SHA256 all "${all}")
  set(${result} "${all}" PARENT_SCOPE)
endfunction()

# What identifies a dependency's sources: the lockfile's integrity hash where they are npm's, else their contents.
function(sluice_source_identity package folder result)
  cmake_path(IS_PREFIX PROJECT_SOURCE_DIR "${folder}" own)
  if(package AND own AND "${folder}" MATCHES "/node_modules/")
    string(JSON integrity GET "${lockfile}" packages "node_modules/${package}" integrity)
    set(${result} "${integrity}" PARENT_SCOPE)
  elseif(EXISTS "${folder}")
    sluice_hash_folder("${folder}" hash)
    set(${result} "${hash}" PARENT_SCOPE)
  else()
    set(${result} "none" PARENT_SCOPE)
  endif()
endfunction()

function(sluice_build_dependencies key prefix)
  file(LOCK "${SLUICE_CACHE_DIR}/deps/${SLUICE_TOOLCHAIN}.lock" GUARD FUNCTION TIMEOUT 1800)
  if(EXISTS "${prefix}/complete")
    return() # another configure made it while this one waited
  endif()
  foreach(source IN ITEMS "${SLUICE_SIMDJSON_DIR}/simdjson.cpp" "${SLUICE_ABSEIL_DIR}/absl" "${SLUICE_RE2_DIR}/re2")
    if(NOT EXISTS "${source}")
      message(FATAL_ERROR "No ${source}: run tools/bootstrap (npm brings the sources), or set the SLUICE_*_DIR cache variables")
    endif()
  endforeach()
  message(STATUS "Building simdjson, Abseil, RE2 and GoogleTest for ${SLUICE_TOOLCHAIN} into ${prefix}")
  set(work "${SLUICE_CACHE_DIR}/deps/.build-${SLUICE_TOOLCHAIN}-${key}")
  file(GLOB leftovers "${SLUICE_CACHE_DIR}/deps/.build-${SLUICE_TOOLCHAIN}-*") # of builds that failed
  file(REMOVE_RECURSE "${work}" ${leftovers})
  file(MAKE_DIRECTORY "${work}")
  # A list inside a list of arguments would come apart.
  list(JOIN simdjson_definitions "," simdjson_list)
  list(JOIN gtest_definitions "," gtest_list)
  string(TIMESTAMP start "%s")
  foreach(command IN ITEMS configure build)
    if(command STREQUAL "configure")
      set(arguments
          -S "${PROJECT_SOURCE_DIR}/cmake/deps" -B "${work}/build" -G "${CMAKE_GENERATOR}"
          "-DCMAKE_TOOLCHAIN_FILE=${CMAKE_TOOLCHAIN_FILE}"
          "-DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}"
          "-DCMAKE_INSTALL_PREFIX=${work}/install"
          "-DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM}"
          "-DSLUICE_CACHE_DIR=${SLUICE_CACHE_DIR}"
          "-DWASI_SDK_PATH=${WASI_SDK_PATH}"
          "-DSLUICE_SIMDJSON_DIR=${SLUICE_SIMDJSON_DIR}"
          "-DSLUICE_SIMDJSON_DEFINITIONS=${simdjson_list}"
          "-DSLUICE_ABSEIL_DIR=${SLUICE_ABSEIL_DIR}"
          "-DSLUICE_RE2_DIR=${SLUICE_RE2_DIR}"
          "-DSLUICE_GTEST_DIR=${gtest_dir}"
          "-DSLUICE_GTEST_DEFINITIONS=${gtest_list}"
          --no-warn-unused-cli)
    else()
      set(arguments --build "${work}/build" --target install)
    endif()
    execute_process(
      COMMAND "${CMAKE_COMMAND}" ${arguments}
      OUTPUT_FILE "${work}/${command}.log"
      ERROR_FILE "${work}/${command}.log"
      RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      file(READ "${work}/${command}.log" log)
      string(LENGTH "${log}" length)
      if(length GREATER 6000)
        math(EXPR from "${length} - 6000")
        string(SUBSTRING "${log}" ${from} -1 log)
      endif()
      message(FATAL_ERROR "Building the dependencies failed (${command}). All of it is in ${work}/${command}.log; its end:\n${log}")
    endif()
  endforeach()
  file(WRITE "${work}/install/complete" "")
  file(RENAME "${work}/install" "${prefix}")
  file(REMOVE_RECURSE "${work}")
  string(TIMESTAMP end "%s")
  math(EXPR took "${end} - ${start}")
  message(STATUS "Built the dependencies for ${SLUICE_TOOLCHAIN} in ${took} s")
endfunction()

function(sluice_dependencies)
  foreach(variable IN ITEMS CMAKE_SYSROOT WASI_SDK_PATH)
    if(NOT DEFINED ${variable})
      set(${variable} "")
    endif()
  endforeach()
  set(simdjson_definitions SIMDJSON_EXCEPTIONS=0)
  set(gtest_definitions "")
  set(gtest_dir "${SLUICE_GTEST_DIR}")
  if(SLUICE_WASM)
    list(APPEND simdjson_definitions SIMDJSON_IMPLEMENTATION_FALLBACK=1)
  endif()
  if(WASI)
    # GTEST_HAS_DEATH_TEST must not be defined at all: any value turns death tests on.
    set(gtest_definitions GTEST_HAS_EXCEPTIONS=0 GTEST_HAS_PTHREAD=0 GTEST_HAS_STREAM_REDIRECTION=0)
  elseif(SLUICE_WASM)
    set(gtest_dir "") # Emscripten's module is tested from outside, through its exports
  endif()

  file(READ "${PROJECT_SOURCE_DIR}/package-lock.json" lockfile)
  sluice_source_identity("@nozbe/simdjson" "${SLUICE_SIMDJSON_DIR}" simdjson_identity)
  sluice_source_identity("re2" "${SLUICE_ABSEIL_DIR}" abseil_identity)
  sluice_source_identity("re2" "${SLUICE_RE2_DIR}" re2_identity)
  sluice_source_identity("" "${gtest_dir}" gtest_identity)
  sluice_hash_folder("${PROJECT_SOURCE_DIR}/cmake/deps" scripts_identity)
  set(toolchain_identity "")
  set(scripts "toolchains/${SLUICE_TOOLCHAIN}.cmake")
  if(SLUICE_WASM)
    list(APPEND scripts wasi/absl_single_threaded.cc)
  endif()
  foreach(script IN LISTS scripts)
    file(SHA256 "${PROJECT_SOURCE_DIR}/cmake/${script}" hash)
    string(APPEND toolchain_identity "${hash} ")
  endforeach()
  execute_process(COMMAND "${CMAKE_CXX_COMPILER}" --version OUTPUT_VARIABLE compiler_identity)
  string(
    SHA256
    key
    "${simdjson_identity};${abseil_identity};${re2_identity};${gtest_identity};${scripts_identity};${toolchain_identity};${compiler_identity};${CMAKE_SYSROOT};${CMAKE_BUILD_TYPE};${CMAKE_CXX_FLAGS};${CMAKE_CXX_FLAGS_DEBUG};${CMAKE_CXX_FLAGS_RELEASE};${simdjson_definitions};${gtest_definitions}")
  string(SUBSTRING "${key}" 0 16 key)
  set(prefix "${SLUICE_CACHE_DIR}/deps/${SLUICE_TOOLCHAIN}-${key}")
  if(NOT EXISTS "${prefix}/complete")
    sluice_build_dependencies("${key}" "${prefix}")
  endif()

  add_library(sluice_dep_absl STATIC IMPORTED GLOBAL)
  set_target_properties(
    sluice_dep_absl PROPERTIES IMPORTED_LOCATION "${prefix}/absl/lib/libabsl.a" INTERFACE_INCLUDE_DIRECTORIES
                                                                               "${prefix}/absl/include")
  if(NOT SLUICE_WASM)
    find_package(Threads REQUIRED)
    set_property(TARGET sluice_dep_absl PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
  endif()
  # One archive behind them all. The names say what a room uses; they are Abseil's own.
  foreach(
    name
    absl_check
    algorithm_container
    any_invocable
    base
    bits
    btree
    charset
    cleanup
    config
    cord
    core_headers
    crc32c
    fixed_array
    flat_hash_map
    flat_hash_set
    function_ref
    hash
    inlined_vector
    int128
    memory
    node_hash_map
    node_hash_set
    numeric
    raw_hash_set
    span
    status
    statusor
    str_format
    string_view
    strings
    type_traits
    utility)
    add_library(absl::${name} INTERFACE IMPORTED GLOBAL)
    set_property(TARGET absl::${name} PROPERTY INTERFACE_LINK_LIBRARIES sluice_dep_absl)
  endforeach()

  add_library(simdjson::simdjson STATIC IMPORTED GLOBAL)
  set_target_properties(
    simdjson::simdjson
    PROPERTIES IMPORTED_LOCATION "${prefix}/simdjson/lib/libsimdjson.a"
               INTERFACE_INCLUDE_DIRECTORIES "${prefix}/simdjson/include"
               INTERFACE_COMPILE_DEFINITIONS "${simdjson_definitions}")

  add_library(re2::re2 STATIC IMPORTED GLOBAL)
  set_target_properties(
    re2::re2
    PROPERTIES IMPORTED_LOCATION "${prefix}/re2/lib/libre2.a"
               INTERFACE_INCLUDE_DIRECTORIES "${prefix}/re2/include"
               INTERFACE_LINK_LIBRARIES sluice_dep_absl)

  if(gtest_dir)
    foreach(name gtest gmock gmock_main)
      add_library(GTest::${name} STATIC IMPORTED GLOBAL)
      set_target_properties(
        GTest::${name}
        PROPERTIES IMPORTED_LOCATION "${prefix}/gtest/lib/lib${name}.a"
                   INTERFACE_INCLUDE_DIRECTORIES "${prefix}/gtest/include"
                   INTERFACE_COMPILE_DEFINITIONS "${gtest_definitions}")
    endforeach()
    set_property(TARGET GTest::gmock PROPERTY INTERFACE_LINK_LIBRARIES GTest::gtest)
    set_property(TARGET GTest::gmock_main PROPERTY INTERFACE_LINK_LIBRARIES GTest::gmock)
    # gmock's main serves plain GoogleTest too.
    add_library(GTest::gtest_main ALIAS GTest::gmock_main)
    if(NOT SLUICE_WASM)
      set_property(TARGET GTest::gtest APPEND PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
    endif()
  endif()
endfunction()

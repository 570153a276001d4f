# sluice_room(<name> [DEPENDS <room>...] [PUBLIC <target>...] [PRIVATE <target>...] SOURCES <file>... [WARM <file>...] [COLD <file>...])
#
# Makes the static library sluice_<name> (sluice::<name>) of the folder wasm/<name>. Its headers are
# "sluice/<name>/x.h", and only what links the room can include them: each room has an include folder of its own in the
# build tree, with nothing in it but a link to its sources. DEPENDS names rooms, PUBLIC targets that the room's headers
# include, PRIVATE targets that only its sources include. COLD names the sources that run when a policy loads and not for
# a request: in the module they are compiled for size. WARM names those of them whose time matters too: they are compiled
# for size, but what is small is inlined.

# A room may depend on rooms further left only; rooms of one group don't know each other.
set(SLUICE_ROOM_ORDER "base" "regex,uri,json" "query" "limit,experiment,schema,transform" "policy" "abi")

function(sluice_room_rank name result)
  set(rank 0)
  foreach(group IN LISTS SLUICE_ROOM_ORDER)
    string(REPLACE "," ";" group "${group}")
    if(name IN_LIST group)
      set(${result} ${rank} PARENT_SCOPE)
      return()
    endif()
    math(EXPR rank "${rank} + 1")
  endforeach()
  message(FATAL_ERROR "${name} is not a room: SLUICE_ROOM_ORDER in cmake/SluiceRoom.cmake has the list")
endfunction()

function(sluice_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "DEPENDS;PUBLIC;PRIVATE;SOURCES;WARM;COLD")
  if(room_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sluice_room(${name}): unknown arguments ${room_UNPARSED_ARGUMENTS}")
  endif()
  sluice_room_rank(${name} rank)

  set(includes "${PROJECT_BINARY_DIR}/include/${name}")
  file(MAKE_DIRECTORY "${includes}/sluice")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${includes}/sluice/${name}" SYMBOLIC)

  add_library(sluice_${name} STATIC ${room_SOURCES} ${room_WARM} ${room_COLD})
  if(SLUICE_WASM AND room_WARM)
    set_property(SOURCE ${room_WARM} APPEND PROPERTY COMPILE_OPTIONS -Os)
  endif()
  if(SLUICE_WASM AND room_COLD)
    set_property(SOURCE ${room_COLD} APPEND PROPERTY COMPILE_OPTIONS -Oz)
  endif()
  add_library(sluice::${name} ALIAS sluice_${name})
  target_include_directories(sluice_${name} PUBLIC "${includes}")
  foreach(other IN LISTS room_DEPENDS)
    sluice_room_rank(${other} other_rank)
    if(NOT other_rank LESS rank)
      message(FATAL_ERROR "The room ${name} may not depend on ${other}: it is not further left in the design's order")
    endif()
    target_link_libraries(sluice_${name} PUBLIC sluice::${other})
  endforeach()
  target_link_libraries(
    sluice_${name}
    PUBLIC ${room_PUBLIC}
    PRIVATE ${room_PRIVATE} sluice_warnings)
  # The lint stage runs over exactly these, in whatever tree exports compile commands.
  set_property(GLOBAL APPEND PROPERTY SLUICE_ROOMS ${name})
endfunction()

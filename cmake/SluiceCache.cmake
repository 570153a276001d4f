# Where third-party builds and the wasm sysroot live: outside the build trees, shared by all clones of one user.
# tools/lib/env.sh follows the same rule.
if(NOT DEFINED SLUICE_CACHE_DIR)
  if(DEFINED ENV{SLUICE_CACHE_DIR})
    set(_sluice_cache "$ENV{SLUICE_CACHE_DIR}")
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(_sluice_cache "$ENV{XDG_CACHE_HOME}/sluice")
  else()
    set(_sluice_cache "$ENV{HOME}/.cache/sluice")
  endif()
  set(SLUICE_CACHE_DIR
      "${_sluice_cache}"
      CACHE PATH "Third-party builds and the wasm sysroot")
endif()

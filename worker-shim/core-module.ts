// The one place that names the module's file. tools/build leaves it beside dist/index.js and
// rewrites this path.
import module from "../dist/core.wasm";

export default module;

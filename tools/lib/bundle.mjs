// dist/core.js and dist/index.js from worker-shim/, each one file for itself. Called by tools/build.
import { build } from "esbuild";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const shared = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "neutral",
  target: "es2024",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** The module stays a file of its own: `./core.wasm` beside dist/index.js. */
const externalModule = {
  name: "core.wasm",
  setup(context) {
    context.onResolve({ filter: /\/core\.wasm$/ }, () => ({ path: "./core.wasm", external: true }));
  },
};

await Promise.all([
  build({
    ...shared,
    entryPoints: [join(root, "worker-shim/core/index.ts")],
    outfile: "dist/core.js",
  }),
  build({
    ...shared,
    entryPoints: [join(root, "worker-shim/index.ts")],
    outfile: "dist/index.js",
    external: ["cloudflare:*"],
    plugins: [externalModule],
  }),
]);

// Bundles a Worker with esbuild, giving it the scenario as data and leaving Wasm modules beside it.

import { copyFileSync, mkdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { BUILD, ROOT } from "./paths.mjs";

const dataPlugin = (data, modules) => ({
  name: "bench-data",
  setup(build) {
    build.onResolve({ filter: /^bench:/ }, ({ path }) =>
      path in modules ? { path: modules[path] } : { path, namespace: "bench-data" },
    );
    build.onLoad({ filter: /.*/, namespace: "bench-data" }, ({ path }) => {
      const value = data[path];
      if (value === undefined) throw new Error(`no data for ${path}`);
      return { contents: JSON.stringify(value), loader: "json" };
    });
  },
});

/** workerd takes a Wasm module as a module of the Worker; it can't be inside the bundle. */
const wasmPlugin = (outdir, found) => ({
  name: "wasm-module",
  setup(build) {
    build.onResolve({ filter: /\.wasm$/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === "wasm-module") return undefined;
      const target =
        path.startsWith(".") || isAbsolute(path)
          ? resolve(resolveDir, path)
          : (await build.resolve(path, { resolveDir, kind, pluginData: "wasm-module" })).path;
      const name = basename(target);
      copyFileSync(target, join(outdir, name));
      found.add(name);
      return { path: `./${name}`, external: true };
    });
  },
});

/**
 * `data` and `modules` are what may be imported as "bench:…": JSON, and files of code made before.
 * @param {{ name: string, entry: string, data?: Record<string, unknown>, modules?: Record<string, string>,
 *   platform?: "workerd" | "node" }} options
 * @returns {Promise<{ dir: string, main: string, wasm: string[], bytes: number }>}
 */
export async function bundleWorker({ name, entry, data = {}, modules = {}, platform = "workerd" }) {
  const dir = join(BUILD, name);
  mkdirSync(dir, { recursive: true });
  const wasm = new Set();
  const result = await build({
    entryPoints: [isAbsolute(entry) ? entry : join(ROOT, "bench", entry)],
    outfile: join(dir, "worker.mjs"),
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: platform === "node" ? "node" : "neutral",
    conditions: platform === "node" ? ["node", "import"] : ["workerd", "worker", "import"],
    mainFields: ["module", "main"],
    // Without its build for browsers it wants Node's crypto.
    alias: { "object-hash": "object-hash/dist/object_hash.js" },
    // As it is in production: libraries leave out what is for development.
    define: { "process.env.NODE_ENV": '"production"' },
    external: platform === "node" ? [] : ["cloudflare:*", "node:*"],
    minify: platform !== "node",
    legalComments: "none",
    logLevel: "error",
    metafile: true,
    absWorkingDir: dirname(fileURLToPath(import.meta.url)),
    plugins: [dataPlugin(data, modules), wasmPlugin(dir, wasm)],
  });
  const bytes = Object.values(result.metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
  return { dir, main: join(dir, "worker.mjs"), wasm: [...wasm], bytes };
}

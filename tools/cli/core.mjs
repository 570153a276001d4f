// The core that the command works with: the one that the gateway runs.
import { readFile } from "node:fs/promises";
import { CliError } from "./error.mjs";

const dist = new URL("../../dist/", import.meta.url);

/** A core of its own. SLUICE_CORE_WASM names another module than the shipped one. */
export async function loadCore() {
  try {
    const { instantiate } = await import(new URL("core.js", dist).href);
    return await instantiate(
      await readFile(process.env.SLUICE_CORE_WASM ?? new URL("core.wasm", dist)),
    );
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new CliError("dist/ isn't there: run `npm run build` first");
  }
}

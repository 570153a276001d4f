import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { instantiateSync } from "sluice/core";

/** The shipped module, or the one that SLUICE_CORE_WASM names: another toolchain's. */
export const wasm = readFileSync(
  process.env.SLUICE_CORE_WASM ?? fileURLToPath(import.meta.resolve("sluice/core.wasm")),
);
export const module = new WebAssembly.Module(wasm);
export const SEED = new Uint8Array(16).fill(7);

export const newCore = () => instantiateSync(module, { seed: SEED });
export const text = (bytes) => new TextDecoder().decode(bytes);
export const bytes = (value) => new TextEncoder().encode(value);

/** The SluiceError that `run` throws. */
export function errorOf(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

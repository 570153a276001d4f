import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const BENCH = join(dirname(fileURLToPath(import.meta.url)), "..");
export const ROOT = join(BENCH, "..");
/** Bundles, configurations and scratch of a run. */
export const BUILD = join(ROOT, "build", "bench");
export const DIST = join(ROOT, "dist");
export const RESULTS = join(BENCH, "results");

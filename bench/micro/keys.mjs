// Memory of a million keys, each contender in a process of its own. Run by itself with the name of one it is such a
// process, and prints the bytes that it took.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DIST } from "../harness/paths.mjs";

const KEYS = 1_000_000;
const NOW = 1_764_000_000_000;
const CONTENDERS = ["sluice", "rate-limiter-flexible", "map"];
const keyOf = (i) => `customer-${String(i).padStart(7, "0")}`;

/** Each charges every key once and yields its memory before and after. */
const charge = {
  async sluice() {
    const { instantiateSync } = await import(join(DIST, "core.js"));
    const core = instantiateSync(new WebAssembly.Module(readFileSync(join(DIST, "core.wasm"))));
    const limits = {
      api: { algorithm: "fixed_window", rate: { units: 10, per: "1d" }, subject: ["identity"] },
    };
    const limiter = core.createLimiter(JSON.stringify(limits));
    const before = core.memoryBytes;
    for (let i = 0; i < KEYS; i++) limiter.charge([{ limit: "api", subject: keyOf(i) }], NOW);
    return { before, after: core.memoryBytes };
  },
  async "rate-limiter-flexible"() {
    const { default: flexible } = await import("rate-limiter-flexible");
    const limiter = new flexible.RateLimiterMemory({ points: 10, duration: 86_400 });
    return inHeap(async () => {
      for (let i = 0; i < KEYS; i++) await limiter.consume(keyOf(i), 1);
      return limiter;
    });
  },
  async map() {
    return inHeap(async () => {
      const windows = new Map();
      for (let i = 0; i < KEYS; i++) windows.set(keyOf(i), { number: 20_416, used: 1 });
      return windows;
    });
  },
};

async function inHeap(fill) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const kept = await fill();
  globalThis.gc();
  return { before, after: process.memoryUsage().heapUsed, kept };
}

/** @param {{ log: (line: string) => void }} options */
export function measureKeys({ log }) {
  return CONTENDERS.map((name) => {
    const output = execFileSync(
      process.execPath,
      ["--expose-gc", "--max-old-space-size=1500", fileURLToPath(import.meta.url), name],
      { encoding: "utf8" },
    );
    const bytes = Number(output) / KEYS;
    log(`micro: ${name}: ${bytes.toFixed(1)} bytes a key at ${KEYS.toLocaleString("en")} keys`);
    return { name, bytes };
  });
}

const [, script, name] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  const { before, after } = await charge[name]();
  console.log(after - before);
  process.exit(0);
}

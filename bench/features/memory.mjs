// What a payload takes of memory, in a process of its own: node --expose-gc memory.mjs <engine> <features> <core.wasm>
// Bytes of JavaScript heap, array buffers and linear memory that stay, all values of a user read once.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GrowthBookClient } from "@growthbook/growthbook";
import { DIST } from "../harness/paths.mjs";
import { payload, users } from "./work.mjs";

const [, , engine, count] = process.argv;
const MORE = 8;

const { instantiateSync } = await import(join(DIST, "core.js"));
const module = new WebAssembly.Module(readFileSync(join(DIST, "core.wasm")));
const [user] = users(1);
const text = JSON.stringify(payload(Number(count)));
const bytes = new TextEncoder().encode(text);

const ENGINES = {
  sluice() {
    const core = instantiateSync(module, { seed: new Uint8Array(16) });
    return {
      linear: () => core.memoryBytes,
      load() {
        const features = core.compileFeatures(bytes);
        const results = features.evaluate(user);
        for (const key of features.keys()) results.value(key);
        return features;
      },
    };
  },
  growthbook() {
    return {
      linear: () => 0,
      load() {
        const data = JSON.parse(text);
        const client = new GrowthBookClient({}).initSync({ payload: data });
        for (const key of Object.keys(data.features)) client.evalFeature(key, { attributes: user });
        return client;
      },
    };
  },
};

function usage(engine) {
  for (let i = 0; i < 5; i++) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers, linear: engine.linear() };
}
const minus = (a, b) => Object.fromEntries(Object.keys(a).map((name) => [name, a[name] - b[name]]));
const total = (one) => ({ ...one, bytes: one.heap + one.buffers + one.linear });

// What code, maps and caches of the engine take is there before.
const warm = ENGINES[engine]();
const warmed = Array.from({ length: 3 }, () => warm.load());

const fresh = ENGINES[engine]();
usage(fresh);
const before = usage(fresh);
const kept = [fresh.load()];
const first = usage(fresh);
for (let i = 0; i < MORE; i++) kept.push(fresh.load());
const later = usage(fresh);
const each = Object.fromEntries(
  Object.entries(minus(later, first)).map(([name, all]) => [name, Math.round(all / MORE)]),
);
if (kept.length + warmed.length !== MORE + 4) throw new Error("payloads were lost");
console.log(
  JSON.stringify({
    payloadBytes: bytes.length,
    first: total(minus(first, before)),
    each: total(each),
  }),
);

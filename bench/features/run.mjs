// Features in Node, beside GrowthBook's own SDK: `node bench/features/run.mjs`, after a build. Contenders take turns
// round by round, so that a noisy machine is noisy for both.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GrowthBookClient } from "@growthbook/growthbook";
import { DIST } from "../harness/paths.mjs";
import { payload, users } from "./work.mjs";

const ROUNDS = 15;
const USERS = 64;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Microseconds a call, by contender; each runs for about `targetMs` a round. */
function measure(contenders, targetMs = 40) {
  const runs = Object.entries(contenders).map(([name, call]) => {
    const repeat = (times) => {
      const begin = process.hrtime.bigint();
      for (let i = 0; i < times; i++) call(i);
      return Number(process.hrtime.bigint() - begin) / 1000 / times;
    };
    repeat(20);
    const times = Math.max(1, Math.ceil((targetMs * 1000) / repeat(20)));
    return { name, times, repeat, us: [] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const run of runs) run.us.push(run.repeat(run.times));
  }
  return Object.fromEntries(runs.map(({ name, us }) => [name, us]));
}

function show(what, us) {
  const [[, base], ...others] = Object.entries(us);
  const ratios = others.map(([name, values]) => {
    const ratio = median(values.map((value, round) => value / base[round]));
    return `${name} ${median(values).toFixed(2)} µs (${ratio.toFixed(2)}×)`;
  });
  console.log(`${what}: core ${median(base).toFixed(2)} µs, ${ratios.join(", ")}`);
}

process.env.NODE_ENV = "production";
const { instantiateSync } = await import(join(DIST, "core.js"));
const module = new WebAssembly.Module(readFileSync(join(DIST, "core.wasm")));
const core = instantiateSync(module, { seed: new Uint8Array(16) });
const people = users(USERS);

for (const count of [1, 500, 10_000]) {
  const data = payload(count);
  const text = JSON.stringify(data);
  const bytes = new TextEncoder().encode(text);
  const before = core.memoryBytes;
  const features = core.compileFeatures(bytes);
  const client = new GrowthBookClient({}).initSync({ payload: data });
  const keys = features.keys();
  people.forEach((attributes) => {
    const results = features.evaluate(attributes);
    for (const key of keys) {
      if (results.value(key) !== client.evalFeature(key, { attributes }).value) {
        throw new Error(`${key} differs for ${JSON.stringify(attributes)}`);
      }
    }
  });
  show(
    `${String(count)} features, all values read`,
    measure({
      core: (i) => {
        const results = features.evaluate(people[i % USERS]);
        for (const key of keys) results.value(key);
      },
      GrowthBookClient: (i) => {
        const context = { attributes: people[i % USERS] };
        for (const key of keys) client.evalFeature(key, context);
      },
    }),
  );
  const one = [keys[keys.length >> 1]];
  show(
    `1 of ${String(count)}`,
    measure({
      core: (i) => features.evaluate(people[i % USERS], { keys: one }).value(one[0]),
      GrowthBookClient: (i) => client.evalFeature(one[0], { attributes: people[i % USERS] }).value,
    }),
  );
  show(
    `loading ${String(count)} (${String(bytes.length)} bytes)`,
    measure({
      core: () => core.compileFeatures(bytes).dispose(),
      "JSON.parse": () => JSON.parse(text),
    }),
  );
  console.log(`memory of the instance: ${String(before)} → ${String(core.memoryBytes)} bytes`);
}

// CPU until a Wasm instance and a compiled policy stand ready in workerd: cold, in a process that has
// never run the module (V8 compiles its functions on first use), and again and again in a warm one.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { policy } from "../edge/scenario.mjs";
import { bundleWorker } from "../harness/bundle.mjs";
import { cpuMs } from "../harness/cpu.mjs";
import { DIST, ROOT } from "../harness/paths.mjs";
import { median, summary } from "../harness/stats.mjs";
import { startWorkerd } from "../harness/workerd.mjs";

const POLICIES = ["storefront", "thousand-keys"];
const WARM_TIMES = 50;

async function cpuOf(server, path, settleMs = 0) {
  const before = cpuMs(server.pid);
  const response = await fetch(`http://127.0.0.1:${server.ports.http}${path}`);
  const text = await response.text();
  if (!response.ok)
    throw new Error(`startup ${path}: ${response.status} ${text}\n${server.output()}`);
  await sleep(settleMs);
  return { ms: cpuMs(server.pid) - before, text };
}

/** @param {{ processes: number, log: (line: string) => void }} options */
export async function runStartup({ processes, log }) {
  const texts = {
    "bench:example-policy": readFileSync(join(ROOT, "examples/storefront/policy.json"), "utf8"),
    "bench:policy": JSON.stringify(policy()),
  };
  const bundle = await bundleWorker({ name: "startup", entry: "startup/worker.ts", data: texts });
  const measured = Object.fromEntries(
    POLICIES.map((name) => [name, { cold: [], settled: [], warm: [] }]),
  );
  let freshBytes = 0;
  for (let process = 0; process < processes; process++) {
    for (const name of POLICIES) {
      const server = await startWorkerd(
        "startup",
        { main: { bundle } },
        { http: { service: "main" } },
      );
      try {
        // The price of a request as such is not the core's.
        const empty = [];
        for (let i = 0; i < 20; i++) empty.push((await cpuOf(server, "/")).ms);
        const request = median(empty.slice(10));
        const before = cpuMs(server.pid);
        const cold = await cpuOf(server, `/ready?policy=${name}&times=1`);
        measured[name].cold.push(cold.ms - request);
        // Background threads may go on compiling.
        await sleep(100);
        measured[name].settled.push(cpuMs(server.pid) - before - request);
        await cpuOf(server, `/ready?policy=${name}&times=${WARM_TIMES}`, 100);
        const warm = await cpuOf(server, `/ready?policy=${name}&times=${WARM_TIMES}`);
        measured[name].warm.push((warm.ms - request) / WARM_TIMES);
        freshBytes = JSON.parse((await cpuOf(server, "/memory")).text).bytes;
      } finally {
        await server.stop();
      }
    }
  }
  const wasm = readFileSync(join(DIST, "core.wasm"));
  const result = {
    module: { bytes: wasm.length, gzipBytes: gzipSync(wasm, { level: 9 }).length },
    freshMemoryBytes: freshBytes,
    policies: POLICIES.map((name) => ({
      name,
      bytes: Buffer.byteLength(
        texts[name === "storefront" ? "bench:example-policy" : "bench:policy"],
      ),
      coldMs: summary(measured[name].cold),
      coldSettledMs: summary(measured[name].settled),
      warmMs: summary(measured[name].warm),
    })),
  };
  for (const { name, coldMs, warmMs } of result.policies) {
    log(
      `startup: instance + ${name} policy: cold ${coldMs.median.toFixed(2)} ms of CPU, warm ${warmMs.median.toFixed(2)} ms`,
    );
  }
  return result;
}

// Runs the cases in Node and in workerd: CPU nanoseconds per iteration, contenders in interleaved rounds.

import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { orderListing } from "../data/orders.mjs";
import { policy, workerData } from "../edge/scenario.mjs";
import { bundleWorker } from "../harness/bundle.mjs";
import { cpuMs } from "../harness/cpu.mjs";
import { DIST } from "../harness/paths.mjs";
import { ratios, summary } from "../harness/stats.mjs";
import { startWorkerd } from "../harness/workerd.mjs";

const SIZES = [200, 2048, 20_480, 204_800];

/** The documents of pick, by name. */
export function documents() {
  return Object.fromEntries(
    SIZES.flatMap((bytes) => [
      [`${bytes}/ascii`, orderListing({ bytes, seed: bytes })],
      [`${bytes}/utf8`, orderListing({ bytes, seed: bytes, utf8: true })],
    ]),
  );
}

async function workerdHost(data) {
  const bundle = await bundleWorker({ name: "micro-workerd", entry: "micro/worker.ts", data });
  const server = await startWorkerd("micro", { main: { bundle } }, { http: { service: "main" } });
  const ask = async (path) => {
    const response = await fetch(`http://127.0.0.1:${server.ports.http}${path}`);
    if (!response.ok) throw new Error(`micro ${path}: ${response.status}\n${server.output()}`);
    return response.json();
  };
  return {
    name: "workerd",
    pid: server.pid,
    list: () => ask("/list"),
    result: (index) => ask(`/result?case=${index}`),
    run: (index, times) => ask(`/run?case=${index}&times=${times}`),
    stop: () => server.stop(),
  };
}

async function nodeHost(data) {
  const bundle = await bundleWorker({
    name: "micro-node",
    entry: "micro/cases.ts",
    data,
    platform: "node",
  });
  const child = fork(fileURLToPath(new URL("node-host.mjs", import.meta.url)), [
    bundle.main,
    join(DIST, "core.wasm"),
  ]);
  const reply = () =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`the Node host ended with ${code}`));
      child.once("exit", ended);
      child.once("message", ({ answer, error }) => {
        child.removeListener("exit", ended);
        if (error === undefined) resolve(answer);
        else reject(new Error(error));
      });
    });
  const ask = (message) => {
    const answer = reply();
    child.send(message);
    return answer;
  };
  await reply();
  return {
    name: "node",
    pid: child.pid,
    list: () => ask({ ask: "list" }),
    result: (index) => ask({ ask: "result", index }),
    run: (index, times) => ask({ ask: "run", index, times }),
    stop: async () => child.disconnect(),
  };
}

async function cpuOfRun(host, index, times) {
  const before = cpuMs(host.pid);
  await host.run(index, times);
  return cpuMs(host.pid) - before;
}

/** Iterations that take about `targetMs`; the way there warms the code up. */
async function calibrate(host, index, targetMs) {
  for (let times = 1; ; times *= 4) {
    const ms = await cpuOfRun(host, index, times);
    if (ms >= targetMs / 4) return Math.max(1, Math.round((times * targetMs) / ms));
  }
}

async function runHost(host, { rounds, targetMs, log }) {
  const cases = await host.list();
  const groups = Map.groupBy(
    cases.map((one, index) => ({ ...one, index, ns: [] })),
    ({ group }) => group,
  );
  for (const [group, contenders] of groups) {
    const results = [];
    for (const { index } of contenders) results.push(await host.result(index));
    if (new Set(results).size !== 1)
      throw new Error(`${group}: the contenders don't agree in ${host.name}`);
    for (const one of contenders) one.times = await calibrate(host, one.index, targetMs);
    for (let round = 0; round < rounds; round++) {
      for (const one of contenders)
        one.ns.push(((await cpuOfRun(host, one.index, one.times)) * 1e6) / one.times);
    }
  }
  return [...groups].map(([group, contenders]) => {
    const sluice = contenders.find(({ by }) => by === "sluice");
    const js = contenders.find(({ by }) => by === "js");
    const row = {
      group,
      bytes: sluice.bytes ?? null,
      sluiceNs: summary(sluice.ns),
      jsNs: summary(js.ns),
      timesFaster: ratios(js.ns, sluice.ns),
    };
    log(
      `micro (${host.name}): ${group}: core ${format(row.sluiceNs)}, JS ${format(row.jsNs)}: ${row.timesFaster.median.toFixed(2)}×`,
    );
    return row;
  });
}

const format = ({ median }) =>
  median < 1e4 ? `${median.toFixed(0)} ns` : `${(median / 1000).toFixed(1)} µs`;

/** @param {{ rounds: number, targetMs: number, log: (line: string) => void }} options */
export async function runWasmMicro(options) {
  const data = {
    "bench:documents": documents(),
    "bench:policy": JSON.stringify(policy()),
    "bench:scenario": workerData(),
  };
  const result = {};
  for (const make of [nodeHost, workerdHost]) {
    const host = await make(data);
    try {
      result[host.name] = await runHost(host, options);
    } finally {
      await host.stop();
    }
  }
  return result;
}

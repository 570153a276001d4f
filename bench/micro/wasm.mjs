// The cases of decisions, charges and hashing in Node and in workerd. bench/json has those of JSON.

import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { policy, workerData } from "../edge/scenario.mjs";
import { bundleWorker } from "../harness/bundle.mjs";
import { measureGroups, shortTime, workerdHost } from "../harness/cases.mjs";
import { DIST } from "../harness/paths.mjs";
import { ratios, summary } from "../harness/stats.mjs";

const inWorkerd = (data) => workerdHost({ name: "micro", entry: "micro/worker.ts", data });

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

async function runHost(host, { rounds, targetMs, log }) {
  const rows = [];
  for await (const { group, bytes, ns } of measureGroups(host, { rounds, targetMs })) {
    const row = {
      group,
      bytes,
      sluiceNs: summary(ns.sluice),
      jsNs: summary(ns.js),
      timesFaster: ratios(ns.js, ns.sluice),
    };
    log(
      `micro (${host.name}): ${group}: core ${shortTime(row.sluiceNs)}, JS ${shortTime(row.jsNs)}: ${row.timesFaster.median.toFixed(2)}×`,
    );
    rows.push(row);
  }
  return rows;
}

/** @param {{ rounds: number, targetMs: number, log: (line: string) => void }} options */
export async function runWasmMicro(options) {
  const data = {
    "bench:policy": JSON.stringify(policy()),
    "bench:scenario": workerData(),
  };
  const result = {};
  for (const make of [nodeHost, inWorkerd]) {
    const host = await make(data);
    try {
      result[host.name] = await runHost(host, options);
    } finally {
      await host.stop();
    }
  }
  return result;
}

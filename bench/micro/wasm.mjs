// The cases of decisions, charges and hashing in Node and in workerd. bench/json has those of JSON.

import { policy, workerData } from "../edge/scenario.mjs";
import { measureGroups, nodeHost, shortTime, workerdHost } from "../harness/cases.mjs";
import { ratios, summary } from "../harness/stats.mjs";

const inNode = (data) => nodeHost({ name: "micro", entry: "micro/cases.ts", data });
const inWorkerd = (data) => workerdHost({ name: "micro", entry: "micro/worker.ts", data });

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
  for (const make of [inNode, inWorkerd]) {
    const host = await make(data);
    try {
      result[host.name] = await runHost(host, options);
    } finally {
      await host.stop();
    }
  }
  return result;
}

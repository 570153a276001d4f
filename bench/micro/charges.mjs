// One charge in workerd, through the public limiter and on the gateway's path; memory of a key; what checks cost.

import { measureGroups, shortTime, workerdHost } from "../harness/cases.mjs";
import { ratios, summary } from "../harness/stats.mjs";
import { measureCost } from "./cost.mjs";
import { measureKeys } from "./keys.mjs";

const FLEXIBLE = "rate-limiter-flexible";

/** What the charge adds to a decision, round by round. */
const added = (ns) => ns.with.map((value, round) => value - ns.without[round]);

/** @param {{ rounds: number, targetMs: number, log: (line: string) => void }} options */
async function measureTimes({ rounds, targetMs, log }) {
  const host = await workerdHost({ name: "charges", entry: "micro/charges-worker.ts" });
  const groups = new Map();
  try {
    for await (const { group, ns } of measureGroups(host, { rounds, targetMs })) {
      groups.set(group, ns);
      const list = Object.entries(ns).map(([by, values]) => `${by} ${shortTime(summary(values))}`);
      log(`micro (workerd): ${group}: ${list.join(", ")}`);
    }
  } finally {
    await host.stop();
  }
  return ["admitted", "denied"].map((kind) => {
    const ns = groups.get(`public: ${kind}`);
    const gateway = added(groups.get(`gateway: decide, ${kind}`));
    return {
      kind,
      ns: {
        gateway: summary(gateway),
        ...Object.fromEntries(Object.entries(ns).map(([by, values]) => [by, summary(values)])),
      },
      publicTimesFaster: ratios(ns[FLEXIBLE], ns.sluice),
      gatewayTimesFaster: ratios(ns[FLEXIBLE], gateway),
    };
  });
}

export async function runCharges(options) {
  return {
    times: await measureTimes(options),
    keys: measureKeys(options),
    cost: await measureCost(options),
  };
}

// Features in Node and in workerd, beside GrowthBook's own SDK and flagd's; and the memory that they take.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { measureGroups, nodeHost, shortTime, workerdHost } from "../harness/cases.mjs";
import { ratios, summary } from "../harness/stats.mjs";

const MEMORY_FEATURES = 500;

async function runHost(host, { rounds, targetMs, log }) {
  const rows = [];
  for await (const { group, bytes, ns } of measureGroups(host, { rounds, targetMs })) {
    const [work, features] = group.split("/");
    const { sluice, ...others } = ns;
    const row = {
      group,
      work,
      features: Number(features),
      bytes,
      sluiceNs: summary(sluice),
      against: Object.fromEntries(
        Object.entries(others).map(([by, values]) => [
          by,
          { ns: summary(values), timesFaster: ratios(values, sluice) },
        ]),
      ),
    };
    const against = Object.entries(row.against).map(
      ([by, one]) => `${by} ${shortTime(one.ns)}: ${one.timesFaster.median.toFixed(2)}×`,
    );
    log(
      `features (${host.name}): ${group}: core ${shortTime(row.sluiceNs)}, ${against.join(", ")}`,
    );
    rows.push(row);
  }
  return rows;
}

/** Only Node tells how much heap is in use after a collection; V8 is workerd's. */
function runMemory(log) {
  const of = (engine) =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [
          "--expose-gc",
          fileURLToPath(new URL("memory.mjs", import.meta.url)),
          engine,
          String(MEMORY_FEATURES),
        ],
        { encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } },
      ),
    );
  const memory = {
    features: MEMORY_FEATURES,
    sluice: of("sluice"),
    growthbook: of("growthbook"),
  };
  const share = memory.sluice.first.bytes / memory.growthbook.first.bytes;
  log(
    `features: ${String(MEMORY_FEATURES)} take ${share.toFixed(2)} times GrowthBookClient's memory`,
  );
  return memory;
}

/** @param {{ rounds: number, targetMs: number, log: (line: string) => void }} options */
export async function runFeatures({ rounds, targetMs, log }) {
  const result = { memory: runMemory(log) };
  const entries = [
    [nodeHost, "features/cases.ts"],
    [workerdHost, "features/worker.ts"],
  ];
  for (const [make, entry] of entries) {
    const host = await make({ name: "features", entry, data: {} });
    try {
      result[host.name] = await runHost(host, { rounds, targetMs, log });
    } finally {
      await host.stop();
    }
  }
  return result;
}

// The JSON part: every job, in workerd, beside JavaScript; natively; and the memory that it takes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { measureGroups, shortTime, workerdHost } from "../harness/cases.mjs";
import { DIST } from "../harness/paths.mjs";
import { ratios, summary } from "../harness/stats.mjs";
import { runNative } from "../micro/native.mjs";
import { documents, JOBS } from "./work.mjs";

const MEMORY_DOCUMENT = "2097152/ascii";

async function runJobs({ rounds, targetMs, log }) {
  const host = await workerdHost({
    name: "json",
    entry: "json/worker.ts",
    data: { "bench:documents": documents(), "bench:jobs": JOBS },
  });
  const rows = [];
  try {
    for await (const { group, bytes, ns } of measureGroups(host, { rounds, targetMs })) {
      const [job, size, kind] = group.split("/");
      const { sluice, ...others } = ns;
      const row = {
        group,
        job,
        size: Number(size),
        kind,
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
        ([by, { ns, timesFaster }]) => `${by} ${shortTime(ns)}: ${timesFaster.median.toFixed(2)}×`,
      );
      log(`json: ${group}: core ${shortTime(row.sluiceNs)}, ${against.join(", ")}`);
      rows.push(row);
    }
  } finally {
    await host.stop();
  }
  return rows;
}

/** Linear memory of a fresh instance after a pick of a large document, and after the next ones. */
async function runMemory() {
  const { instantiateSync } = await import(join(DIST, "core.js"));
  const module = new WebAssembly.Module(readFileSync(join(DIST, "core.wasm")));
  const core = instantiateSync(module, { seed: new Uint8Array(16) });
  const { steps } = JOBS.find(({ id }) => id === "pick");
  const transform = core.compileTransform(JSON.stringify(steps));
  const document = new TextEncoder().encode(documents()[MEMORY_DOCUMENT]);
  const freshBytes = core.memoryBytes;
  transform.apply(document);
  const peakBytes = core.memoryBytes;
  for (let again = 0; again < 5; again++) transform.apply(document);
  return {
    documentBytes: document.length,
    freshBytes,
    peakBytes,
    laterBytes: core.memoryBytes,
    ratio: peakBytes / document.length,
  };
}

/**
 * @param {{ rounds: number, targetMs: number, native: { repetitions: number, minTime: number },
 *   log: (line: string) => void }} options
 */
export async function runJson({ rounds, targetMs, native, log }) {
  const memory = await runMemory();
  log(`json: a pick at 2 MB takes ${memory.ratio.toFixed(2)} times the document's size of memory`);
  return {
    memory,
    rows: await runJobs({ rounds, targetMs, log }),
    native: runNative({ part: "json", ...native, log }),
  };
}

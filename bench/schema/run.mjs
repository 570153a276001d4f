// Schemas in Node and in workerd, beside the validators that run there; and the memory that they take.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { measureGroups, nodeHost, shortTime, workerdHost } from "../harness/cases.mjs";
import { ratios, summary } from "../harness/stats.mjs";
import { buildStandalone } from "./standalone.mjs";
import { work } from "./work.mjs";

function row({ group, bytes, cannot, ns }) {
  const { sluice, ...others } = ns;
  const against = Object.entries(others).map(([by, values]) => [
    by,
    {
      ns: summary(values),
      timesFaster: sluice === undefined ? null : ratios(values, sluice),
    },
  ]);
  return {
    group,
    bytes,
    cannot,
    sluiceNs: sluice === undefined ? null : summary(sluice),
    against: Object.fromEntries(against),
  };
}

function line({ group, sluiceNs, against, cannot }) {
  const parts = Object.entries(against).map(
    ([by, { ns, timesFaster }]) =>
      `${by} ${shortTime(ns)}${timesFaster === null ? "" : `: ${timesFaster.median.toFixed(2)}×`}`,
  );
  const no = Object.entries(cannot).map(([by, why]) => `${by}: ${why}`);
  return [
    `${group}: ${sluiceNs === null ? "" : `core ${shortTime(sluiceNs)}, `}${parts.join(", ")}`,
    ...no.map((one) => `  not ${one}`),
  ].join("\n");
}

async function runHost(host, { rounds, targetMs, log }) {
  const rows = [];
  for await (const measured of measureGroups(host, { rounds, targetMs })) {
    const one = row(measured);
    log(`schema (${host.name}): ${line(one)}`);
    rows.push(one);
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
          "--disallow-code-generation-from-strings",
          fileURLToPath(new URL("memory.mjs", import.meta.url)),
          engine,
        ],
        { encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } },
      ),
    );
  const memory = { sluice: of("sluice"), ata: of("ata"), cfworker: of("cfworker") };
  for (const [engine, { bytes, schemas }] of Object.entries(memory))
    log(`schema: ${engine} takes ${bytes} bytes for ${schemas} schemas`);
  return memory;
}

/**
 * @param {{ rounds: number, targetMs: number, log: (line: string) => void }} options
 */
export async function runSchema({ rounds, targetMs, log }) {
  const works = work().map((one) => ({ ...one, text: JSON.stringify(one.schema) }));
  const options = {
    name: "schema",
    data: { "bench:works": works },
    modules: { "bench:ajv": buildStandalone(works) },
  };
  const result = {
    schemas: works.map(({ id, dialect, text, resources, documents }) => ({
      id,
      dialect,
      bytes: Buffer.byteLength(text),
      resourceBytes: resources.reduce((sum, { schema }) => sum + JSON.stringify(schema).length, 0),
      documents: documents.map(({ id, json }) => ({ id, bytes: Buffer.byteLength(json) })),
    })),
    memory: runMemory(log),
  };
  // As in a Worker: no contender may make code at run time.
  const execArgv = ["--disallow-code-generation-from-strings"];
  for (const make of [
    () => nodeHost({ ...options, entry: "schema/cases.ts", execArgv }),
    () => workerdHost({ ...options, entry: "schema/worker.ts" }),
  ]) {
    const host = await make();
    try {
      result[host.name] = await runHost(host, { rounds, targetMs, log });
    } finally {
      await host.stop();
    }
  }
  return result;
}

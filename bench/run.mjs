// npm run bench [-- --quick] [-- --only edge,objects,limits,assignment,startup,json,features,schema,micro] [-- --contenders sluice,handwritten]
//
// Measures everything in one run and writes bench/results: latest.json, report.md, *.svg. With --only or
// --contenders nothing is written: a partial run is for looking, not for the record. But --only limits and --only assignment
// write their own page and plots: what is computed comes out the same wherever it runs. So do --only features and --only
// schema, whose pages say of which machine their figures are.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeAssignment } from "./assignment/report.mjs";
import { runAssignment } from "./assignment/run.mjs";
import { gatewayIsBuilt } from "./edge/contenders.mjs";
import { runEdge } from "./edge/run.mjs";
import { writeFeatures } from "./features/report.mjs";
import { runFeatures } from "./features/run.mjs";
import { goals } from "./goals.mjs";
import { machine } from "./harness/machine.mjs";
import { BUILD, RESULTS, ROOT } from "./harness/paths.mjs";
import { runJson } from "./json/run.mjs";
import { writeLimits } from "./limits/report.mjs";
import { runLimits } from "./limits/run.mjs";
import { runCharges } from "./micro/charges.mjs";
import { buildNative, runNative } from "./micro/native.mjs";
import { runWasmMicro } from "./micro/wasm.mjs";
import { runObjects } from "./objects/run.mjs";
import { writeReport } from "./report.mjs";
import { writeSchema } from "./schema/report.mjs";
import { runSchema } from "./schema/run.mjs";
import { runStartup } from "./startup/run.mjs";

const PARTS = [
  "edge",
  "objects",
  "limits",
  "assignment",
  "startup",
  "json",
  "features",
  "schema",
  "micro",
];

const FULL = {
  edge: { rounds: 100, requests: 600, warmup: 24_000 },
  objects: { rounds: 25, requests: 3000, warmup: 8000, coldObjects: 100, liveObjects: 5000 },
  startup: { processes: 7 },
  json: { rounds: 7, targetMs: 40 },
  features: { rounds: 15, targetMs: 60 },
  schema: { rounds: 9, targetMs: 40 },
  micro: { rounds: 9, targetMs: 60 },
  native: { repetitions: 5, minTime: 0.05 },
};
const QUICK = {
  edge: { rounds: 3, requests: 2000, warmup: 2000 },
  objects: { rounds: 3, requests: 2000, warmup: 2000, coldObjects: 50, liveObjects: 1000 },
  startup: { processes: 2 },
  json: { rounds: 3, targetMs: 10 },
  features: { rounds: 3, targetMs: 10 },
  schema: { rounds: 3, targetMs: 10 },
  micro: { rounds: 3, targetMs: 10 },
  native: { repetitions: 2, minTime: 0.01 },
};

function options() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      contenders: { type: "string" },
    },
  });
  const only = values.only?.split(",") ?? PARTS;
  const unknown = only.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`--only takes ${PARTS.join(", ")}, not ${unknown}`);
  return {
    quick: values.quick,
    only,
    contenders: values.contenders?.split(","),
    partial: values.only !== undefined || values.contenders !== undefined,
  };
}

function revision() {
  try {
    const git = (...args) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
    return {
      commit: git("rev-parse", "--short=12", "HEAD"),
      changed: git("status", "--porcelain", "--", "wasm", "worker-shim", "bench/edge") !== "",
    };
  } catch {
    return null;
  }
}

const { quick, only, contenders, partial } = options();
const plan = quick ? QUICK : FULL;
const log = (line) => console.log(line);
mkdirSync(BUILD, { recursive: true });

if (!gatewayIsBuilt()) {
  console.error(
    "bench: no dist/: run `npm run build` first (the core and the gateway are what is measured)",
  );
  process.exit(2);
}

const started = performance.now();
const result = {
  format: 1,
  mode: quick ? "quick" : "full",
  date: new Date().toISOString().slice(0, 10),
  revision: revision(),
  machine: machine(),
};
if (only.includes("edge")) result.edge = await runEdge({ ...plan.edge, only: contenders, log });
if (only.includes("objects")) result.objects = await runObjects({ ...plan.objects, log });
if (only.includes("limits")) result.limits = runLimits({ tenth: quick, log });
if (only.includes("assignment")) result.assignment = await runAssignment({ tenth: quick, log });
if (only.includes("startup")) result.startup = await runStartup({ ...plan.startup, log });
if (!quick && (only.includes("json") || only.includes("micro"))) buildNative(log);
if (only.includes("json")) result.json = await runJson({ ...plan.json, native: plan.native, log });
if (only.includes("features")) result.features = await runFeatures({ ...plan.features, log });
if (only.includes("schema")) result.schema = await runSchema({ ...plan.schema, log });
if (only.includes("micro")) {
  result.micro = {
    ...(await runWasmMicro({ ...plan.micro, log })),
    charges: await runCharges({ ...plan.micro, log }),
    native: runNative({ part: "micro", ...plan.native, log }),
  };
}
result.seconds = Math.round((performance.now() - started) / 1000);

const pages = {
  limits: ({ limits }) => writeLimits(limits, RESULTS),
  assignment: ({ assignment }) => writeAssignment(assignment, RESULTS),
  features: (whole) => writeFeatures(whole, RESULTS),
  schema: (whole) => writeSchema(whole, RESULTS),
};
const page = only.length === 1 && !quick ? pages[only[0]] : undefined;
if (page !== undefined) {
  page(result);
  console.log(`bench: bench/results/${only[0]}.md`);
} else if (partial) {
  console.log(JSON.stringify(result, null, 2));
} else {
  result.goals = goals(result);
  mkdirSync(RESULTS, { recursive: true });
  // A quick run shows that the harness works; its figures don't replace those of a full one.
  const folder = quick ? join(BUILD, "quick") : RESULTS;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "latest.json"), `${JSON.stringify(result, null, 2)}\n`);
  writeReport(result, folder);
  writeFeatures(result, folder);
  writeSchema(result, folder);
  for (const { text, value, reached } of result.goals)
    console.log(`${reached ? "reached" : "MISSED "}  ${text}: ${value}`);
  console.log(
    `bench: ${result.seconds} s; ${folder === RESULTS ? "bench/results" : "build/bench/quick"}/report.md`,
  );
}

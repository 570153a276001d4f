// Runs the rooms' Google Benchmarks of the native build, if there is one, and folds their figures in.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD, ROOT } from "../harness/paths.mjs";
import { documents, JOBS } from "../json/work.mjs";
import { work } from "../schema/work.mjs";

const NATIVE = join(ROOT, "build", "native");

function programs(folder = NATIVE) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith("_bench"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => (statSync(file).mode & 0o111) !== 0)
    .sort();
}

/** Builds the rooms' benchmarks; the run goes on without those that can't be built. */
export function buildNative(log) {
  try {
    for (const args of [
      ["--preset", "native"],
      ["--build", "--preset", "native", "--target", "benchmarks"],
    ]) {
      execFileSync("cmake", args, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
    }
  } catch (error) {
    log(`bench: the native benchmarks could not be built: ${String(error.stderr ?? error)}`);
  }
}

/** Programs of the bench's JSON part; all others belong to the micro part. */
const JSON_PROGRAMS = /\/(?:abi_json|json_stage1)_bench$/;

/** Of schemas that need no others: the schema and its valid document, config-20-KB.schema.json and config-20-KB.json. */
function writeSchemas(folder) {
  mkdirSync(folder, { recursive: true });
  for (const { id, schema, resources, documents } of work()) {
    if (resources.length > 0) continue;
    const name = join(folder, id.replaceAll(/[/ ]/g, "-"));
    writeFileSync(`${name}.schema.json`, JSON.stringify(schema));
    writeFileSync(`${name}.json`, documents[0].json);
  }
}

/**
 * What the Wasm cases get, as files: BENCH_DATA_DIR/pick-2048-ascii.json, BENCH_DATA_DIR/job-redact,
 * BENCH_DATA_DIR/schemas/.
 */
export function writeData() {
  const folder = join(BUILD, "documents");
  mkdirSync(folder, { recursive: true });
  writeSchemas(join(folder, "schemas"));
  for (const [name, text] of Object.entries(documents())) {
    writeFileSync(join(folder, `pick-${name.replace("/", "-")}.json`), text);
  }
  for (const { id, steps, jsonpath, jmespath } of JOBS)
    writeFileSync(join(folder, `job-${id}`), jsonpath ?? jmespath ?? JSON.stringify(steps));
  return folder;
}

/** @param {{ part: "json" | "micro", repetitions: number, minTime: number, log: (line: string) => void }} options */
export function runNative({ part, repetitions, minTime, log }) {
  const found = programs().filter((program) => JSON_PROGRAMS.test(program) === (part === "json"));
  if (found.length === 0)
    log(
      `${part}: no native benchmarks are built (cmake --preset native && cmake --build --preset native)`,
    );
  const env = { ...process.env, BENCH_DATA_DIR: writeData() };
  return found.flatMap((program) => {
    const text = execFileSync(
      program,
      [
        "--benchmark_format=json",
        `--benchmark_repetitions=${repetitions}`,
        `--benchmark_min_time=${minTime}`,
        "--benchmark_report_aggregates_only=true",
      ],
      { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 },
    );
    // Google Benchmark writes counters that aren't numbers as no JSON has them.
    const { benchmarks } = JSON.parse(text.replaceAll(/: (?:NaN|-?Infinity)\b/g, ": null"));
    const rows = benchmarks
      .filter(({ aggregate_name: aggregate }) => aggregate === "median")
      .map(({ run_name: name, cpu_time: cpu, time_unit: unit, bytes_per_second: rate }) => ({
        name,
        cpuNs: cpu * { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }[unit],
        bytesPerSecond: rate ?? null,
      }));
    for (const { name, cpuNs } of rows) log(`${part} (native): ${name}: ${cpuNs.toFixed(1)} ns`);
    return rows;
  });
}

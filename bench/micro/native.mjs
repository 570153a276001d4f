// Runs the rooms' Google Benchmarks of the native build, if there is one, and folds their figures in.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD, ROOT } from "../harness/paths.mjs";
import { documents } from "./wasm.mjs";

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
    log(`micro: the native benchmarks could not be built: ${String(error.stderr ?? error)}`);
  }
}

/** The same documents that the Wasm cases get, as files: BENCH_DATA_DIR/pick-2048-ascii.json. */
function writeDocuments() {
  const folder = join(BUILD, "documents");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(documents())) {
    writeFileSync(join(folder, `pick-${name.replace("/", "-")}.json`), text);
  }
  return folder;
}

/** @param {{ repetitions: number, minTime: number, log: (line: string) => void }} options */
export function runNativeMicro({ repetitions, minTime, log }) {
  const found = programs();
  if (found.length === 0)
    log(
      "micro: no native benchmarks are built (cmake --preset native && cmake --build --preset native)",
    );
  const env = { ...process.env, BENCH_DATA_DIR: writeDocuments() };
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
    for (const { name, cpuNs } of rows) log(`micro (native): ${name}: ${cpuNs.toFixed(1)} ns`);
    return rows;
  });
}

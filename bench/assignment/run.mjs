// The assignment part: what a native program computes over many users, and rollouts through dist/core.js.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DIST, ROOT } from "../harness/paths.mjs";
import { rollouts } from "./rollouts.mjs";
import { summary } from "./summary.mjs";

const PROGRAM = join(ROOT, "build", "native", "bench", "assignment_statistics");

function build() {
  for (const args of [
    ["--preset", "native"],
    ["--build", "--preset", "native", "--target", "assignment_statistics"],
  ]) {
    execFileSync("cmake", args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  }
}

/** @param {{ tenth: boolean, program?: string, log: (line: string) => void }} options */
export async function runAssignment({ tenth, program, log }) {
  if (program === undefined) build();
  const text = execFileSync(program ?? PROGRAM, tenth ? ["--tenth"] : [], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const { instantiate } = await import(pathToFileURL(join(DIST, "core.js")).href);
  const core = await instantiate(readFileSync(join(DIST, "core.wasm")));
  const found = {
    ...summary(JSON.parse(text)),
    rollouts: rollouts(core, tenth ? 10_000 : 100_000),
  };
  log(
    `assignment: ${found.spreads.length} spreads, ${found.ratios.count} sample ratio tests, ` +
      `${found.rollouts.length} rollouts`,
  );
  return found;
}

// The limits part: the simulation's grid, computed by a native program on a virtual clock.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../harness/paths.mjs";
import { summary } from "./summary.mjs";

const PROGRAM = join(ROOT, "build", "native", "bench", "limits_simulation");

function build() {
  for (const args of [
    ["--preset", "native"],
    ["--build", "--preset", "native", "--target", "limits_simulation"],
  ]) {
    execFileSync("cmake", args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  }
}

/** @param {{ tenth: boolean, log: (line: string) => void }} options */
export function runLimits({ tenth, log }) {
  build();
  const text = execFileSync(PROGRAM, tenth ? ["--tenth"] : [], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const found = summary(JSON.parse(text));
  log(`limits: ${found.cells} cells simulated, ${found.broken} of them broke a bound`);
  return found;
}

// What the figures were measured on; nothing that names the host.

import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import workerdPath from "workerd";

export function machine() {
  const workerd = execFileSync(workerdPath.default ?? workerdPath, ["--version"], {
    encoding: "utf8",
  }).trim();
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    workerd,
  };
}

// CPU time of a process as the scheduler counts it: nanoseconds over all its threads.

import { readdirSync, readFileSync } from "node:fs";

/** @param {number} pid @returns {number} milliseconds */
export function cpuMs(pid) {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(
        readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ", 1)[0],
      );
    } catch (error) {
      // A thread may end between the two reads.
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
    }
  }
  return nanoseconds / 1e6;
}

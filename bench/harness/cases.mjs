// Measures cases (serve.ts): CPU nanoseconds per iteration, the contenders of a group in interleaved rounds.

import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorker } from "./bundle.mjs";
import { cpuMs } from "./cpu.mjs";
import { DIST } from "./paths.mjs";
import { startWorkerd } from "./workerd.mjs";

/**
 * @typedef {{
 *   name: string, pid: number, stop: () => Promise<void>,
 *   list: () => Promise<{ group: string, by: string, bytes?: number, cannot?: string }[]>,
 *   result: (index: number) => Promise<string>,
 *   run: (index: number, times: number) => Promise<unknown>,
 * }} Host
 */

/** @returns {Promise<Host>} */
export async function workerdHost({ name, entry, data, modules }) {
  const bundle = await bundleWorker({ name: `${name}-workerd`, entry, data, modules });
  const server = await startWorkerd(name, { main: { bundle } }, { http: { service: "main" } });
  const ask = async (path) => {
    const response = await fetch(`http://127.0.0.1:${server.ports.http}${path}`);
    if (!response.ok) throw new Error(`${name} ${path}: ${response.status}\n${server.output()}`);
    return response.json();
  };
  return {
    name: "workerd",
    pid: server.pid,
    list: () => ask("/list"),
    result: (index) => ask(`/result?case=${index}`),
    run: (index, times) => ask(`/run?case=${index}&times=${times}`),
    stop: () => server.stop(),
  };
}

/** The same in a Node process: `entry` is what exports makeCases. @returns {Promise<Host>} */
export async function nodeHost({ name, entry, data, modules, execArgv = [] }) {
  const bundle = await bundleWorker({
    name: `${name}-node`,
    entry,
    data,
    modules,
    platform: "node",
  });
  const child = fork(
    fileURLToPath(new URL("node-host.mjs", import.meta.url)),
    [bundle.main, join(DIST, "core.wasm")],
    { execArgv },
  );
  const reply = () =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`the Node host ended with ${code}`));
      child.once("exit", ended);
      child.once("message", ({ answer, error }) => {
        child.removeListener("exit", ended);
        if (error === undefined) resolve(answer);
        else reject(new Error(error));
      });
    });
  const ask = (message) => {
    const answer = reply();
    child.send(message);
    return answer;
  };
  await reply();
  return {
    name: "node",
    pid: child.pid,
    list: () => ask({ ask: "list" }),
    result: (index) => ask({ ask: "result", index }),
    run: (index, times) => ask({ ask: "run", index, times }),
    stop: async () => child.disconnect(),
  };
}

async function cpuOfRun(host, index, times) {
  const before = cpuMs(host.pid);
  await host.run(index, times);
  return cpuMs(host.pid) - before;
}

/** Iterations that take about `targetMs`; the way there warms the code up. */
async function calibrate(host, index, targetMs) {
  for (let times = 1; ; times *= 4) {
    let ms = await cpuOfRun(host, index, times);
    if (ms < targetMs / 4) continue;
    // It may have been a collection of another case's garbage.
    ms = Math.min(ms, await cpuOfRun(host, index, times));
    if (ms >= targetMs / 4) return Math.max(1, Math.round((times * targetMs) / ms));
  }
}

/**
 * One group after the other, as it is measured. Throws where contenders' results differ.
 * @param {Host} host @param {{ rounds: number, targetMs: number }} options
 */
export async function* measureGroups(host, { rounds, targetMs }) {
  const cases = await host.list();
  const groups = Map.groupBy(
    cases.map((one, index) => ({ ...one, index, ns: /** @type {number[]} */ ([]) })),
    ({ group }) => group,
  );
  for (const [group, listed] of groups) {
    const contenders = listed.filter(({ cannot }) => cannot === undefined);
    const results = [];
    for (const { index } of contenders) results.push(await host.result(index));
    if (new Set(results).size > 1)
      throw new Error(
        `${group}: the contenders don't agree in ${host.name}: ` +
          contenders.map(({ by }, i) => `${by} ${results[i].slice(0, 300)}`).join("\n"),
      );
    const times = [];
    for (const { index } of contenders) times.push(await calibrate(host, index, targetMs));
    // The first round finds the code compiled, or sees to it.
    for (let round = 0; round <= rounds; round++) {
      for (const [i, { index, ns }] of contenders.entries()) {
        const ms = await cpuOfRun(host, index, times[i]);
        if (round > 0) ns.push((ms * 1e6) / times[i]);
      }
    }
    yield {
      group,
      bytes: listed[0].bytes ?? null,
      /** Why not, by contender that isn't measured. */
      cannot: Object.fromEntries(
        listed.flatMap(({ by, cannot }) => (cannot === undefined ? [] : [[by, cannot]])),
      ),
      /** Nanoseconds of each round, by contender. */
      ns: Object.fromEntries(contenders.map(({ by, ns }) => [by, ns])),
    };
  }
}

export const shortTime = ({ median }) =>
  median < 1e4 ? `${median.toFixed(0)} ns` : `${(median / 1000).toFixed(1)} µs`;

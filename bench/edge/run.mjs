// The contenders in workerd, in interleaved rounds: A B C A B C … Each round's figures are compared
// with the same round of the others.

import { bundleWorker } from "../harness/bundle.mjs";
import { cpuMs } from "../harness/cpu.mjs";
import { LoadGenerator } from "../harness/load.mjs";
import { ratios, summary } from "../harness/stats.mjs";
import { startWorkerd } from "../harness/workerd.mjs";
import { check } from "./check.mjs";
import { CONTENDERS, gatewayIsBuilt } from "./contenders.mjs";
import { requestTexts } from "./requests.mjs";
import { listings, policy, USERS, workerData } from "./scenario.mjs";

const CONNECTIONS = 32;
/** Whom the others are compared with. */
const BASES = [
  "handwritten",
  "hono",
  "handwritten-lean",
  "hono-lean",
  "buffered-limited",
  "pass-through",
];

async function start(contender, data, upstream) {
  const bundle = await bundleWorker({ name: `edge-${contender.id}`, entry: contender.entry, data });
  const server = await startWorkerd(
    `edge-${contender.id}`,
    {
      main: { bundle, services: { STOREFRONT: "upstream" }, objects: contender.objects },
      upstream: { bundle: upstream },
    },
    { http: { service: "main" }, stats: { service: "main", entrypoint: "Stats" } },
  );
  return { contender, server, bundleBytes: bundle.bytes, rounds: [] };
}

async function limiterCalls(server) {
  const response = await fetch(`http://127.0.0.1:${server.ports.stats}/`);
  return (await response.json()).limiterCalls;
}

async function measure({ contender, server }, load, total, offset) {
  const callsBefore = await limiterCalls(server);
  const cpuBefore = cpuMs(server.pid);
  const result = await load.run({
    port: server.ports.http,
    total,
    connections: CONNECTIONS,
    offset,
  });
  const cpu = cpuMs(server.pid) - cpuBefore;
  const calls = (await limiterCalls(server)) - callsBefore;
  if (result.errors > 0) {
    throw new Error(
      `${contender.id}: ${result.errors} of ${total} answers were not 200\n${server.output()}`,
    );
  }
  return { ...result, cpuUs: (cpu * 1000) / total, limiterCalls: calls };
}

/**
 * @param {{ rounds: number, requests: number, warmup: number, only?: string[], log: (line: string) => void }} options
 */
export async function runEdge({ rounds, requests, warmup, only, log }) {
  const chosen = CONTENDERS.filter(
    ({ id, policy: needsGateway }) =>
      (only === undefined || only.includes(id)) && (!needsGateway || gatewayIsBuilt()),
  );
  const data = {
    "bench:scenario": workerData(),
    "bench:listings": listings(),
    "bench:policy": JSON.stringify(policy()),
  };
  const upstream = await bundleWorker({ name: "edge-upstream", entry: "edge/upstream.ts", data });
  const load = new LoadGenerator();
  const running = [];
  try {
    await load.prepare(requestTexts());
    for (const contender of chosen) running.push(await start(contender, data, upstream));
    for (const { contender, server } of running) {
      await check(contender, server.ports.http);
      log(`edge: ${contender.label} gives the right answers`);
    }
    for (const one of running) await measure(one, load, warmup, 0);
    for (let round = 0; round < rounds; round++) {
      // There and back: what drifts within a round falls on each as often.
      for (const one of round % 2 === 0 ? running : [...running].reverse()) {
        one.rounds.push(await measure(one, load, requests, round * requests));
      }
      if ((round + 1) % 10 === 0 || round + 1 === rounds) log(progress(running, round + 1, rounds));
    }
  } finally {
    load.stop();
    await Promise.all(running.map(({ server }) => server.stop()));
  }
  return report(running, { rounds, requests });
}

function progress(running, done, rounds) {
  const figures = running.map(({ contender, rounds }) => {
    const { median } = summary(rounds.map(({ cpuUs }) => cpuUs));
    return `${contender.id} ${median.toFixed(0)} µs`;
  });
  return `edge: ${done} of ${rounds} rounds, CPU a request so far: ${figures.join(", ")}`;
}

function report(running, { rounds, requests }) {
  const byId = new Map(running.map((one) => [one.contender.id, one]));
  const column = (one, pick) => one.rounds.map(pick);
  const against = (one, baseId) => {
    const base = byId.get(baseId);
    if (base === undefined) return undefined;
    return {
      rps: ratios(
        column(one, (r) => r.rps),
        column(base, (r) => r.rps),
      ),
      cpu: ratios(
        column(one, (r) => r.cpuUs),
        column(base, (r) => r.cpuUs),
      ),
    };
  };
  return {
    connections: CONNECTIONS,
    users: USERS,
    rounds,
    requestsPerRound: requests,
    contenders: running.map((one) => {
      const { contender } = one;
      const checks = contender.limiterCalls * rounds * requests;
      const calls = column(one, (r) => r.limiterCalls).reduce((a, b) => a + b, 0);
      return {
        id: contender.id,
        label: contender.label,
        does: contender.does,
        bundleBytes: one.bundleBytes,
        cpuUs: summary(column(one, (r) => r.cpuUs)),
        rps: summary(column(one, (r) => r.rps)),
        latencyMs: {
          p50: summary(column(one, (r) => r.latencyMs.p50)),
          p90: summary(column(one, (r) => r.latencyMs.p90)),
          p99: summary(column(one, (r) => r.latencyMs.p99)),
        },
        generatorLoad: summary(column(one, (r) => r.generatorLoad)),
        limitChecks: checks === 0 ? null : { checks, answeredByRpc: calls, share: calls / checks },
        against: Object.fromEntries(
          BASES.filter((id) => id !== contender.id && byId.has(id)).map((id) => [
            id,
            against(one, id),
          ]),
        ),
      };
    }),
  };
}

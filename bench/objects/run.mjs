// Limiter objects beside bare Durable Objects that count: requests a second where each charges one of a few objects, what
// the first charge on a new object costs, and the memory of many live ones.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleWorker } from "../harness/bundle.mjs";
import { cpuMs } from "../harness/cpu.mjs";
import { LoadGenerator } from "../harness/load.mjs";
import { DIST } from "../harness/paths.mjs";
import { ratios, summary } from "../harness/stats.mjs";
import { startWorkerd } from "../harness/workerd.mjs";

const CONNECTIONS = 32;
const HOT_OBJECTS = 16;

/** `base`: the least that does the same. */
export const CONTENDERS = [
  { id: "counter", label: "Bare counter, in memory" },
  { id: "memory", label: "Limiter object, memory", base: "counter" },
  { id: "checkpoint", label: "Limiter object, checkpoint", base: "counter" },
  { id: "stored", label: "Bare counter, a row a charge" },
  { id: "strict", label: "Limiter object, strict", base: "stored" },
];

const OBJECTS = { COUNTER: "Counter", STORED: "StoredCounter", LIMITER: "LimiterObject" };

/** A limit that admits everything here. */
async function ruleBytes() {
  const { instantiate } = await import(join(DIST, "core.js"));
  const core = await instantiate(readFileSync(join(DIST, "core.wasm")));
  const limiter = core.createLimiter(
    JSON.stringify({
      api: {
        algorithm: "fixed_window",
        rate: { units: 1e9, per: "30d", window: "firstUse" },
        subject: ["ip"],
      },
    }),
  );
  return [...Buffer.from(limiter.limits[0].rule, "hex")];
}

const start = (bundle, options) =>
  startWorkerd(
    "objects",
    { main: { bundle, objects: OBJECTS } },
    { http: { service: "main" } },
    options,
  );

async function get(server, path) {
  const response = await fetch(`http://127.0.0.1:${server.ports.http}${path}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`objects ${path}: ${text}\n${server.output()}`);
}

async function hot(server, load, { id }, total) {
  await load.prepare(
    Array.from(
      { length: HOT_OBJECTS },
      (_, index) => `GET /${id}/hot-${index} HTTP/1.1\r\nhost: objects\r\n\r\n`,
    ),
  );
  const before = cpuMs(server.pid);
  const { rps, errors } = await load.run({
    port: server.ports.http,
    total,
    connections: CONNECTIONS,
  });
  if (errors > 0) throw new Error(`objects ${id}: ${errors} answers were not 200`);
  return { rps, cpuUs: ((cpuMs(server.pid) - before) * 1000) / total };
}

async function cold(server, { id }, round, count) {
  const before = cpuMs(server.pid);
  const from = performance.now();
  await get(server, `/${id}/cold-${round}?count=${count}`);
  return {
    wallUs: ((performance.now() - from) * 1000) / count,
    cpuUs: ((cpuMs(server.pid) - before) * 1000) / count,
  };
}

const residentBytes = ({ pid }) =>
  Number(/^VmRSS:\s*([0-9]+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;

/** V8's own figures of the isolate: its heap, and what lies outside of it (Wasm memory, array buffers). */
async function isolateBytes(server) {
  await get(server, "/gc");
  const [target] = await (await fetch(`http://127.0.0.1:${server.ports.inspector}/json`)).json();
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const usage = await new Promise((done, fail) => {
    socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
    socket.onmessage = ({ data }) => done(JSON.parse(data).result);
    socket.onerror = fail;
  });
  socket.close();
  return usage.usedSize + usage.backingStorageSize;
}

/** Of `count` live objects, without what the isolate has before. */
async function memoryOf(bundle, { id }, count) {
  const server = await start(bundle, { inspector: true, v8Flags: ["--expose-gc"] });
  try {
    await get(server, `/${id}/first?count=100`);
    const before = { resident: residentBytes(server), isolate: await isolateBytes(server) };
    // Some charges each, as a live object has them.
    for (let times = 0; times < 3; times++) await get(server, `/${id}/live?count=${count}`);
    const resident = residentBytes(server);
    const isolate = await isolateBytes(server);
    return {
      isolateBytes: isolate,
      isolateBytesPerObject: (isolate - before.isolate) / count,
      residentBytesPerObject: (resident - before.resident) / count,
    };
  } finally {
    await server.stop();
  }
}

/**
 * @param {{ rounds: number, requests: number, warmup: number, coldObjects: number, liveObjects: number, log: (line: string) => void }} options
 *   `liveObjects`: workerd holds three files open for each
 */
export async function runObjects({ rounds, requests, warmup, coldObjects, liveObjects, log }) {
  const bundle = await bundleWorker({
    name: "objects",
    entry: "objects/worker.ts",
    data: { "bench:object-rule": await ruleBytes() },
  });
  const measured = Object.fromEntries(CONTENDERS.map(({ id }) => [id, { hot: [], cold: [] }]));
  const load = new LoadGenerator();
  const server = await start(bundle);
  try {
    for (const contender of CONTENDERS) {
      await hot(server, load, contender, warmup);
      await cold(server, contender, "warmup", coldObjects);
    }
    for (let round = 0; round < rounds; round++) {
      for (const contender of round % 2 === 0 ? CONTENDERS : [...CONTENDERS].reverse()) {
        measured[contender.id].hot.push(await hot(server, load, contender, requests));
        measured[contender.id].cold.push(await cold(server, contender, round, coldObjects));
      }
    }
  } finally {
    load.stop();
    await server.stop();
  }
  log(`objects: ${rounds} rounds`);
  const memory = {};
  for (const id of ["counter", "memory"]) memory[id] = await memoryOf(bundle, { id }, liveObjects);
  log(`objects: memory of ${liveObjects} live objects`);

  const column = (id, kind, figure) => measured[id][kind].map((round) => round[figure]);
  return {
    rounds,
    requestsPerRound: requests,
    hotObjects: HOT_OBJECTS,
    coldObjects,
    liveObjects,
    memory,
    contenders: CONTENDERS.map(({ id, label, base }) => ({
      id,
      label,
      base: base ?? null,
      rps: summary(column(id, "hot", "rps")),
      cpuUs: summary(column(id, "hot", "cpuUs")),
      coldUs: summary(column(id, "cold", "wallUs")),
      coldCpuUs: summary(column(id, "cold", "cpuUs")),
      against:
        base === undefined
          ? null
          : {
              rps: ratios(column(id, "hot", "rps"), column(base, "hot", "rps")),
              cpu: ratios(column(id, "hot", "cpuUs"), column(base, "hot", "cpuUs")),
              cold: ratios(column(id, "cold", "wallUs"), column(base, "cold", "wallUs")),
              coldCpu: ratios(column(id, "cold", "cpuUs"), column(base, "cold", "cpuUs")),
            },
    })),
  };
}

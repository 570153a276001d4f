import { percent, round, spread, table } from "../text.mjs";

const MEGABYTE = 1e6;
const LIVE = 10_000;

/** With 10,000 live limiter objects, in bytes: the whole isolate, and what the process has more than with bare ones. */
export function memoryOfMany({ memory, liveObjects }) {
  const { counter, memory: limiter } = memory;
  return {
    isolate: limiter.isolateBytes + (LIVE - liveObjects) * limiter.isolateBytesPerObject,
    more: (limiter.residentBytesPerObject - counter.residentBytesPerObject) * LIVE,
    bare: counter.residentBytesPerObject * LIVE,
  };
}

const megabytes = (value) => `${round(value / MEGABYTE, 1)} MB`;

export function objectsSection(objects) {
  const { rounds, requestsPerRound, hotObjects, coldObjects, liveObjects, contenders } = objects;
  const { isolate, more, bare } = memoryOfMany(objects);
  return `## Limiter objects

An HTTP request that charges a Durable Object once and answers what is left, beside the least objects that count: no algorithm, no
ids, no verdicts. ${rounds} interleaved rounds of ${round(requestsPerRound)} requests over ${hotObjects} objects; cold is the first charge on a new object, ${coldObjects} in a
row in one request. SQLite storage on memory: a disk would hide the differences.

${table(
  [
    "object",
    "requests/s",
    "against bare",
    "CPU a request",
    "against bare",
    "first charge",
    "against bare",
  ],
  contenders.map(({ label, rps, cpuUs, coldUs, against }) => [
    label,
    `${round(rps.median)} ${spread(rps)}`,
    against === null ? "" : percent(against.rps.median, 1),
    `${round(cpuUs.median)} µs`,
    against === null ? "" : percent(against.cpu.median, 1),
    `${round(coldUs.median)} µs`,
    against === null ? "" : `${against.cold.median.toFixed(2)}×`,
  ]),
)}

An isolate with 10,000 live objects of three charges each takes ${megabytes(isolate)}: V8's heap after a collection, array buffers and the core's
Wasm memory, as V8's inspector counts them. The process's resident memory grows by ${megabytes(more)} more than with as many bare counters (code that
V8 compiles on the way included), which take ${megabytes(bare)}: that is workerd's own, nearly all of it a SQLite connection each. Measured
with ${round(liveObjects)} objects, since workerd keeps three files open for each.
`;
}

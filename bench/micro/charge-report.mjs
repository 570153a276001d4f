import { percent, round, table, time } from "../text.mjs";

const KINDS = { admitted: "admitted", denied: "denied" };

/** @param {any} charges what runCharges yields */
export function chargeSection({ times, keys, cost }) {
  const byKind = (pick) => times.map((one) => pick(one));
  return `### One charge, in workerd

A subject is a new string each time, of ${round(1024)}. On the gateway's path a charge is what a leased limit adds to the two crossings of a
decision: subject resolved, lease spent or denial found, verdict and what the rate-limit fields tell read.

${table(
  ["", ...times.map(({ kind }) => KINDS[kind])],
  [
    ["gateway's path", ...byKind(({ ns }) => time(ns.gateway.median))],
    ["createLimiter, fixed window", ...byKind(({ ns }) => time(ns.sluice.median))],
    ["createLimiter, gcra", ...byKind(({ ns }) => time(ns["sluice-gcra"].median))],
    [
      "rate-limiter-flexible, in memory",
      ...byKind(({ ns }) => time(ns["rate-limiter-flexible"].median)),
    ],
    ["a Map by hand", ...byKind(({ ns }) => time(ns.map.median))],
  ],
)}

Memory of a million keys of 16 characters: ${keys
    .map(({ name, bytes }) => `${name} ${round(bytes, 1)} bytes a key`)
    .join(", ")}.

### What a million checks cost

Calls of Durable Objects and rows written, at Cloudflare's prices ($0.15 and $1.00 a million); duration comes on top. Four isolates and
one subject of 100 a second, arrivals at random; calls and rows are counted over ten minutes of a virtual clock.

${table(
  ["", "calls a check", "rows a check", "$ a million checks"],
  cost.map(({ way, calls, rows, dollars }) => [
    way,
    percent(calls, 2),
    percent(rows, 2),
    `$${dollars.toFixed(4)}`,
  ]),
)}
`;
}

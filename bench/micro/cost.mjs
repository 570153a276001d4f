// What a million checks cost at Cloudflare's prices, by how they are made: the calls of a Durable Object and the rows
// it writes. (Duration is billed on top, alike for all: objects that don't hibernate.) How many calls leases spare is
// counted, not assumed: decisions, steps of an object and leases as in the gateway, on a virtual clock.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DIST } from "../harness/paths.mjs";

const MILLION = 1e6;
const DOLLARS_PER_MILLION_CALLS = 0.15;
const DOLLARS_PER_MILLION_ROWS = 1;

const LIMIT_PER_SECOND = 100;
const ISOLATES = 4;
const SECONDS = 600;
const RPC_MS = 8;

/** A small, seeded generator (mulberry32), so that every run counts the same. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function requestOf(operations, durability) {
  const length = operations.length;
  const frame = new Uint8Array(24 + length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 2, true);
  view.setUint32(4, length / 64, true);
  view.setUint32(8, 1, true);
  view.setUint32(16, durability, true);
  frame.set(operations, 24);
  return frame;
}

/** One subject's checks at `load` times its limit, spread over isolates: calls and rows a check. */
async function simulate({ load, durability }) {
  const { instantiateSync, ChargeVerdict } = await import(join(DIST, "core.js"));
  const module = new WebAssembly.Module(readFileSync(join(DIST, "core.wasm")));
  const limits = {
    api: {
      algorithm: "gcra",
      rate: { units: LIMIT_PER_SECOND * 60, per: "60s" },
      burst: LIMIT_PER_SECOND * 10,
      subject: ["path:id"],
      durability,
      ...(durability === "memory" && { mayForget: true }),
    },
  };
  const json = JSON.stringify({
    version: 1,
    upstreams: { shop: { type: "service", binding: "SHOP" } },
    limits,
    routes: [{ id: "paid", match: { path: "/{id}" }, upstream: "shop", limits: ["api"] }],
  });
  const isolates = Array.from({ length: ISOLATES }, (_, i) => {
    const core = instantiateSync(module, { seed: new Uint8Array(16).fill(i + 1) });
    return { core, policy: core.compilePolicy(json) };
  });
  const facts = ["GET", "shop.example.com", "/me"];
  const object = instantiateSync(module, { seed: new Uint8Array(16) });
  const random = randomOf(1);
  let state = new Uint8Array(0);
  let now = 1_764_000_000_000;
  const end = now + SECONDS * 1000;
  const counted = { checks: 0, calls: 0, rows: 0, admitted: 0 };
  while (now < end) {
    // Arrivals at random (a Poisson process).
    now += (-Math.log(1 - random()) * 1000) / (LIMIT_PER_SECOND * load);
    const { policy } = isolates[Math.floor(random() * ISOLATES)];
    const sent = Math.floor(now);
    const [charge] = policy.decide(0, facts, sent).charges;
    counted.checks++;
    if (charge.verdict === ChargeVerdict.admitted) counted.admitted++;
    if (charge.verdict !== ChargeVerdict.ask) continue;
    counted.calls++;
    const request = requestOf(
      charge.operations,
      { memory: 0, strict: 1, checkpoint: 2 }[durability],
    );
    const step = object.stepLimit(request, state, false, sent + RPC_MS / 2);
    state = step.state;
    if (step.persist) counted.rows++;
    const index = charge.operations.length / 64 - 1;
    const answer = policy.install(charge, step.reply, index, sent, sent + RPC_MS);
    if (answer.allowed) counted.admitted++;
  }
  return counted;
}

const dollars = (calls, rows) =>
  calls * DOLLARS_PER_MILLION_CALLS + rows * DOLLARS_PER_MILLION_ROWS;

/** @param {{ log: (line: string) => void }} options */
export async function measureCost({ log }) {
  const rows = [
    { way: "a row per check", calls: 1, rows: 1 },
    { way: "a call per check, no rows", calls: 1, rows: 0 },
  ];
  for (const durability of ["strict", "checkpoint", "memory"]) {
    for (const load of [0.5, 3]) {
      const { checks, calls, rows: written, admitted } = await simulate({ load, durability });
      rows.push({
        way: `leases, ${durability}, at ${load}× the limit`,
        calls: calls / checks,
        rows: written / checks,
        admitted: admitted / Math.min(checks, LIMIT_PER_SECOND * SECONDS),
      });
    }
  }
  const table = rows.map((row) => ({ ...row, dollars: dollars(row.calls, row.rows) }));
  for (const { way, dollars: price, calls } of table) {
    log(
      `micro: ${MILLION.toLocaleString("en")} checks, ${way}: $${price.toFixed(4)} (${(calls * 100).toFixed(2)} calls in 100)`,
    );
  }
  return table;
}

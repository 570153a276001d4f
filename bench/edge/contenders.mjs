// Who runs. `does` says what a contender's answers must show (edge/check.mjs).

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DIST } from "../harness/paths.mjs";

/**
 * @typedef {{
 *   id: string, label: string, entry: string,
 *   does: "storefront" | "pass",
 *   guarded?: boolean,        keeps deadlines and caps, forwards no hop-by-hop headers
 *   objects: Record<string, string>,
 *   limiterCalls: number,     calls to limiter objects that a request makes at most
 *   policy?: boolean,
 * }} Contender
 */

/** @type {Contender[]} */
export const CONTENDERS = [
  {
    id: "sluice",
    label: "Sluice gateway",
    entry: "edge/contenders/sluice.ts",
    does: "storefront",
    objects: { SLUICE_LIMITER: "Limiter" },
    limiterCalls: 1,
    policy: true,
    guarded: true,
  },
  {
    id: "handwritten",
    label: "Hand-written JS",
    entry: "edge/contenders/handwritten.ts",
    does: "storefront",
    guarded: true,
    objects: { LIMITER: "Limiter" },
    limiterCalls: 1,
  },
  {
    id: "hono",
    label: "Hono + hono-rate-limiter",
    entry: "edge/contenders/hono.ts",
    does: "storefront",
    guarded: true,
    objects: { LIMITER: "Limiter" },
    limiterCalls: 1,
  },
  {
    id: "handwritten-lean",
    label: "Hand-written JS, unguarded",
    entry: "edge/contenders/handwritten-lean.ts",
    does: "storefront",
    objects: { LIMITER: "Limiter" },
    limiterCalls: 1,
  },
  {
    id: "hono-lean",
    label: "Hono, unguarded",
    entry: "edge/contenders/hono-lean.ts",
    does: "storefront",
    objects: { LIMITER: "Limiter" },
    limiterCalls: 1,
  },
  {
    id: "pass-through",
    label: "Bare pass-through",
    entry: "edge/contenders/pass-through.ts",
    does: "pass",
    objects: {},
    limiterCalls: 0,
  },
  {
    id: "buffered",
    label: "Buffered pass-through",
    entry: "edge/contenders/buffered.ts",
    does: "pass",
    objects: {},
    limiterCalls: 0,
  },
  {
    id: "buffered-limited",
    label: "Buffered + one DO call",
    entry: "edge/contenders/buffered-limited.ts",
    does: "pass",
    objects: { LIMITER: "Limiter" },
    limiterCalls: 1,
  },
];

export const gatewayIsBuilt = () =>
  existsSync(join(DIST, "index.js")) && existsSync(join(DIST, "core.wasm"));

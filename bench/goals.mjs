// What the bench has to show, and whether it did.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assignmentGoals } from "./assignment/goals.mjs";
import { featureGoals } from "./features/goals.mjs";
import { ROOT } from "./harness/paths.mjs";
import { jsonGoals } from "./json/goals.mjs";
import { limitsGoals } from "./limits/goals.mjs";
import { chargeGoals } from "./micro/goals.mjs";
import { objectGoals } from "./objects/goals.mjs";
import { schemaGoals } from "./schema/goals.mjs";

const KIB = 1024;
const SIZE_BUDGET = JSON.parse(
  readFileSync(join(ROOT, "wasm", "abi", "size-budget.json"), "utf8"),
).wasi;

const percent = ({ median, error }) =>
  `${(median * 100).toFixed(1)}% ± ${(median * error * 100).toFixed(1)}`;

/** @param {any} result a whole run */
export function goals({
  edge,
  objects,
  limits,
  assignment,
  startup,
  json,
  features,
  schema,
  micro,
}) {
  const gateway = edge.contenders.find(({ id }) => id === "sluice");
  const storefront = startup.policies.find(({ name }) => name === "storefront");
  const vsHandwritten = gateway.against.handwritten.rps;
  const vsHono = gateway.against.hono.rps;
  const vsHandwrittenLean = gateway.against["handwritten-lean"].rps;
  const vsHonoLean = gateway.against["hono-lean"].rps;
  const { gzipBytes } = startup.module;
  return [
    {
      id: "handwritten",
      text: "requests per second against the hand-written JavaScript (same guards), at least 90%",
      value: percent(vsHandwritten),
      reached: vsHandwritten.median >= 0.9,
    },
    {
      id: "hono",
      text: "requests per second against Hono + hono-rate-limiter (same guards), more than 100%",
      value: percent(vsHono),
      reached: vsHono.median > 1,
    },
    {
      id: "handwritten-lean",
      text: "requests per second against the hand-written JavaScript without guards, at least 90%",
      value: percent(vsHandwrittenLean),
      reached: vsHandwrittenLean.median >= 0.9,
    },
    {
      id: "hono-lean",
      text: "requests per second against Hono without guards, more than 100%",
      value: percent(vsHonoLean),
      reached: vsHonoLean.median > 1,
    },
    {
      id: "startup",
      text: "a fresh Wasm instance and the storefront policy ready in under 5 ms of CPU",
      value: `${storefront.warmMs.median.toFixed(2)} ms`,
      reached: storefront.warmMs.median < 5,
    },
    {
      id: "startup-cold",
      text: "the same in a process that never ran the module (V8 compiles it on the way), under 5 ms",
      value: `${storefront.coldMs.median.toFixed(2)} ms`,
      reached: storefront.coldMs.median < 5,
    },
    {
      id: "edge-pass-through",
      text: "requests per second of the gateway with leases against the bare pass-through, at least 75%",
      value: percent(gateway.against["pass-through"].rps),
      reached: gateway.against["pass-through"].rps.median >= 0.75,
    },
    {
      id: "size",
      text: `module at most ${Math.round(SIZE_BUDGET.gzipBytes / KIB)} KiB gzip`,
      value: `${(gzipBytes / KIB).toFixed(1)} KiB`,
      reached: gzipBytes <= SIZE_BUDGET.gzipBytes,
    },
    {
      id: "memory",
      text: "linear memory of a fresh instance at most 1 MiB",
      value: `${startup.freshMemoryBytes / KIB} KiB`,
      reached: startup.freshMemoryBytes <= KIB * KIB,
    },
    ...objectGoals(objects),
    ...jsonGoals(json),
    ...limitsGoals(limits),
    ...assignmentGoals(assignment),
    ...featureGoals(features),
    ...schemaGoals(schema),
    ...chargeGoals(micro.charges),
  ];
}

// The core's engines beside idiomatic JavaScript doing the same. A case is a loop: its CPU time is
// measured from outside, over the whole process.
import policyText from "bench:policy";
import scenario from "bench:scenario";
import { instantiateSync } from "sluice/core";
import type { Core } from "sluice/core";
import { hashV2 } from "../edge/contenders/growthbook.ts";
import type { Case } from "../harness/serve.ts";
import { decideInJs, decideWithCore } from "./decide.ts";
import { MapLimiter } from "./map-limiter.ts";

const SUBJECTS = 1000;
const NOW = 1_764_000_000_000;

function hashCases(core: Core): Case[] {
  const values = Array.from({ length: 1024 }, (_, i) => `visitor-${(i * 2654435761) >>> 0}`);
  const over = (hash: (value: string) => number) => (times: number) => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum += hash(values[i & 1023] ?? "");
    return sum;
  };
  const inJs = (value: string): number => hashV2("seed-2026", value);
  const inCore = (value: string): number => core.hash("seed-2026", value, 2) ?? NaN;
  const result = (hash: (value: string) => number) => () => JSON.stringify(values.map(hash));
  return [
    { group: "hash", by: "sluice", run: over(inCore), result: result(inCore) },
    { group: "hash", by: "js", run: over(inJs), result: result(inJs) },
  ];
}

function chargeCases(core: Core): Case[] {
  // A subject comes out of a header: a new string each time, whose hash nobody knows yet.
  const headers = Array.from(
    { length: SUBJECTS },
    (_, i) => `id=customer-${String(i).padStart(4, "0")}; theme=dark`,
  );
  const subject = (i: number): string => (headers[i % SUBJECTS] ?? "").slice(3, 16);
  const limits = {
    api: {
      algorithm: "fixed_window",
      rate: { units: 1_000_000_000, per: "60s" },
      subject: ["identity"],
      durability: "memory",
      mayForget: true,
    },
  };
  const limiter = core.createLimiter(JSON.stringify(limits));
  const map = new MapLimiter(1_000_000_000, 60_000);
  const inCore = (i: number): number =>
    limiter.charge([{ limit: "api", subject: subject(i), cost: 1 }], NOW).verdicts[0]?.remaining ??
    NaN;
  const inJs = (i: number): number => map.charge(subject(i), 1, NOW).remaining;
  const over = (once: (i: number) => number) => (times: number) => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum += once(i);
    return sum;
  };
  // A charge changes what the next one answers: its result is compared on a subject of its own.
  const first = (once: (subject: string) => unknown) => () =>
    JSON.stringify(once("a-subject-of-its-own"));
  return [
    {
      group: "charge",
      by: "sluice",
      run: over(inCore),
      result: first(
        (own) => limiter.charge([{ limit: "api", subject: own, cost: 1 }], NOW).allowed,
      ),
    },
    {
      group: "charge",
      by: "js",
      run: over(inJs),
      result: first((own) => map.charge(own, 1, NOW).allowed),
    },
  ];
}

function decideCases(core: Core): Case[] {
  const inCore = decideWithCore(core, policyText, scenario);
  const inJs = decideInJs(scenario);
  const over = (once: (i: number) => string) => (times: number) => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum += once(i).length;
    return sum;
  };
  const result = (once: (i: number) => string) => () =>
    Array.from({ length: 64 }, (_, i) => once(i)).join("\n");
  return [
    { group: "decide", by: "sluice", run: over(inCore), result: result(inCore) },
    { group: "decide", by: "js", run: over(inJs), result: result(inJs) },
  ];
}

export function makeCases(module: WebAssembly.Module): Case[] {
  const core = instantiateSync(module, { seed: new Uint8Array(16) });
  return [...decideCases(core), ...chargeCases(core), ...hashCases(core)];
}

// The core beside JavaScript, bytes to bytes: each job on each document.
import documents from "bench:documents";
import jobs from "bench:jobs";
import type { Job } from "bench:jobs";
import { instantiateSync } from "sluice/core";
import type { Core } from "sluice/core";
import type { Case } from "../harness/serve.ts";
import { WAYS } from "./contenders.ts";

type Once = (input: Uint8Array) => Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function inCore(core: Core, job: Job): Once {
  if (job.jsonpath !== undefined) {
    const query = core.compileQuery({ jsonpath: job.jsonpath });
    return (input) => query.run(input).values;
  }
  if (job.jmespath !== undefined) {
    const query = core.compileQuery({ jmespath: job.jmespath });
    return (input) => query.run(input).value;
  }
  const transform = core.compileTransform(JSON.stringify(job.steps));
  return (input) => transform.apply(input);
}

function inJs(way: (value: unknown) => unknown): Once {
  return (input) => encoder.encode(JSON.stringify(way(JSON.parse(decoder.decode(input)))));
}

function contendersOf(core: Core, job: Job): [by: string, once: Once][] {
  const ways = Object.entries(WAYS[job.id] ?? {});
  const missing = ["js", ...job.libraries].filter((by) => !ways.some(([name]) => name === by));
  if (missing.length > 0) throw new Error(`${job.id}: no way for ${missing.join(", ")}`);
  return [
    ["sluice", inCore(core, job)],
    ...ways.map(([by, way]): [string, Once] => [by, inJs(way)]),
  ];
}

export function makeCases(module: WebAssembly.Module): Case[] {
  const core = instantiateSync(module, { seed: new Uint8Array(16) });
  return jobs.flatMap((job) => {
    const contenders = contendersOf(core, job);
    return Object.entries(documents).flatMap(([name, text]) => {
      const input = encoder.encode(text);
      return contenders.map(([by, once]): Case => {
        return {
          group: `${job.id}/${name}`,
          by,
          bytes: input.length,
          run(times) {
            let sum = 0;
            for (let i = 0; i < times; i++) sum += once(input).length;
            return sum;
          },
          result: () => decoder.decode(once(input)),
        };
      });
    });
  });
}

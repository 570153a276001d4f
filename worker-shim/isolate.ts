// What all requests and objects of one isolate share: a single instance of the core, and what is
// counted about it.
import coreModule from "./core-module.ts";
import { isSluiceError } from "./core/errors.ts";
import { instantiateSync, type Core, type Counters } from "./core/index.ts";
import { ObjectClient } from "./limiter/object-client.ts";

const LOCAL_COUNTERS = 100_000;

/**
 * Wasm memory never shrinks: an instance that holds more is replaced once nobody uses it. An isolate
 * has 128 MB in all.
 */
export const HIGH_WATER_BYTES = 48 << 20;

let core: Core | undefined;
let counters: Counters | undefined;

/** Which objects don't answer, all requests find out together. */
export const limiterObjects = new ObjectClient();

export interface IsolateStats {
  /** Instances that trapped and were replaced. */
  traps: number;
  /** Instances that were replaced for the memory that they held. */
  replacements: number;
  /** Calls to limiter objects that a request waited for, and those of them without an answer. */
  limiterCalls: number;
  limiterOutages: number;
  /** Requests whose upstream wasn't told its flags, since they were longer than a header may be. */
  flagsTooLong: number;
  /** What didn't match its route's schema. */
  schemas: SchemaStats;
}

export interface SchemaStats {
  /** Requests, their parameters or bodies: refused, and let through all the same. */
  requestsRefused: number;
  requestsReported: number;
  /** Likewise of responses. */
  responsesRefused: number;
  responsesReported: number;
}

export const stats: IsolateStats = {
  traps: 0,
  replacements: 0,
  limiterCalls: 0,
  limiterOutages: 0,
  flagsTooLong: 0,
  schemas: {
    requestsRefused: 0,
    requestsReported: 0,
    responsesRefused: 0,
    responsesReported: 0,
  },
};

/**
 * The live core. Made at the first use inside a handler, since it takes randomness; replaced once
 * it has trapped.
 */
export function isolateCore(): Core {
  if (core !== undefined && !core.poisoned) return core;
  if (core !== undefined) stats.traps += 1;
  core = instantiateSync(coreModule);
  return core;
}

/**
 * What `use` makes of the core. If the core traps under it, once more with a new one: memory may
 * have been damaged by an earlier call and nobody noticed. `use` must have no effect before it
 * returns. A second trap is its own.
 */
export function withCore<T>(use: (core: Core) => T): T {
  try {
    return use(isolateCore());
  } catch (error) {
    if (!isSluiceError(error, "poisoned")) throw error;
    return use(isolateCore());
  }
}

/**
 * Lets `outgrown` go, unless that has happened: who asks for the core next gets a new one. What was
 * compiled in it works on for those who hold it, and its memory goes when they have let go too.
 */
export function replaceCore(outgrown: Core): void {
  if (core !== outgrown) return;
  core = undefined;
  stats.replacements += 1;
}

/**
 * Counters for limits whose objects don't answer (onOutage "local"). They outlive policies and the
 * isolate's core, whatever becomes of that: from the first outage on they have a small instance of
 * their own. A trap in there loses them.
 */
export function localCounters(): Counters {
  if (counters === undefined || counters.poisoned) {
    if (counters !== undefined) stats.traps += 1;
    counters = instantiateSync(coreModule).createCounters(LOCAL_COUNTERS);
  }
  return counters;
}

// What all requests and objects of one isolate share: a single instance of the core, and what is
// counted about it.
import coreModule from "./core-module.ts";
import { isSluiceError } from "./core/errors.ts";
import { instantiateSync, type Core, type Counters } from "./core/index.ts";

const LOCAL_COUNTERS = 100_000;

let core: Core | undefined;
let counters: Counters | undefined;

export interface IsolateStats {
  /** Instances that trapped and were replaced. */
  traps: number;
  /** Calls to limiter objects that failed or came too late. */
  limiterOutages: number;
}

export const stats: IsolateStats = { traps: 0, limiterOutages: 0 };

/**
 * The live core. Made at the first use inside a handler, since it takes randomness; replaced once
 * it has trapped.
 */
export function isolateCore(): Core {
  if (core !== undefined && !core.poisoned) return core;
  if (core !== undefined) {
    stats.traps += 1;
    counters = undefined;
  }
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
 * Counters for limits whose objects don't answer (onOutage "local"). They outlive policies, not a
 * trap.
 */
export function localCounters(): Counters {
  const live = isolateCore();
  counters ??= live.createCounters(LOCAL_COUNTERS);
  return counters;
}

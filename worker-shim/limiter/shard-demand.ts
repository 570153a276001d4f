import type { Operation } from "./step-frames.ts";

/** A lease takes this much more than what was asked for lately. */
const HEADROOM = 1.25;
/** Little is known after a short while: no more than so many times what has come already. */
const MOST_AHEAD = 8;
const MAX_UNITS = 0xffff_ffff;

/** What a shard is asked for, by rule, to tell how much its next lease should have. */
export class Demand {
  readonly #rules = new Map<bigint, { since: number; units: number }>();

  note({ rule, cost, want }: Operation, now: number): void {
    const demand = this.#rules.get(rule);
    if (demand === undefined) this.#rules.set(rule, { since: now, units: cost + want });
    else demand.units += cost + want;
  }

  /** Units for what will be asked for in the time of the lease. Half of the past is forgotten. */
  wantOf({ rule, want, durationMs }: Operation, now: number): number {
    const demand = this.#rules.get(rule);
    if (demand === undefined) return want;
    const elapsed = Math.max(now - demand.since, durationMs / MOST_AHEAD);
    const expected = Math.ceil((demand.units / elapsed) * durationMs * HEADROOM);
    demand.units /= 2;
    demand.since = now - (now - demand.since) / 2;
    return Math.min(Math.max(want, expected), MAX_UNITS);
  }
}

import type { Exposure } from "../core/plan.ts";
import { RecentIds } from "./recent-ids.ts";

/** Users of one variation that this isolate has exposed to it since the policy's revision, each once. */
export interface VariationCount {
  readonly variation: string;
  /** Assigned by hash: what the experiment's weights are about. */
  hashed: number;
  /** Kept by a sticky bucket, from whatever weights there were then. */
  sticky: number;
}

/** By the variations' indexes; a hole where nobody came. */
export type ExperimentCounts = readonly (VariationCount | undefined)[];

const MOST_EXPERIMENTS = 500;
const MOST_VARIATIONS = 256;
/** With their names some 8 MB at most. */
const MOST_USERS = 50_000;
const MOST_NAME_UNITS = 4 << 20;
/** Ids that are known without a look at their users. */
const REMEMBERED_IDS = 10_000;

/** Counts users per experiment and variation, in bounded memory, of the youngest revision seen. */
export class ExposureTable {
  #experiments = new Map<string, (VariationCount | undefined)[]>();
  /** An id has the day in it, so a user may come under several. */
  #ids = new RecentIds(REMEMBERED_IDS);
  #users = new Set<string>();
  #nameUnits = 0;
  #full = false;
  #revision = -1;
  /** When the first one of this revision came; undefined before. */
  #since: number | undefined;
  #uncounted = 0;

  get revision(): number {
    return this.#revision;
  }

  get since(): number | undefined {
    return this.#since;
  }

  /** Exposures of this revision for which there was no room. */
  get uncounted(): number {
    return this.#uncounted;
  }

  /** There was no room for a user: from then on, none that is new is counted. */
  get full(): boolean {
    return this.#full;
  }

  get experiments(): ReadonlyMap<string, ExperimentCounts> {
    return this.#experiments;
  }

  /** Another revision may have other weights, so it starts anew; one before it is no longer counted. */
  note(revision: number, time: number, exposure: Exposure): void {
    if (revision < this.#revision) return;
    if (revision > this.#revision) this.#begin(revision, time);
    if (!this.#ids.add(exposure.id)) return;
    const { experiment, variation, variationIndex, sticky } = exposure;
    const known = this.#experiments.get(experiment);
    if (
      variationIndex >= MOST_VARIATIONS ||
      (known === undefined && this.#experiments.size >= MOST_EXPERIMENTS)
    ) {
      this.#uncounted += 1;
      return;
    }
    if (!this.#isNewUser(exposure)) return;
    const counts = known ?? [];
    if (known === undefined) this.#experiments.set(experiment, counts);
    const count = (counts[variationIndex] ??= { variation, hashed: 0, sticky: 0 });
    if (sticky) count.sticky += 1;
    else count.hashed += 1;
  }

  #begin(revision: number, time: number): void {
    this.#experiments = new Map();
    this.#ids = new RecentIds(REMEMBERED_IDS);
    this.#users = new Set();
    this.#nameUnits = 0;
    this.#full = false;
    this.#revision = revision;
    this.#since = time;
    this.#uncounted = 0;
  }

  #isNewUser({ experiment, attribute, value, variation }: Exposure): boolean {
    const name = `${experiment}\0${attribute}\0${value}\0${variation}`;
    if (this.#users.has(name)) return false;
    this.#full ||=
      this.#users.size >= MOST_USERS || this.#nameUnits + name.length > MOST_NAME_UNITS;
    if (this.#full) {
      this.#uncounted += 1;
      return false;
    }
    this.#users.add(name);
    this.#nameUnits += name.length;
    return true;
  }
}

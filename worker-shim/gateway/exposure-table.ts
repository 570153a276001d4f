import type { Exposure } from "../core/plan.ts";

/** Users of one variation that this isolate has sent exposures of, since the policy's revision. */
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

/** Counts per experiment and variation, in bounded memory, of the youngest revision seen. */
export class ExposureTable {
  #experiments = new Map<string, (VariationCount | undefined)[]>();
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

  get experiments(): ReadonlyMap<string, ExperimentCounts> {
    return this.#experiments;
  }

  /** Another revision may have other weights, so it starts anew; one before it is no longer counted. */
  note(
    revision: number,
    time: number,
    { experiment, variation, variationIndex, sticky }: Exposure,
  ): void {
    if (revision < this.#revision) return;
    if (revision > this.#revision) {
      this.#experiments = new Map();
      this.#revision = revision;
      this.#since = time;
      this.#uncounted = 0;
    }
    let counts = this.#experiments.get(experiment);
    const isNew = counts === undefined;
    if (
      variationIndex >= MOST_VARIATIONS ||
      (isNew && this.#experiments.size >= MOST_EXPERIMENTS)
    ) {
      this.#uncounted += 1;
      return;
    }
    counts ??= [];
    if (isNew) this.#experiments.set(experiment, counts);
    const count = (counts[variationIndex] ??= { variation, hashed: 0, sticky: 0 });
    if (sticky) count.sticky += 1;
    else count.hashed += 1;
  }
}

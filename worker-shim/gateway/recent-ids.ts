/**
 * Remembers ids in bounded memory: the youngest `most` at least, twice as many at most. Adding and
 * asking cost one or two look-ups.
 */
export class RecentIds {
  readonly #most: number;
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();

  constructor(most: number) {
    this.#most = most;
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  /** False if it was there already. */
  add(id: string): boolean {
    if (this.has(id)) return false;
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(id);
    return true;
  }
}

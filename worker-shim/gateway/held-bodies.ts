/**
 * The budget over the bodies that an isolate holds at the same time, of all requests together: each
 * may be far below its route's bound, and many of them still be more than the isolate's memory.
 *
 * A request that the platform ends (its client has gone) never gets to give back what it holds. So
 * every lease says until when its request can last, and what is overdue is taken back when room is
 * short.
 */
export class HeldBodies {
  readonly most: number;
  #held = 0;
  readonly #leases = new Set<Lease>();

  constructor(most: number) {
    if (!Number.isSafeInteger(most) || most < 0) {
      throw new RangeError(`maxHeldBodyBytes must be a whole number of bytes, not ${String(most)}`);
    }
    this.most = most;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#held;
  }

  /** A lease on nothing yet, for a request that holds bodies for at most `ms` from now. */
  open(ms: number): Lease {
    return new Lease(this, Date.now() + ms);
  }

  /** @internal */
  take(lease: Lease, bytes: number): boolean {
    if (this.#held + bytes > this.most) this.#takeBackOverdue();
    if (this.#held + bytes > this.most) return false;
    this.#held += bytes;
    this.#leases.add(lease);
    return true;
  }

  /** @internal */
  giveBack(lease: Lease, bytes: number): void {
    if (this.#leases.delete(lease)) this.#held -= bytes;
  }

  #takeBackOverdue(): void {
    const now = Date.now();
    for (const lease of this.#leases) if (lease.until < now) lease.release();
  }
}

/** What one request holds. */
export class Lease {
  readonly until: number;
  readonly #budget: HeldBodies;
  #bytes = 0;
  #released = false;

  /** @internal */
  constructor(budget: HeldBodies, until: number) {
    this.#budget = budget;
    this.until = until;
  }

  /** False if there is no room for so many bytes more, or the lease has ended. */
  take(bytes: number): boolean {
    if (this.#released || !this.#budget.take(this, bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives everything back and ends the lease; idempotent. */
  release(): void {
    this.#released = true;
    this.#budget.giveBack(this, this.#bytes);
    this.#bytes = 0;
  }
}

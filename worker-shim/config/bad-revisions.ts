const REMEMBERED = 32;

/**
 * Revisions that were what they said they were and would not compile: not to be compiled again at
 * every refresh. Bounded; the oldest goes first. A bundle that failed its checksum must not be
 * entered: its header names a revision that may be perfectly good.
 */
export class BadRevisions {
  readonly #reasons = new Map<string, unknown>();

  add(revision: number, sha256: string, reason: unknown): void {
    if (this.#reasons.size >= REMEMBERED) {
      const [oldest] = this.#reasons.keys();
      if (oldest !== undefined) this.#reasons.delete(oldest);
    }
    this.#reasons.set(key(revision, sha256), reason);
  }

  /** The error it was refused with, or undefined if it never was. */
  reason(revision: number, sha256: string): unknown {
    return this.#reasons.get(key(revision, sha256));
  }

  get size(): number {
    return this.#reasons.size;
  }
}

function key(revision: number, sha256: string): string {
  return `${String(revision)}:${sha256}`;
}

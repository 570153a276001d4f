import type { Lease } from "./held-bodies.ts";
import { concat } from "./read-body.ts";
import type { BodyWatcher } from "./watched-body.ts";

/**
 * Gathers a body while it goes to the client, at the client's pace: at most `maxBytes`, and at most
 * what the lease has room for. What is longer passes all the same, and isn't gathered.
 */
export class BodyKeeper implements BodyWatcher {
  readonly #maxBytes: number;
  readonly #lease: Lease;
  readonly #done: (body: Uint8Array | undefined) => void;
  #parts: Uint8Array[] | undefined = [];
  #length = 0;

  /** `done` gets the body once it has passed as a whole, or undefined once it never will. */
  constructor(maxBytes: number, lease: Lease, done: (body: Uint8Array | undefined) => void) {
    this.#maxBytes = maxBytes;
    this.#lease = lease;
    this.#done = done;
  }

  chunk(bytes: Uint8Array): void {
    if (this.#parts === undefined) return;
    this.#length += bytes.length;
    if (this.#length > this.#maxBytes || !this.#lease.take(bytes.length)) {
      this.end(false);
      return;
    }
    // The client's own are used up when they have been sent.
    this.#parts.push(bytes.slice());
  }

  end(whole: boolean): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    this.#parts = undefined;
    this.#done(whole ? concat(parts, this.#length) : undefined);
  }
}

/**
 * Makes what an object writes durable, for many callers at once: who comes while a commit is under
 * way shares the next one. So an object writes one row a commit, not a row a caller.
 */
export class GroupCommit {
  readonly #write: () => void;
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `write` puts the object's newest state; `sync` resolves once what was put is durable. */
  constructor(write: () => void, sync: () => Promise<void>) {
    this.#write = write;
    this.#sync = sync;
  }

  /**
   * Resolves once the state as it is now, or a newer one, is durable. Rejects if it can't be made
   * so, for all that share the commit; the next one is tried all the same.
   */
  commit(): Promise<void> {
    this.#next ??= this.#running === undefined ? this.#run() : this.#runAfter(this.#running);
    return this.#next;
  }

  /**
   * Resolves as `commit` does, without asking for a commit: for who relies on what others are
   * having committed. Undefined if nobody is.
   */
  get pending(): Promise<void> | undefined {
    return this.#next ?? this.#running;
  }

  async #runAfter(running: Promise<void>): Promise<void> {
    // Its failure is for those who shared it.
    await running.catch(() => undefined);
    return this.#run();
  }

  async #run(): Promise<void> {
    // What else this turn of the event loop brings shares the commit.
    await Promise.resolve();
    this.#running = this.#next;
    this.#next = undefined;
    try {
      this.#write();
      await this.#sync();
    } finally {
      this.#running = undefined;
    }
  }
}

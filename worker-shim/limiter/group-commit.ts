/**
 * Makes what an object writes durable, for many callers at once: who comes while a commit is under
 * way shares the next one. So an object writes one row a commit, not a row a caller.
 */
export class GroupCommit {
  readonly #write: () => void;
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** What was to be durable may not be: the newest commit failed. */
  #failed = false;

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
   * For who relies on what others had committed: resolves once that is durable, with another commit
   * if it failed. Undefined if all of it is durable.
   */
  outstanding(): Promise<void> | undefined {
    return this.#next ?? this.#running ?? (this.#failed ? this.commit() : undefined);
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
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#running = undefined;
    }
  }
}

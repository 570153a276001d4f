import { TIMED_OUT } from "../deadline.ts";

interface Waiter {
  readonly at: number;
  expire: (() => void) | undefined;
}

/**
 * The deadlines of one request over a single timer of the platform: most requests wait two or three
 * times and none of it lasts, so the timer that was set for the first serves the others too. When
 * it goes off early it is set again. It isn't cleared when the last wait is over: it ends with the
 * request, and setting and clearing one costs as much as all that the core decides.
 */
export class RequestTimer {
  readonly #waiters: Waiter[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #goesOffAt = Infinity;

  /**
   * `promise`, or TIMED_OUT once `ms` have passed. What comes too late is dropped; what is awaited
   * goes on regardless: neither an RPC nor its effect can be taken back.
   */
  race<T>(promise: PromiseLike<T>, ms: number): Promise<T | typeof TIMED_OUT> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        at: Date.now() + ms,
        expire: () => {
          resolve(TIMED_OUT);
        },
      };
      this.#waiters.push(waiter);
      if (waiter.at < this.#goesOffAt) this.#set(waiter.at);
      promise.then(
        (value) => {
          waiter.expire = undefined;
          resolve(value);
        },
        (error: unknown) => {
          waiter.expire = undefined;
          reject(error);
        },
      );
    });
  }

  #set(at: number): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#goesOffAt = at;
    this.#timer = setTimeout(() => {
      this.#goOff();
    }, at - Date.now());
  }

  #goOff(): void {
    const now = Date.now();
    let next = Infinity;
    for (const waiter of this.#waiters) {
      if (waiter.expire === undefined) continue;
      if (waiter.at <= now) waiter.expire();
      else next = Math.min(next, waiter.at);
    }
    this.#goesOffAt = Infinity;
    if (next < Infinity) this.#set(next);
  }
}

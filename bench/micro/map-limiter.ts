/** A fixed window limiter over a Map, as one writes it by hand. */
export class MapLimiter {
  readonly #windows = new Map<string, { number: number; used: number }>();
  constructor(
    private readonly units: number,
    private readonly periodMs: number,
  ) {}

  charge(subject: string, cost: number, now: number) {
    const number = Math.floor(now / this.periodMs);
    let window = this.#windows.get(subject);
    if (window === undefined) {
      window = { number, used: 0 };
      this.#windows.set(subject, window);
    } else if (window.number < number) {
      window.number = number;
      window.used = 0;
    }
    const allowed = window.used + cost <= this.units;
    if (allowed) window.used += cost;
    const resetMs = (window.number + 1) * this.periodMs - now;
    return {
      allowed,
      remaining: this.units - window.used,
      resetMs,
      retryAfterMs: allowed ? null : resetMs,
    };
  }
}

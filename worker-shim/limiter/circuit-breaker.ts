/** Failures in a row that open a circuit. */
export const FAILURES_TO_OPEN = 3;
export const FIRST_PAUSE_MS = 1_000;
export const LONGEST_PAUSE_MS = 10_000;
/** Up to so much of a pause is added at random, so that isolates don't come back all at once. */
const JITTER = 0.2;
export const MAX_CIRCUITS = 1_024;
/** Where there is no room, so many of those that failed the longest ago are looked at. */
const LOOKED_AT = 16;

interface Circuit {
  /** In a row. */
  failures: number;
  /** 0: closed. */
  pauseMs: number;
  openUntil: number;
  /** The call that tries whether the object is back has until then; after that another may. */
  probeUntil: number;
}

/**
 * One circuit breaker a name, for objects that are called from this isolate. Closed, every call
 * passes. FAILURES_TO_OPEN failures in a row open it: no call passes for a pause of FIRST_PAUSE_MS;
 * then one may try, and closes the circuit or opens it again for twice as long, up to
 * LONGEST_PAUSE_MS. Only names that failed last take memory, MAX_CIRCUITS of them: beyond, one of
 * those that failed the longest ago is forgotten, one whose circuit is closed if there is any.
 * Times are Unix milliseconds; O(1).
 */
export class CircuitBreakers {
  /** In the order of their last failures. */
  readonly #circuits = new Map<string, Circuit>();
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** False from the opening until a call succeeds. */
  isClosed(name: string): boolean {
    return (this.#circuits.get(name)?.pauseMs ?? 0) === 0;
  }

  /** Whether to call `name` now. Who is let through reports back within `timeoutMs`. */
  admits(name: string, now: number, timeoutMs: number): boolean {
    if (this.#circuits.size === 0) return true;
    const circuit = this.#circuits.get(name);
    if (circuit === undefined || circuit.pauseMs === 0) return true;
    if (isBetween(now, circuit.openUntil, circuit.pauseMs * (1 + JITTER))) return false;
    if (isBetween(now, circuit.probeUntil, timeoutMs)) return false;
    circuit.probeUntil = now + timeoutMs;
    return true;
  }

  succeeded(name: string): void {
    if (this.#circuits.size > 0) this.#circuits.delete(name);
  }

  /** True if that has just opened the circuit. */
  failed(name: string, now: number): boolean {
    let circuit = this.#circuits.get(name);
    if (circuit === undefined) {
      circuit = { failures: 0, pauseMs: 0, openUntil: 0, probeUntil: 0 };
      this.#makeRoom();
    }
    this.#circuits.delete(name);
    this.#circuits.set(name, circuit);
    circuit.failures += 1;
    if (circuit.failures < FAILURES_TO_OPEN) return false;
    // Calls that were under way when it opened say nothing new.
    if (circuit.pauseMs > 0 && isBetween(now, circuit.openUntil, circuit.pauseMs * (1 + JITTER))) {
      return false;
    }
    circuit.pauseMs = Math.min(circuit.pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    circuit.openUntil = now + circuit.pauseMs * (1 + JITTER * this.#random());
    circuit.probeUntil = 0;
    return true;
  }

  /** Names that failed last. */
  get size(): number {
    return this.#circuits.size;
  }

  #makeRoom(): void {
    if (this.#circuits.size < MAX_CIRCUITS) return;
    let chosen: string | undefined;
    let looked = 0;
    for (const [name, { pauseMs }] of this.#circuits) {
      chosen ??= name;
      if (pauseMs === 0) chosen = name;
      if (pauseMs === 0 || ++looked === LOOKED_AT) break;
    }
    if (chosen !== undefined) this.#circuits.delete(chosen);
  }
}

/** A clock that went back by more than `longest` must not keep a circuit open. */
function isBetween(now: number, until: number, longest: number): boolean {
  return now < until && until - now <= longest;
}

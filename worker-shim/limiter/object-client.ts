import { TIMED_OUT, withDeadline } from "../deadline.ts";
import { CircuitBreakers } from "./circuit-breaker.ts";

/** What the client needs of a Durable Object namespace of LimiterObjects. */
export interface LimiterNamespace {
  getByName(name: string): { step(request: Uint8Array): PromiseLike<Uint8Array> };
}

/**
 * Why an object gave no answer. What was asked may still have been applied, except when nothing was
 * sent: the namespace isn't bound, or the circuit is open.
 */
export type Outage = "unbound" | "circuit_open" | "timeout" | "overloaded" | "failed";

/** Ends a wait; the gateway's RequestTimer is one that shares a timer of the platform. */
export interface Deadlines {
  race<T>(promise: PromiseLike<T>, ms: number): Promise<T | typeof TIMED_OUT>;
}

export interface ObjectClientStats {
  /** Circuits that opened. */
  circuitsOpened: number;
  /** Of `later`: given up. Their units come back when their deadlines are over. */
  undelivered: number;
}

interface Sent {
  readonly reply: Uint8Array | Outage;
  readonly error?: unknown;
}

const OWN_TIMERS: Deadlines = { race: withDeadline };

/** What nobody waits for may take so long; the platform grants 30 s after the response. */
const LATER_TIMEOUT_MS = 5_000;
const LATER_PAUSE_MS = 1_000;

/**
 * Calls limiter objects by name. One for the isolate: it knows which objects don't answer. Holds
 * plain values only, so that requests can share it.
 */
export class ObjectClient {
  readonly #circuits: CircuitBreakers;
  readonly stats: ObjectClientStats = { circuitsOpened: 0, undelivered: 0 };

  constructor(circuits: CircuitBreakers = new CircuitBreakers()) {
    this.#circuits = circuits;
  }

  /**
   * The reply frame to `request` (wasm/limit/object_frames.h), or why there is none; after
   * `timeoutMs` at the latest. Never rejects. An object that restarted is asked once more, unless
   * that could apply something twice. A failure counts for the object's circuit.
   */
  async call(
    namespace: LimiterNamespace | undefined,
    name: string,
    request: Uint8Array,
    timeoutMs: number,
    deadlines: Deadlines = OWN_TIMERS,
  ): Promise<Uint8Array | Outage> {
    if (namespace === undefined) return "unbound";
    if (!this.#circuits.admits(name, Date.now(), timeoutMs)) return "circuit_open";
    const { reply, error } = await this.#send(namespace, name, request, timeoutMs, deadlines);
    if (typeof reply === "string") this.#failed(name, reply, error);
    return reply;
  }

  /**
   * Sends what no answer is needed to (cancels, settlements, returns) after the response, with one
   * retry. Losing it must be harmless: then units count as spent until their deadline. A failure
   * doesn't count for the circuit: nobody has waited for it.
   */
  later(
    ctx: Pick<ExecutionContext, "waitUntil">,
    namespace: LimiterNamespace | undefined,
    name: string,
    request: Uint8Array,
  ): void {
    ctx.waitUntil(this.#deliver(namespace, name, request));
  }

  async #deliver(
    namespace: LimiterNamespace | undefined,
    name: string,
    request: Uint8Array,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      // Whether the object is back is for calls with shorter deadlines to find out.
      if (namespace === undefined) break;
      if (this.#circuits.isClosed(name)) {
        const { reply } = await this.#send(namespace, name, request, LATER_TIMEOUT_MS, OWN_TIMERS);
        // More calls would only prolong an overload.
        if (reply === "overloaded") break;
        if (typeof reply !== "string") return;
      }
      if (attempt === 2 || !isRepeatable(request)) break;
      await pause(LATER_PAUSE_MS * (0.5 + Math.random()));
    }
    this.stats.undelivered += 1;
  }

  async #send(
    namespace: LimiterNamespace,
    name: string,
    request: Uint8Array,
    timeoutMs: number,
    deadlines: Deadlines,
  ): Promise<Sent> {
    try {
      const reply = await deadlines.race(sendRepeatedly(namespace, name, request), timeoutMs);
      if (reply === TIMED_OUT) return { reply: "timeout" };
      this.#circuits.succeeded(name);
      return { reply };
    } catch (error) {
      return { reply: flag(error, "overloaded") ? "overloaded" : "failed", error };
    }
  }

  #failed(name: string, outage: Outage, error: unknown): void {
    if (!this.#circuits.failed(name, Date.now())) return;
    this.stats.circuitsOpened += 1;
    // The subject is the client's business, not the log's.
    const limit = name.slice(0, name.indexOf("/"));
    console.warn(`sluice: a limiter object of "${limit}" is given a pause: ${outage}`, error);
  }
}

async function sendRepeatedly(
  namespace: LimiterNamespace,
  name: string,
  request: Uint8Array,
): Promise<Uint8Array> {
  try {
    return await namespace.getByName(name).step(request);
  } catch (error) {
    if (!flag(error, "retryable") || flag(error, "overloaded") || !isRepeatable(request)) {
      throw error;
    }
    // A stub that failed may be broken for good: take another.
    try {
      return await namespace.getByName(name).step(request);
    } catch (again) {
      // Overloaded or not: what the first call asked may have been applied.
      throw new Error("a limiter object failed twice", { cause: again });
    }
  }
}

// Of a request frame.
const HEADER_BYTES = 24;
const OPERATION_BYTES = 64;
const PEEK = 2;
const BLOCK = 8;

/**
 * What has an id, an object does once. The rest (refunds, resets, debts) must not be repeated: it
 * would count twice, or undo what was charged meanwhile.
 */
function isRepeatable(request: Uint8Array): boolean {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  for (let at = HEADER_BYTES; at + OPERATION_BYTES <= request.length; at += OPERATION_BYTES) {
    const kind = view.getUint32(at, true);
    if (kind !== PEEK && kind !== BLOCK && view.getBigUint64(at + 8, true) === 0n) return false;
  }
  return true;
}

/** The platform marks its errors by properties. */
function flag(error: unknown, name: "retryable" | "overloaded"): boolean {
  return error instanceof Error && (error as Error & Record<string, unknown>)[name] === true;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

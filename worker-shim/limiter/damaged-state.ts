import { SluiceError } from "../core/errors.ts";

const MARK_KEY = "damaged";

interface Mark {
  /** When the state was first found so. */
  readonly since: number;
  readonly state: Uint8Array;
}

// Of a request frame (wasm/limit/object_frames.h).
const HEADER_BYTES = 24;
const OPERATION_BYTES = 64;
const RULE = 32;
const RESET = 7;

/** No window looks back further: two of the longest period. Only a bucket could drain longer. */
const LONGEST_MEMORY_MS = 2 * 366 * 86_400_000;

/**
 * The stored state of an object can't be read: it was damaged, or written by a newer version that
 * was rolled back. How much was charged is unknown, so the object fails (and the limits' `onOutage`
 * decides) until nothing of it can count any more, or the counter is reset. The row is kept until
 * then: a version that can read it goes on from it as if nothing had been.
 */
export class DamagedState {
  readonly #kv: SyncKvStorage;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
  }

  /** Returns if `request` may begin anew instead of from `state`, else throws. */
  checkForgotten(state: Uint8Array, request: Uint8Array, now: number, cause: unknown): void {
    const since = this.#foundAt(state, now);
    const operations = operationsOf(request);
    const leftMs = since + longestMemoryMs(operations) - now;
    if (leftMs <= 0 || operations.some((operation) => operation.getUint32(0, true) === RESET)) {
      this.#kv.delete(MARK_KEY);
      return;
    }
    const seconds = Math.ceil(leftMs / 1000);
    throw new SluiceError(
      "internal",
      `the stored state of this limiter object can't be read; unless it is reset, it counts anew in ${String(seconds)} s`,
      { cause },
    );
  }

  /** When nothing of `state` counts any more, whoever asks. */
  forgottenAt(state: Uint8Array, now: number): number {
    return this.#foundAt(state, now) + LONGEST_MEMORY_MS;
  }

  /** Throws if storage can't be read at all. */
  static probe(kv: SyncKvStorage): void {
    kv.get(MARK_KEY);
  }

  #foundAt(state: Uint8Array, now: number): number {
    const mark = this.#kv.get<Mark>(MARK_KEY);
    if (mark !== undefined && isEqual(mark.state, state)) return mark.since;
    this.#kv.put<Mark>(MARK_KEY, { since: now, state });
    return now;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function operationsOf(request: Uint8Array): DataView[] {
  const operations: DataView[] = [];
  for (let at = HEADER_BYTES; at + OPERATION_BYTES <= request.length; at += OPERATION_BYTES) {
    operations.push(new DataView(request.buffer, request.byteOffset + at, OPERATION_BYTES));
  }
  return operations;
}

/** After so long, nothing that was charged under the operations' rules counts any more. */
function longestMemoryMs(operations: readonly DataView[]): number {
  const memoriesMs = operations.map((operation) => {
    const units = operation.getUint32(RULE + 4, true);
    const burst = operation.getUint32(RULE + 8, true);
    const periodMs = Number(operation.getBigUint64(RULE + 16, true));
    // Sliding windows look back to the window before; a full bucket takes so long to drain.
    return periodMs * Math.max(2, burst / units);
  });
  return Math.max(...memoriesMs);
}

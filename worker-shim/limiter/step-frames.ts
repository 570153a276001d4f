// The frames of a limiter object's step (wasm/limit/object_frames.h), as a shard reads and writes
// them between isolates and the root.

import { SluiceError } from "../core/errors.ts";

const VERSION = 2;
const REQUEST_HEADER = 24;
const OPERATION = 64;
const REPLY_HEADER = 16;
const VERDICT = 48;
export const MAX_OPERATIONS = 32;

export const Kind = { charge: 1, cancel: 3, settle: 4, return: 5, refund: 6 } as const;

const SHADOW = 1;
const SETTLES = 2;
const WAIT_SHIFT = 8;
const CONCURRENCY = 6;

interface Changes {
  readonly kind?: number;
  readonly id: bigint;
  readonly cost?: number;
  readonly want?: number;
}

/** One operation, in place. */
export class Operation {
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  get kind(): number {
    return this.#view.getUint32(0, true);
  }
  get cost(): number {
    return this.#view.getUint32(4, true);
  }
  get id(): bigint {
    return this.#view.getBigUint64(8, true);
  }
  get want(): number {
    return this.#view.getUint32(16, true);
  }
  get shadow(): boolean {
    return (this.#flags & SHADOW) !== 0;
  }
  get settles(): boolean {
    return (this.#flags & SETTLES) !== 0;
  }
  get maxWaitMs(): number {
    return this.#flags >>> WAIT_SHIFT;
  }
  get durationMs(): number {
    return this.#view.getFloat64(24, true);
  }
  get concurrency(): boolean {
    return this.#view.getUint32(32, true) === CONCURRENCY;
  }
  /** The rule's units and burst. Of one counter they change with an override or a new policy. */
  get amounts(): bigint {
    return this.#view.getBigUint64(36, true);
  }
  /** Which counter. */
  get rule(): bigint {
    return this.#view.getBigUint64(56, true);
  }

  /** A copy with `changes`, into `frame` as operation `index`. */
  copyTo(frame: Uint8Array, index: number, changes: Changes): void {
    const at = REQUEST_HEADER + index * OPERATION;
    const { buffer, byteOffset } = this.#view;
    frame.set(new Uint8Array(buffer, byteOffset, OPERATION), at);
    const view = new DataView(frame.buffer, frame.byteOffset + at, OPERATION);
    const { kind = this.kind, id, cost = this.cost, want = 0 } = changes;
    view.setUint32(0, kind, true);
    view.setUint32(4, cost, true);
    view.setBigUint64(8, id, true);
    view.setUint32(16, want, true);
  }

  get #flags(): number {
    return this.#view.getUint32(20, true);
  }
}

/** Throws for a frame that is none; whether the operations are any is for the core to say. */
export function operationsOf(request: Uint8Array): Operation[] {
  const { buffer, byteOffset, length } = request;
  const view = new DataView(buffer, byteOffset, length);
  const count = length >= REQUEST_HEADER ? view.getUint32(4, true) : 0;
  const whole = length === REQUEST_HEADER + count * OPERATION;
  if (!whole || count === 0 || count > MAX_OPERATIONS || view.getUint32(0, true) !== VERSION) {
    throw new SluiceError("invalid_argument", "a request is not a frame of version 2");
  }
  return Array.from(
    { length: count },
    (_, index) =>
      new Operation(
        new DataView(buffer, byteOffset + REQUEST_HEADER + index * OPERATION, OPERATION),
      ),
  );
}

/** A request with the head of `request` and room for `count` operations. */
export function requestLike(request: Uint8Array, count: number): Uint8Array {
  const frame = new Uint8Array(REQUEST_HEADER + count * OPERATION);
  frame.set(request.subarray(0, REQUEST_HEADER));
  new DataView(frame.buffer).setUint32(4, count, true);
  return frame;
}

export interface Verdict {
  allowed: boolean;
  scarce: boolean;
  blocked: boolean;
  seen: boolean;
  closed: boolean;
  remaining: number;
  resetMs: number;
  /** -1: allowed, or never. */
  retryAfterMs: number;
  leased: number;
  leaseWaitMs: number;
  leaseMs: number;
}

export function encodeReply(allowed: boolean, verdicts: readonly Verdict[]): Uint8Array {
  const frame = new Uint8Array(REPLY_HEADER + verdicts.length * VERDICT);
  const view = new DataView(frame.buffer);
  view.setUint32(0, VERSION, true);
  view.setUint32(4, verdicts.length, true);
  view.setUint32(8, allowed ? 1 : 0, true);
  verdicts.forEach((verdict, index) => {
    const at = REPLY_HEADER + index * VERDICT;
    const flags =
      (verdict.allowed ? 1 : 0) |
      (verdict.scarce ? 2 : 0) |
      (verdict.blocked ? 4 : 0) |
      (verdict.seen ? 8 : 0) |
      (verdict.closed ? 16 : 0);
    view.setUint32(at, flags, true);
    view.setUint32(at + 4, verdict.remaining, true);
    view.setFloat64(at + 8, verdict.resetMs, true);
    view.setFloat64(at + 16, verdict.retryAfterMs, true);
    view.setUint32(at + 24, verdict.leased, true);
    view.setFloat64(at + 32, verdict.leaseWaitMs, true);
    view.setFloat64(at + 40, verdict.leaseMs, true);
  });
  return frame;
}

export interface Reply {
  readonly allowed: boolean;
  readonly verdicts: Verdict[];
}

/** Throws unless `frame` has `count` verdicts. */
export function decodeReply(frame: Uint8Array, count: number): Reply {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length !== REPLY_HEADER + count * VERDICT || view.getUint32(0, true) !== VERSION) {
    throw new SluiceError("internal", "a limiter object's reply is not of the form asked for");
  }
  const verdicts = Array.from({ length: count }, (_, index): Verdict => {
    const at = REPLY_HEADER + index * VERDICT;
    const flags = view.getUint32(at, true);
    return {
      allowed: (flags & 1) !== 0,
      scarce: (flags & 2) !== 0,
      blocked: (flags & 4) !== 0,
      seen: (flags & 8) !== 0,
      closed: (flags & 16) !== 0,
      remaining: view.getUint32(at + 4, true),
      resetMs: view.getFloat64(at + 8, true),
      retryAfterMs: view.getFloat64(at + 16, true),
      leased: view.getUint32(at + 24, true),
      leaseWaitMs: view.getFloat64(at + 32, true),
      leaseMs: view.getFloat64(at + 40, true),
    };
  });
  return { allowed: view.getUint32(8, true) === 1, verdicts };
}

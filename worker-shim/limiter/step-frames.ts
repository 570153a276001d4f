// A request's operations as a shard reads them, and passes them on to the root with changes.

import {
  FRAME_VERSION,
  MAX_OPERATIONS,
  OPERATION_BYTES,
  OperationFlag,
  REQUEST_HEADER_BYTES,
} from "../core/charge-frames.ts";
import { SluiceError } from "../core/errors.ts";

/** How many bits of an operation's flags stand before the time that a charge may wait for units. */
const WAIT_SHIFT = 8;
/** A rule's algorithm (wasm/limit/rule.h). */
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
    return (this.#flags & OperationFlag.shadow) !== 0;
  }
  get settles(): boolean {
    return (this.#flags & OperationFlag.settles) !== 0;
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

  /**
   * A copy with `changes`, into `frame` as operation `index`. Whoever sends it spends what is leased
   * when it is there: units that come at a pace are for isolates.
   */
  copyTo(frame: Uint8Array, index: number, changes: Changes): void {
    const at = operationAt(index);
    const { buffer, byteOffset } = this.#view;
    frame.set(new Uint8Array(buffer, byteOffset, OPERATION_BYTES), at);
    const view = new DataView(frame.buffer, frame.byteOffset + at, OPERATION_BYTES);
    const { kind = this.kind, id, cost = this.cost, want = 0 } = changes;
    view.setUint32(0, kind, true);
    view.setUint32(4, cost, true);
    view.setBigUint64(8, id, true);
    view.setUint32(16, want, true);
    view.setUint32(20, this.#flags & ~OperationFlag.paces, true);
  }

  get #flags(): number {
    return this.#view.getUint32(20, true);
  }
}

function operationAt(index: number): number {
  return REQUEST_HEADER_BYTES + index * OPERATION_BYTES;
}

/** Throws for a frame that is none; whether the operations are any is for the core to say. */
export function operationsOf(request: Uint8Array): Operation[] {
  const { buffer, byteOffset, length } = request;
  const view = new DataView(buffer, byteOffset, length);
  const count = length >= REQUEST_HEADER_BYTES ? view.getUint32(4, true) : 0;
  const isWhole = count > 0 && count <= MAX_OPERATIONS && length === operationAt(count);
  if (!isWhole || view.getUint32(0, true) !== FRAME_VERSION) {
    throw new SluiceError("invalid_argument", "a request is not a frame of version 2");
  }
  return Array.from(
    { length: count },
    (_, index) =>
      new Operation(new DataView(buffer, byteOffset + operationAt(index), OPERATION_BYTES)),
  );
}

/** A request with the head of `request` and room for `count` operations. */
export function requestLike(request: Uint8Array, count: number): Uint8Array {
  const frame = new Uint8Array(operationAt(count));
  frame.set(request.subarray(0, REQUEST_HEADER_BYTES));
  new DataView(frame.buffer).setUint32(4, count, true);
  return frame;
}

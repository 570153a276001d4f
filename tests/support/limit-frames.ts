// Requests to limiter objects and their replies, written apart from the shim's own: wasm/limit/object_frames.h read once more.

export const Kind = {
  charge: 1,
  peek: 2,
  cancel: 3,
  settle: 4,
  return: 5,
  refund: 6,
  reset: 7,
  block: 8,
  renew: 9,
} as const;

const DURABILITY = { memory: 0, strict: 1, checkpoint: 2 } as const;
export type Durability = keyof typeof DURABILITY;

export interface Operation {
  readonly kind: number;
  /** In hexadecimal. */
  readonly rule: string;
  readonly cost?: number;
  readonly id?: bigint;
  readonly want?: number;
  readonly durationMs?: number;
  /** Of a charge that is denied: units that come within this may be reserved. */
  readonly maxWaitMs?: number;
  /** Units of the lease may come one by one. */
  readonly paces?: boolean;
}

export interface OperationVerdict {
  readonly allowed: boolean;
  readonly scarce: boolean;
  readonly blocked: boolean;
  readonly closed: boolean;
  readonly seen: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number;
  readonly leased: number;
  readonly leaseWaitMs: number;
  readonly leaseMs: number;
}

const REQUEST_HEADER = 24;
const OPERATION = 64;
const REPLY_HEADER = 16;
const VERDICT = 48;

export function requestFrame(
  durability: Durability,
  operations: readonly Operation[],
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(REQUEST_HEADER + operations.length * OPERATION);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 2, true);
  view.setUint32(4, operations.length, true);
  view.setBigUint64(8, 1n, true);
  view.setUint32(16, DURABILITY[durability], true);
  operations.forEach((operation, index) => {
    const { kind, rule, cost = 1, id = 0n, want = 0, durationMs = 0, maxWaitMs = 0 } = operation;
    const paces = operation.paces === true ? 4 : 0;
    const at = REQUEST_HEADER + index * OPERATION;
    view.setUint32(at, kind, true);
    view.setUint32(at + 4, cost, true);
    view.setBigUint64(at + 8, id, true);
    view.setUint32(at + 16, want, true);
    view.setUint32(at + 20, (maxWaitMs << 8) | paces, true);
    view.setFloat64(at + 24, durationMs, true);
    for (let byte = 0; byte < rule.length / 2; byte++)
      view.setUint8(at + 32 + byte, Number.parseInt(rule.slice(byte * 2, byte * 2 + 2), 16));
  });
  return frame;
}

export function readReply(frame: Uint8Array): {
  allowed: boolean;
  verdicts: OperationVerdict[];
} {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const count = view.getUint32(4, true);
  if (view.getUint32(0, true) !== 2 || frame.length !== REPLY_HEADER + count * VERDICT)
    throw new Error("not a reply");
  const verdicts = Array.from({ length: count }, (_, index) => {
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

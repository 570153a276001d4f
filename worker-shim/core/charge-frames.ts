// What goes between an isolate and a limiter object: operations on one subject's counters, and a
// verdict on each. Numbers are little-endian.
//   request    24 bytes: u32 version, u32 count, u64 revision of the policy, u32 durability, u32 0;
//              then the operations
//   operation  64 bytes: u32 kind, u32 cost, u64 id, u32 want, u32 flags, f64 duration, the rule
//   reply      16 bytes: u32 version, u32 count, u32 allowed, u32 0; then the verdicts, in order
//   verdict    48 bytes: u32 flags, u32 remaining, f64 reset, f64 retry after, u32 leased,
//              u32 lease pace, f64 lease wait, f64 lease

import { SluiceError } from "./errors.ts";

export const RULE_BYTES = 32;
export const OPERATION_BYTES = 64;
export const VERDICT_BYTES = 48;
export const REPLY_HEADER_BYTES = 16;
export const REQUEST_HEADER_BYTES = 24;
export const FRAME_VERSION = 2;
export const MAX_OPERATIONS = 32;
const RULE_AT = 32;

export const OperationKind = {
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
export type OperationKind = (typeof OperationKind)[keyof typeof OperationKind];

const DURABILITY = { memory: 0, strict: 1, checkpoint: 2 } as const;
export type Durability = keyof typeof DURABILITY;

export const OperationFlag = { shadow: 1, settles: 2, paces: 4 } as const;
const VerdictFlag = { allowed: 1, scarce: 2, blocked: 4, seenBefore: 8, closed: 16 } as const;

/** A rule's 32 bytes from the hexadecimal of a policy's description. */
export function ruleBytes(hex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new SluiceError("internal", "a limit's rule must be 64 hex digits");
  }
  const bytes = new Uint8Array(RULE_BYTES);
  for (let index = 0; index < RULE_BYTES; index++) {
    bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

interface OperationFields {
  readonly cost?: number;
  readonly id?: bigint;
  readonly want?: number;
  readonly shadow?: boolean;
  readonly durationMs?: number;
}

function operation(kind: OperationKind, rule: Uint8Array, fields: OperationFields): Uint8Array {
  const bytes = new Uint8Array(OPERATION_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind, true);
  view.setUint32(4, fields.cost ?? 0, true);
  view.setBigUint64(8, fields.id ?? 0n, true);
  view.setUint32(16, fields.want ?? 0, true);
  view.setUint32(20, fields.shadow === true ? OperationFlag.shadow : 0, true);
  view.setFloat64(24, fields.durationMs ?? 0, true);
  bytes.set(rule, RULE_AT);
  return bytes;
}

export interface ChargeFields {
  readonly cost: number;
  /** Unique among all isolates. */
  readonly id: bigint;
  /** Units wanted beyond the cost, to be spent within `durationMs`; 0 if left out. */
  readonly want?: number;
  readonly durationMs?: number;
  readonly shadow?: boolean;
}

/** Plans come with theirs: this is for who charges without a plan. */
export function chargeOperation(rule: Uint8Array, fields: ChargeFields): Uint8Array {
  return operation(OperationKind.charge, rule, fields);
}

/** The verdict that a charge would get. */
export function peekOperation(rule: Uint8Array, cost: number): Uint8Array {
  return operation(OperationKind.peek, rule, { cost });
}

/** The charge never happened, whether it has arrived or not; a slot is free again. */
export function cancelOperation(rule: Uint8Array, id: bigint): Uint8Array {
  return operation(OperationKind.cancel, rule, { id });
}

/** The charge came to `cost` in the end. */
export function settleOperation(rule: Uint8Array, id: bigint, cost: number): Uint8Array {
  return operation(OperationKind.settle, rule, { id, cost });
}

/** The lease ends, with `units` of it unspent. */
export function returnOperation(rule: Uint8Array, id: bigint, units: number): Uint8Array {
  return operation(OperationKind.return, rule, { id, cost: units });
}

/** Gives units back whose charge isn't known. */
export function refundOperation(rule: Uint8Array, cost: number): Uint8Array {
  return operation(OperationKind.refund, rule, { cost });
}

export function resetOperation(rule: Uint8Array): Uint8Array {
  return operation(OperationKind.reset, rule, {});
}

/** Denies everything for so long; 0 ends a block. */
export function blockOperation(rule: Uint8Array, durationMs: number): Uint8Array {
  return operation(OperationKind.block, rule, { durationMs });
}

/** The slot stays taken for another of the rule's periods. */
export function renewOperation(rule: Uint8Array, id: bigint): Uint8Array {
  return operation(OperationKind.renew, rule, { id });
}

export interface RequestHeader {
  /** Of the policy: among two with other amounts, the later one's count. */
  readonly revision: number;
  readonly durability: Durability;
}

/**
 * A request of 1 to 32 operations; each of `operations` holds one or several, as makers and plans
 * yield them. All but charges are done first, in order, and then the charges, all or none.
 */
export function encodeRequest(
  { revision, durability }: RequestHeader,
  operations: readonly Uint8Array[],
): Uint8Array {
  const length = operations.reduce((sum, bytes) => sum + bytes.length, 0);
  const count = length / OPERATION_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_OPERATIONS) {
    throw new SluiceError(
      "internal",
      `a request takes 1 to ${String(MAX_OPERATIONS)} operations, not ${String(count)}`,
    );
  }
  const frame = new Uint8Array(REQUEST_HEADER_BYTES + length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, FRAME_VERSION, true);
  view.setUint32(4, count, true);
  view.setUint32(8, revision >>> 0, true);
  view.setUint32(12, Math.floor(revision / 2 ** 32), true);
  view.setUint32(16, DURABILITY[durability], true);
  let at = REQUEST_HEADER_BYTES;
  for (const bytes of operations) {
    frame.set(bytes, at);
    at += bytes.length;
  }
  return frame;
}

/** An object's verdict on one operation. Durations are from when it spoke. */
export interface ObjectVerdict {
  readonly allowed: boolean;
  /** Somebody was denied, or a lease was cut, lately. */
  readonly scarce: boolean;
  /** Denied by a block. */
  readonly blocked: boolean;
  /** Denied since the object has lost its memory, whatever the subject did. */
  readonly closed: boolean;
  /** The operation had come before; this is the answer that it got. */
  readonly seenBefore: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  /** null: allowed, or never. */
  readonly retryAfterMs: number | null;
  /** Units granted beyond the cost, for spending from `leaseWaitMs` to `leaseMs`. */
  readonly leased: number;
  readonly leaseWaitMs: number;
  readonly leaseMs: number;
}

export interface ObjectReply {
  /** All charges that aren't in shadow mode were. */
  readonly allowed: boolean;
  readonly verdicts: readonly ObjectVerdict[];
}

/** A reply of these verdicts, one for each operation. */
export function encodeReply({ allowed, verdicts }: ObjectReply): Uint8Array {
  const frame = new Uint8Array(REPLY_HEADER_BYTES + verdicts.length * VERDICT_BYTES);
  const view = new DataView(frame.buffer);
  view.setUint32(0, FRAME_VERSION, true);
  view.setUint32(4, verdicts.length, true);
  view.setUint32(8, allowed ? 1 : 0, true);
  verdicts.forEach((verdict, index) => {
    const at = REPLY_HEADER_BYTES + index * VERDICT_BYTES;
    view.setUint32(at, flagsOf(verdict), true);
    view.setUint32(at + 4, verdict.remaining, true);
    view.setFloat64(at + 8, verdict.resetMs, true);
    view.setFloat64(at + 16, verdict.retryAfterMs ?? -1, true);
    view.setUint32(at + 24, verdict.leased, true);
    view.setFloat64(at + 32, verdict.leaseWaitMs, true);
    view.setFloat64(at + 40, verdict.leaseMs, true);
  });
  return frame;
}

function flagsOf({ allowed, scarce, blocked, closed, seenBefore }: ObjectVerdict): number {
  return (
    (allowed ? VerdictFlag.allowed : 0) |
    (scarce ? VerdictFlag.scarce : 0) |
    (blocked ? VerdictFlag.blocked : 0) |
    (closed ? VerdictFlag.closed : 0) |
    (seenBefore ? VerdictFlag.seenBefore : 0)
  );
}

/** Throws `internal` for bytes that are no reply to `expected` operations. */
export function decodeReply(frame: Uint8Array, expected: number): ObjectReply {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (
    frame.length !== REPLY_HEADER_BYTES + expected * VERDICT_BYTES ||
    view.getUint32(0, true) !== FRAME_VERSION ||
    view.getUint32(4, true) !== expected
  ) {
    throw new SluiceError("internal", "a limiter object's reply is not of the form asked for");
  }
  const verdicts: ObjectVerdict[] = [];
  for (let at = REPLY_HEADER_BYTES; at < frame.length; at += VERDICT_BYTES) {
    const flags = view.getUint32(at, true);
    const retryAfterMs = view.getFloat64(at + 16, true);
    verdicts.push({
      allowed: (flags & VerdictFlag.allowed) !== 0,
      scarce: (flags & VerdictFlag.scarce) !== 0,
      blocked: (flags & VerdictFlag.blocked) !== 0,
      closed: (flags & VerdictFlag.closed) !== 0,
      seenBefore: (flags & VerdictFlag.seenBefore) !== 0,
      remaining: view.getUint32(at + 4, true),
      resetMs: view.getFloat64(at + 8, true),
      retryAfterMs: retryAfterMs >= 0 ? retryAfterMs : null,
      leased: view.getUint32(at + 24, true),
      leaseWaitMs: view.getFloat64(at + 32, true),
      leaseMs: view.getFloat64(at + 40, true),
    });
  }
  return { allowed: view.getUint32(8, true) !== 0, verdicts };
}

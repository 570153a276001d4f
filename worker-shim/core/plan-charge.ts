import {
  CHARGE_WORDS,
  ChargeFlag,
  ChargeSource,
  ChargeVerdict,
  ChargeWord,
  InstalledWord,
  INSTALLED_WORDS,
  LEASE_RETURN_WORDS,
  LeaseReturnWord,
} from "./abi.generated.ts";
import { readText } from "./text.ts";

export { ChargeSource, ChargeVerdict };

/** "`cost` units against limit number `limit` for `subject`", answered as far as the isolate can. */
export interface Charge {
  readonly limit: number;
  /** Number in the limit's rules: 0 is its own, then its overrides. */
  readonly rule: number;
  readonly cost: number;
  readonly verdict: ChargeVerdict;
  readonly source: ChargeSource;
  /** Counted, never enforced. */
  readonly shadow: boolean;
  /** Denied by a block. */
  readonly blocked: boolean;
  readonly subject: string;
  /** Units left, as far as the isolate knows; this and the next two only if it answered. */
  readonly remaining: number;
  readonly resetMs: number;
  /** null: not denied, or never. */
  readonly retryAfterMs: number | null;
  /** Of the charge where it is to be asked for, of the lease where one was spent; else 0. */
  readonly id: bigint;
  /**
   * What to send to the object, behind a request's header; the charge is the last. Empty unless
   * the verdict is `ask`, and also then if the request is denied already.
   */
  readonly operations: Uint8Array;
}

/** What a verdict that came from an object means for the client. */
export interface ChargeAnswer {
  readonly allowed: boolean;
  readonly blocked: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number | null;
  /** A lease came with it, whose id is the charge's. */
  readonly leased: boolean;
  /** The object denied, and this lease has paid, which came meanwhile; 0: none. */
  readonly spent: bigint;
  /** To be sent to the object afterwards: what it granted too much. Mostly empty. */
  readonly operations: Uint8Array;
}

/** A lease that ends early, with units unspent. */
export interface LeaseReturn {
  readonly lease: bigint;
  readonly units: number;
}

const NO_OPERATIONS = new Uint8Array(0);
const NO_CHARGES: readonly Charge[] = [];
const NO_RETURNS: readonly LeaseReturn[] = [];

function orNull(duration: number): number | null {
  return Number.isNaN(duration) ? null : duration;
}

/** A charge out of a frame. What only few ask for is made when they do. */
class FrameCharge implements Charge {
  readonly limit: number;
  readonly rule: number;
  readonly cost: number;
  readonly verdict: ChargeVerdict;
  readonly source: ChargeSource;
  readonly subject: string;
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number | null;
  readonly operations: Uint8Array;
  private readonly flags: number;
  private readonly idLow: number;
  private readonly idHigh: number;

  /** `at` is the frame's, `charge` the charge's address. */
  constructor(bytes: Uint8Array, view: DataView, at: number, charge: number) {
    this.limit = view.getUint32(charge + ChargeWord.limit * 4, true);
    this.rule = view.getUint32(charge + ChargeWord.rule * 4, true);
    this.cost = view.getUint32(charge + ChargeWord.cost * 4, true);
    this.verdict = view.getUint32(charge + ChargeWord.verdict * 4, true) as ChargeVerdict;
    this.source = view.getUint32(charge + ChargeWord.source * 4, true) as ChargeSource;
    this.flags = view.getUint32(charge + ChargeWord.flags * 4, true);
    this.subject = readText(
      bytes,
      at + view.getUint32(charge + ChargeWord.subjectOffset * 4, true),
      view.getUint32(charge + ChargeWord.subjectLength * 4, true),
    );
    this.remaining = view.getUint32(charge + ChargeWord.remaining * 4, true);
    this.resetMs = view.getFloat64(charge + ChargeWord.resetMs * 4, true);
    this.retryAfterMs =
      this.verdict === ChargeVerdict.denied
        ? orNull(view.getFloat64(charge + ChargeWord.retryMs * 4, true))
        : null;
    this.idLow = view.getUint32(charge + ChargeWord.id * 4, true);
    this.idHigh = view.getUint32(charge + ChargeWord.id * 4 + 4, true);
    const length = view.getUint32(charge + ChargeWord.operationsLength * 4, true);
    if (length === 0) {
      this.operations = NO_OPERATIONS;
    } else {
      const operations = at + view.getUint32(charge + ChargeWord.operationsOffset * 4, true);
      this.operations = new Uint8Array(bytes.subarray(operations, operations + length));
    }
  }

  get shadow(): boolean {
    return (this.flags & ChargeFlag.shadow) !== 0;
  }

  get blocked(): boolean {
    return (this.flags & ChargeFlag.blocked) !== 0;
  }

  get id(): bigint {
    return (BigInt(this.idHigh) << 32n) | BigInt(this.idLow);
  }
}

/** The charges of a frame at `at` whose pair of words (count, offset) is number `countWord`. */
export function readCharges(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  countWord: number,
): readonly Charge[] {
  const count = view.getUint32(at + countWord * 4, true);
  if (count === 0) return NO_CHARGES;
  let charge = at + view.getUint32(at + countWord * 4 + 4, true);
  if (count === 1) return [new FrameCharge(bytes, view, at, charge)];
  const list: Charge[] = [];
  for (let index = 0; index < count; index++, charge += CHARGE_WORDS * 4) {
    list.push(new FrameCharge(bytes, view, at, charge));
  }
  return list;
}

export function readAnswer(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
): ChargeAnswer {
  const flags = view.getUint32(at + InstalledWord.flags * 4, true);
  const operations = at + INSTALLED_WORDS * 4;
  return {
    allowed: view.getUint32(at + InstalledWord.allowed * 4, true) !== 0,
    blocked: (flags & ChargeFlag.blocked) !== 0,
    remaining: view.getUint32(at + InstalledWord.remaining * 4, true),
    resetMs: view.getFloat64(at + InstalledWord.resetMs * 4, true),
    retryAfterMs: orNull(view.getFloat64(at + InstalledWord.retryMs * 4, true)),
    leased: view.getUint32(at + InstalledWord.leased * 4, true) !== 0,
    spent: view.getBigUint64(at + InstalledWord.spent * 4, true),
    operations:
      operations === at + length
        ? NO_OPERATIONS
        : new Uint8Array(bytes.subarray(operations, at + length)),
  };
}

export function readReturns(view: DataView, at: number, length: number): readonly LeaseReturn[] {
  if (length === 0) return NO_RETURNS;
  const list: LeaseReturn[] = [];
  for (let lease = at; lease < at + length; lease += LEASE_RETURN_WORDS * 4) {
    list.push({
      lease: view.getBigUint64(lease + LeaseReturnWord.lease * 4, true),
      units: view.getUint32(lease + LeaseReturnWord.units * 4, true),
    });
  }
  return list;
}

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

/** "`cost` units against limit number `limit` for a subject." */
interface PlannedCharge {
  readonly limit: number;
  /** Number in the limit's rules: 0 is its own, then its overrides. */
  readonly rule: number;
  readonly cost: number;
  /** Counted, never enforced. */
  readonly shadow: boolean;
}

/** A charge that only the limit's object can answer. */
export interface OpenCharge extends PlannedCharge {
  readonly verdict: typeof ChargeVerdict.ask;
  readonly subject: string;
  readonly id: bigint;
  /**
   * What to send to the object, behind a request's header; the charge is the last. Empty if the
   * request is denied already.
   */
  readonly operations: Uint8Array;
}

/** A charge that the isolate could answer by itself. */
export interface AnsweredCharge extends PlannedCharge {
  readonly verdict: Exclude<ChargeVerdict, typeof ChargeVerdict.ask>;
  readonly source: ChargeSource;
  /** Denied by a block. */
  readonly blocked: boolean;
  /** undefined unless it was asked for: most never look at it. */
  readonly subject: string | undefined;
  /** Units left, as far as the isolate knows. */
  readonly remaining: number;
  readonly resetMs: number;
  /** null: not denied, or never. */
  readonly retryAfterMs: number | null;
  /** The id of the lease whose units were spent, in two halves of 32 bits; 0 and 0: none. */
  readonly leaseLow: number;
  readonly leaseHigh: number;
}

export type Charge = OpenCharge | AnsweredCharge;

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

interface Frame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly at: number;
}

/** Addresses are of charges. */
function subjectAt({ bytes, view, at }: Frame, charge: number): string {
  return readText(
    bytes,
    at + view.getInt32(charge + ChargeWord.subjectOffset * 4, true),
    view.getInt32(charge + ChargeWord.subjectLength * 4, true),
  );
}

function openAt(frame: Frame, charge: number): OpenCharge {
  const { bytes, view, at } = frame;
  const length = view.getInt32(charge + ChargeWord.operationsLength * 4, true);
  const operations = at + view.getInt32(charge + ChargeWord.operationsOffset * 4, true);
  return {
    limit: view.getInt32(charge + ChargeWord.limit * 4, true),
    rule: view.getInt32(charge + ChargeWord.rule * 4, true),
    cost: view.getUint32(charge + ChargeWord.cost * 4, true),
    shadow: (view.getInt32(charge + ChargeWord.flags * 4, true) & ChargeFlag.shadow) !== 0,
    verdict: ChargeVerdict.ask,
    subject: subjectAt(frame, charge),
    id: view.getBigUint64(charge + ChargeWord.id * 4, true),
    operations:
      length === 0
        ? NO_OPERATIONS
        : new Uint8Array(bytes.subarray(operations, operations + length)),
  };
}

// Most requests' charges are made here: of numbers alone, in a form that V8 makes in place.
function answeredAt(view: DataView, charge: number, subject: string | undefined): AnsweredCharge {
  const flags = view.getInt32(charge + ChargeWord.flags * 4, true);
  const verdict = view.getInt32(charge + ChargeWord.verdict * 4, true);
  return {
    limit: view.getInt32(charge + ChargeWord.limit * 4, true),
    rule: view.getInt32(charge + ChargeWord.rule * 4, true),
    cost: view.getUint32(charge + ChargeWord.cost * 4, true),
    shadow: (flags & ChargeFlag.shadow) !== 0,
    verdict: verdict as AnsweredCharge["verdict"],
    source: view.getInt32(charge + ChargeWord.source * 4, true) as ChargeSource,
    blocked: (flags & ChargeFlag.blocked) !== 0,
    subject,
    remaining: view.getUint32(charge + ChargeWord.remaining * 4, true),
    resetMs: view.getFloat64(charge + ChargeWord.resetMs * 4, true),
    retryAfterMs:
      verdict === ChargeVerdict.denied
        ? orNull(view.getFloat64(charge + ChargeWord.retryMs * 4, true))
        : null,
    leaseLow: view.getInt32(charge + ChargeWord.id * 4, true),
    leaseHigh: view.getInt32(charge + ChargeWord.id * 4 + 4, true),
  };
}

function chargeAt(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  charge: number,
  subjects: boolean,
): Charge {
  if (view.getInt32(charge + ChargeWord.verdict * 4, true) === ChargeVerdict.ask) {
    return openAt({ bytes, view, at }, charge);
  }
  const subject = subjects ? subjectAt({ bytes, view, at }, charge) : undefined;
  return answeredAt(view, charge, subject);
}

/**
 * The charges of a frame at `at` whose pair of words (count, offset) is number `countWord`;
 * `subjects`: also those of charges that are answered.
 */
export function readCharges(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  countWord: number,
  subjects: boolean,
): readonly Charge[] {
  const count = view.getInt32(at + countWord * 4, true);
  if (count === 0) return NO_CHARGES;
  let charge = at + view.getInt32(at + countWord * 4 + 4, true);
  if (count === 1) return [chargeAt(bytes, view, at, charge, subjects)];
  const list: Charge[] = [];
  for (let index = 0; index < count; index++, charge += CHARGE_WORDS * 4) {
    list.push(chargeAt(bytes, view, at, charge, subjects));
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

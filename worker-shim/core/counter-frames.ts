// What a table of counters is asked and answers (sluice_counters_charge): rules go in by value,
// verdicts come out.

import { CHARGES_VERSION } from "./abi.generated.ts";
import { RULE_BYTES } from "./charge-frames.ts";
import { SluiceError } from "./errors.ts";
import { encodeText } from "./text.ts";

const REPLY_VERSION = 1;
const REPLY_HEADER_BYTES = 16;
const VERDICT_BYTES = 24;

export interface FrameVerdict {
  readonly allowed: boolean;
  /** Units that could be charged right now. */
  readonly remaining: number;
  /** From now until the full quota is there again. */
  readonly resetMs: number;
  /** From now until this very charge could pass; null if it did, or never can. */
  readonly retryAfterMs: number | null;
}

export interface Reply {
  readonly allowed: boolean;
  readonly verdicts: readonly FrameVerdict[];
}

export interface RuleCharge {
  /** Its 32 bytes. */
  readonly rule: Uint8Array;
  readonly cost: number;
}

export interface SubjectCharge extends RuleCharge {
  readonly subject: string;
}

/** Charges against any subjects. */
export function encodeCharges(charges: readonly SubjectCharge[]): Uint8Array {
  const perCharge = RULE_BYTES + 16;
  const subjects = charges.map(({ subject }) => encodeText(subject));
  let end = 8 + charges.length * perCharge;
  const frame = new Uint8Array(subjects.reduce((sum, subject) => sum + subject.length, end));
  const view = new DataView(frame.buffer);
  view.setUint32(0, CHARGES_VERSION, true);
  view.setUint32(4, charges.length, true);
  charges.forEach(({ rule, cost }, index) => {
    const at = 8 + index * perCharge;
    const subject = subjects[index] as Uint8Array;
    frame.set(rule, at);
    view.setUint32(at + RULE_BYTES, cost, true);
    view.setUint32(at + RULE_BYTES + 4, end, true);
    view.setUint32(at + RULE_BYTES + 8, subject.length, true);
    frame.set(subject, end);
    end += subject.length;
  });
  return frame;
}

export function decodeReply(frame: Uint8Array, expected: number): Reply {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (
    frame.length !== REPLY_HEADER_BYTES + expected * VERDICT_BYTES ||
    view.getUint32(0, true) !== REPLY_VERSION ||
    view.getUint32(4, true) !== expected
  ) {
    throw new SluiceError(
      "internal",
      "a reply about charges is not of the form that was asked for",
    );
  }
  const verdicts: FrameVerdict[] = [];
  for (let at = REPLY_HEADER_BYTES; at < frame.length; at += VERDICT_BYTES) {
    const retryAfterMs = view.getFloat64(at + 16, true);
    verdicts.push({
      allowed: view.getUint32(at, true) !== 0,
      remaining: view.getUint32(at + 4, true),
      resetMs: view.getFloat64(at + 8, true),
      retryAfterMs: retryAfterMs < 0 ? null : retryAfterMs,
    });
  }
  return { allowed: view.getUint32(8, true) !== 0, verdicts };
}

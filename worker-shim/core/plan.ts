import {
  EXPOSURE_WORDS,
  ExposureWord,
  INPUT_CALL_WORDS,
  MATCH_VERSION,
  MatchWord,
  Outcome,
  PLAN_VERSION,
  PlanWord,
} from "./abi.generated.ts";
import { SluiceError } from "./errors.ts";
import { readCharges, type Charge } from "./plan-charge.ts";
import { readText } from "./text.ts";

export { Outcome };
export { ChargeSource, ChargeVerdict, type Charge } from "./plan-charge.ts";
export type { AnsweredCharge, ChargeAnswer, LeaseReturn, OpenCharge } from "./plan-charge.ts";

/** Stands for "there is none" wherever a number of the policy may be missing. */
export const NONE = -1;

export interface PolicyMatch {
  readonly outcome: Outcome;
  /** Number of the route, or NONE. */
  readonly route: number;
  /** The value of Allow for method_not_allowed, the reason for bad_target, else "". */
  readonly detail: string;
  /** What to charge before authentication. */
  readonly charges: readonly Charge[];
}

/** A user is in a variation of an experiment, and about to see it. */
export interface Exposure {
  /** 22 characters: the same for the same user, experiment, variation and day (UTC). */
  readonly id: string;
  /** Key of the feature. */
  readonly feature: string;
  /** Key of the experiment. */
  readonly experiment: string;
  /** Key of the variation. */
  readonly variation: string;
  readonly variationIndex: number;
  /** Name of the attribute that was hashed. */
  readonly attribute: string;
  /** Its value, or a keyed hash of it where the policy says so. */
  readonly value: string;
  /** By a sticky bucket, not by hash. */
  readonly sticky: boolean;
}

/** What to do with one request. Numbers point into the policy's description. */
export interface Plan {
  readonly outcome: Outcome;
  readonly upstream: number;
  /** Transform of the response's body, or NONE. */
  readonly transform: number;
  /** Path and query for the upstream; starts with "/". */
  readonly path: string;
  /** undefined where the route has no auth. */
  readonly identity: string | undefined;
  /** The variant that applies, or NONE, by the route's experiments. */
  readonly variants: readonly number[];
  /** Location of a redirect (302) that takes the place of the upstream's response. */
  readonly redirect: string | undefined;
  /**
   * Value of the flags header for the upstream; undefined where the route has none, and where it
   * would be over 8 KiB.
   */
  readonly flags: string | undefined;
  /** Value of the visitor header for the upstream; undefined where it isn't told who it is. */
  readonly visitor: string | undefined;
  /** Values of Set-Cookie, whole. */
  readonly setCookies: readonly string[];
  /** What the user is in, each experiment once. */
  readonly exposures: readonly Exposure[];
  readonly charges: readonly Charge[];
  /** Upstream paths of the route's inputs, in the order of its description. */
  readonly inputPaths: readonly string[];
  /** What is wrong with the parameters of path and query, as JSON; undefined: nothing. */
  readonly faults: string | undefined;
}

const NO_NUMBERS: readonly number[] = [];
const NO_TEXTS: readonly string[] = [];
const NO_EXPOSURES: readonly Exposure[] = [];
const PAIR_WORDS = 2;

// getInt32 makes of ABSENT (0xFFFFFFFF) the small integer NONE.
function word(view: DataView, at: number, index: number): number {
  return view.getInt32(at + index * 4, true);
}

function text(bytes: Uint8Array, view: DataView, at: number, index: number): string | undefined {
  const offset = word(view, at, index);
  return offset === NONE ? undefined : readText(bytes, at + offset, word(view, at, index + 1));
}

function numbers(view: DataView, at: number, countWord: number): readonly number[] {
  const count = word(view, at, countWord);
  if (count === 0) return NO_NUMBERS;
  const list: number[] = [];
  const first = word(view, at, countWord + 1) / 4;
  for (let index = 0; index < count; index++) list.push(word(view, at, first + index));
  return list;
}

/** The texts of `count` pairs (offset, length), `stride` words apart. */
function texts(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  countWord: number,
  stride: number,
): readonly string[] {
  const count = word(view, at, countWord);
  if (count === 0) return NO_TEXTS;
  const list: string[] = [];
  const first = word(view, at, countWord + 1) / 4;
  for (let index = 0; index < count; index++) {
    list.push(text(bytes, view, at, first + index * stride) ?? "");
  }
  return list;
}

function exposures(bytes: Uint8Array, view: DataView, at: number): readonly Exposure[] {
  const count = word(view, at, PlanWord.exposureCount);
  if (count === 0) return NO_EXPOSURES;
  const list: Exposure[] = [];
  let first = word(view, at, PlanWord.exposuresOffset) / 4;
  for (let index = 0; index < count; index++, first += EXPOSURE_WORDS) {
    const textOf = (offsetWord: number): string => text(bytes, view, at, first + offsetWord) ?? "";
    list.push({
      id: textOf(ExposureWord.idOffset),
      feature: textOf(ExposureWord.featureOffset),
      experiment: textOf(ExposureWord.experimentOffset),
      variation: textOf(ExposureWord.variationOffset),
      variationIndex: word(view, at, first + ExposureWord.variationIndex),
      attribute: textOf(ExposureWord.attributeOffset),
      value: textOf(ExposureWord.valueOffset),
      sticky: word(view, at, first + ExposureWord.sticky) !== 0,
    });
  }
  return list;
}

function checkVersion(found: number, expected: number, what: string): void {
  if (found === expected) return;
  throw new SluiceError(
    "internal",
    `the core sent a ${what} frame of version ${String(found)}, this shim reads ${String(expected)}: core.wasm and the JavaScript beside it are not of one build`,
  );
}

export function readMatch(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  subjects: boolean,
): PolicyMatch {
  checkVersion(word(view, at, MatchWord.version), MATCH_VERSION, "match");
  return {
    outcome: word(view, at, MatchWord.outcome) as Outcome,
    route: word(view, at, MatchWord.route),
    detail: text(bytes, view, at, MatchWord.detailOffset) ?? "",
    charges: readCharges(bytes, view, at, MatchWord.chargeCount, subjects),
  };
}

export function readPlan(bytes: Uint8Array, view: DataView, at: number, subjects: boolean): Plan {
  checkVersion(word(view, at, PlanWord.version), PLAN_VERSION, "plan");
  return {
    outcome: word(view, at, PlanWord.outcome) as Outcome,
    upstream: word(view, at, PlanWord.upstream),
    transform: word(view, at, PlanWord.transform),
    path: text(bytes, view, at, PlanWord.pathOffset) ?? "/",
    identity: text(bytes, view, at, PlanWord.identityOffset),
    variants: numbers(view, at, PlanWord.variantCount),
    redirect: text(bytes, view, at, PlanWord.redirectOffset),
    flags: text(bytes, view, at, PlanWord.flagsOffset),
    visitor: text(bytes, view, at, PlanWord.visitorOffset),
    setCookies: texts(bytes, view, at, PlanWord.cookieCount, PAIR_WORDS),
    exposures: exposures(bytes, view, at),
    charges: readCharges(bytes, view, at, PlanWord.chargeCount, subjects),
    inputPaths: texts(bytes, view, at, PlanWord.inputCount, INPUT_CALL_WORDS),
    faults: text(bytes, view, at, PlanWord.faultsOffset),
  };
}

import {
  INPUT_CALL_WORDS,
  InputCallWord,
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
export type { ChargeAnswer, LeaseReturn } from "./plan-charge.ts";

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
  /** A visitor id just minted, to be set as a cookie. */
  readonly visitor: string | undefined;
  /** Variation of the route's feature; NONE is its default value. */
  readonly variation: number;
  /** The route's variant that applies, or NONE. */
  readonly variant: number;
  readonly charges: readonly Charge[];
  /** Upstream paths of the route's inputs, in the order of its description. */
  readonly inputPaths: readonly string[];
}

const NO_PATHS: readonly string[] = [];

// getInt32 makes of ABSENT (0xFFFFFFFF) the small integer NONE.
function word(view: DataView, at: number, index: number): number {
  return view.getInt32(at + index * 4, true);
}

function text(bytes: Uint8Array, view: DataView, at: number, index: number): string | undefined {
  const offset = word(view, at, index);
  return offset === NONE ? undefined : readText(bytes, at + offset, word(view, at, index + 1));
}

function inputPaths(bytes: Uint8Array, view: DataView, at: number): readonly string[] {
  const count = word(view, at, PlanWord.inputCount);
  if (count === 0) return NO_PATHS;
  const paths: string[] = [];
  const first = word(view, at, PlanWord.inputsOffset) / 4 + InputCallWord.pathOffset;
  for (let index = 0; index < count; index++) {
    paths.push(text(bytes, view, at, first + index * INPUT_CALL_WORDS) ?? "/");
  }
  return paths;
}

function checkVersion(found: number, expected: number, what: string): void {
  if (found === expected) return;
  throw new SluiceError(
    "internal",
    `the core sent a ${what} frame of version ${String(found)}, this shim reads ${String(expected)}: core.wasm and the JavaScript beside it are not of one build`,
  );
}

export function readMatch(bytes: Uint8Array, view: DataView, at: number): PolicyMatch {
  checkVersion(word(view, at, MatchWord.version), MATCH_VERSION, "match");
  return {
    outcome: word(view, at, MatchWord.outcome) as Outcome,
    route: word(view, at, MatchWord.route),
    detail: text(bytes, view, at, MatchWord.detailOffset) ?? "",
    charges: readCharges(bytes, view, at, MatchWord.chargeCount),
  };
}

export function readPlan(bytes: Uint8Array, view: DataView, at: number): Plan {
  checkVersion(word(view, at, PlanWord.version), PLAN_VERSION, "plan");
  return {
    outcome: word(view, at, PlanWord.outcome) as Outcome,
    upstream: word(view, at, PlanWord.upstream),
    transform: word(view, at, PlanWord.transform),
    path: text(bytes, view, at, PlanWord.pathOffset) ?? "/",
    identity: text(bytes, view, at, PlanWord.identityOffset),
    visitor: text(bytes, view, at, PlanWord.visitorOffset),
    variation: word(view, at, PlanWord.variation),
    variant: word(view, at, PlanWord.variant),
    charges: readCharges(bytes, view, at, PlanWord.chargeCount),
    inputPaths: inputPaths(bytes, view, at),
  };
}

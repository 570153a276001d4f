import type { Exposure } from "../core/plan.ts";
import type { GatewayEnv } from "../env.ts";
import type { LivePolicy } from "../config/live-policy.ts";
import type { LimitVerdict } from "./verdicts.ts";
import type { HeldBodies } from "./held-bodies.ts";
import type { Holds } from "./holds.ts";
import type { ChargeDecision } from "./limit-records.ts";
import type { PreparedRoute } from "./prepared.ts";
import type { Keeping } from "./response-cache.ts";
import type { RequestTimer } from "./request-timer.ts";
import type { Target } from "./target.ts";

/** One request on its way through the stages, and what they have found out so far. */
export interface Exchange {
  readonly request: Request;
  readonly env: GatewayEnv;
  readonly ctx: ExecutionContext;
  readonly id: string;
  readonly target: Target;
  /** The policy that this request is decided by, from match to transform. */
  readonly live: LivePolicy;
  readonly timer: RequestTimer;
  /** The isolate's budget for bodies. */
  readonly held: HeldBodies;
  /** By slot number. */
  readonly facts: (string | Uint8Array | undefined)[];
  route: PreparedRoute | undefined;
  /** Of all charges that a counter answered. */
  readonly verdicts: LimitVerdict[];
  /** Of all charges; they count when it is sure that the request doesn't start again. */
  readonly decisions: ChargeDecision[];
  /** Somebody wants records of them. */
  readonly wantsRecords: boolean;
  /** Values of Set-Cookie for the client, whatever the answer; once the request is admitted. */
  setCookies: readonly string[];
  /** What an admitted request exposes its user to, until it is handed on. */
  exposures: readonly Exposure[];
  /** What the route's cache has to know of the answer; undefined where nothing keeps it. */
  keeping: Keeping | undefined;
  /** What ends with the answer. */
  holds: Holds | undefined;
  /** The upstream that answers the request may have seen it. */
  reached: boolean;
  /**
   * Units may have been charged, the body read or the upstream reached: from here on the request
   * must not start again.
   */
  committed: boolean;
}

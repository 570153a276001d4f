import type { LimitVerdict } from "./verdicts.ts";
import type { PreparedLimit } from "./prepared.ts";
import { Refusal } from "./problem.ts";
import { retryAfterSeconds } from "./rate-limit-headers.ts";

/** Of a request that one of these verdicts denied. */
export function quotaExceeded(verdicts: readonly LimitVerdict[]): Refusal {
  const denied = verdicts.filter(({ allowed, shadow }) => !allowed && !shadow);
  const seconds = retryAfterSeconds(denied);
  const isPenalty = denied.some(({ blocked, limit }) => blocked && limit.limit.penaltyMs !== null);
  return new Refusal(isPenalty ? "abnormal-usage-detected" : "quota-exceeded", {
    detail:
      seconds === undefined
        ? "this request costs more than the limit ever admits"
        : `try again in ${String(seconds)} s`,
    ...(seconds === undefined ? {} : { headers: { "retry-after": String(seconds) } }),
    members: violated(denied.map(({ limit }) => limit)),
  });
}

/** Of a request whose limits nobody could check, and that mustn't pass without. */
export function unchecked(limits: readonly PreparedLimit[]): Refusal {
  return new Refusal("temporary-reduced-capacity", {
    detail: "a limit that this route must not pass without could not be checked; try again",
    headers: { "retry-after": "1" },
    members: violated(limits),
  });
}

/** Of a request from whom a limit's "deny" names. */
export function onDenyList(limit: PreparedLimit): Refusal {
  return new Refusal("forbidden", {
    detail: "requests like this one are refused, whatever quota is left",
    members: violated([limit]),
  });
}

function violated(limits: readonly PreparedLimit[]): Readonly<Record<string, readonly string[]>> {
  return { "violated-policies": [...new Set(limits.map(({ limit }) => limit.name))] };
}

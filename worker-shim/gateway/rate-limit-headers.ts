// draft-ietf-httpapi-ratelimit-headers-10: two Structured Field lists (RFC 9651) of strings with
// parameters.
import type { LimitDescription } from "../core/description.ts";
import type { LimitVerdict } from "./charges.ts";

/**
 * A name as an sf-string. What a Structured Field string can't hold is left out; names of a policy
 * never have any.
 */
export function policyName(name: string): string {
  return `"${name.replace(/[^\x20-\x7e]/g, "").replace(/["\\]/g, "\\$&")}"`;
}

/**
 * `"perCustomer";q=100;w=60`. The window is whole seconds: a period that isn't is left out rather
 * than rounded.
 */
export function policyItem(limit: Pick<LimitDescription, "name" | "units" | "periodMs">): string {
  const seconds = limit.periodMs / 1000;
  const window = Number.isInteger(seconds) && seconds >= 1 ? `;w=${String(seconds)}` : "";
  return `${policyName(limit.name)};q=${String(limit.units)}${window}`;
}

/**
 * Seconds until there is quota again: for a charge that was denied, until it could pass; else until
 * the quota is full.
 */
function resetSeconds({ allowed, resetMs, retryAfterMs }: LimitVerdict): number {
  const ms = allowed || retryAfterMs === null ? resetMs : retryAfterMs;
  return Math.ceil(ms / 1000);
}

/** Sets RateLimit-Policy and RateLimit; a limit that was charged twice has one item, its last. */
export function setRateLimitHeaders(headers: Headers, verdicts: readonly LimitVerdict[]): void {
  let policy = "";
  let state = "";
  for (let index = 0; index < verdicts.length; index++) {
    const verdict = verdicts[index] as LimitVerdict;
    const { limit } = verdict;
    if (verdicts.some((other, later) => later > index && other.limit === limit)) continue;
    const separator = policy === "" ? "" : ", ";
    policy += separator + limit.policyItem;
    state += `${separator}${limit.name};r=${String(verdict.remaining)};t=${String(resetSeconds(verdict))}`;
  }
  if (policy === "") return;
  headers.set("ratelimit-policy", policy);
  headers.set("ratelimit", state);
}

/**
 * Seconds for Retry-After: the longest wait of those denied, at least one, and so never earlier
 * than their `t`. Undefined if a charge can never pass, since coming back wouldn't help.
 */
export function retryAfterSeconds(verdicts: readonly LimitVerdict[]): number | undefined {
  let seconds = 1;
  for (const { allowed, retryAfterMs } of verdicts) {
    if (allowed) continue;
    if (retryAfterMs === null) return undefined;
    seconds = Math.max(seconds, Math.ceil(retryAfterMs / 1000));
  }
  return seconds;
}

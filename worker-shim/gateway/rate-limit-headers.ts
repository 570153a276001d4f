// draft-ietf-httpapi-ratelimit-headers-10: two Structured Field lists (RFC 9651) of strings with
// parameters. And the older fields that many clients still read.
import type { LimitDescription } from "../core/description.ts";
import type { LimitVerdict } from "./verdicts.ts";
import { ruleOf } from "./prepared.ts";

/** What a response tells of its limits; "x": in the older fields too. */
export type HeaderForm = boolean | "x";

/**
 * A name as an sf-string. What a Structured Field string can't hold is left out; names of a policy
 * never have any.
 */
export function policyName(name: string): string {
  return `"${name.replace(/[^\x20-\x7e]/g, "").replace(/["\\]/g, "\\$&")}"`;
}

/**
 * `"perCustomer";q=100;w=60`. The window is whole seconds: a period that isn't is left out rather
 * than rounded. Slots have none, and another unit than the draft's default, requests.
 */
export function policyItem(
  { name, algorithm, periodMs }: Pick<LimitDescription, "name" | "algorithm" | "periodMs">,
  units: number,
): string {
  const item = `${policyName(name)};q=${String(units)}`;
  if (algorithm === "concurrency") return `${item};qu="concurrent-requests"`;
  const seconds = periodMs / 1000;
  return Number.isInteger(seconds) && seconds >= 1 ? `${item};w=${String(seconds)}` : item;
}

/**
 * Seconds until there is quota again: for a charge that was denied, until it could pass; else until
 * the quota is full.
 */
function resetSeconds({ allowed, resetMs, retryAfterMs }: LimitVerdict): number {
  const ms = allowed || retryAfterMs === null ? resetMs : retryAfterMs;
  return Math.ceil(ms / 1000);
}

/** No more than the quota: a bucket may have a burst beyond it. */
function unitsLeft({ limit, rule, remaining }: LimitVerdict): number {
  return Math.min(remaining, ruleOf(limit, rule).units);
}

/** Sets RateLimit-Policy and RateLimit; a limit that was charged twice has one item, its last. */
export function setRateLimitHeaders(
  headers: Headers,
  verdicts: readonly LimitVerdict[],
  form: HeaderForm,
): void {
  if (form === false) return;
  let policy = "";
  let state = "";
  for (let index = 0; index < verdicts.length; index++) {
    const verdict = verdicts[index] as LimitVerdict;
    const { limit, rule } = verdict;
    if (verdict.shadow || hasLater(verdicts, index)) continue;
    const separator = policy === "" ? "" : ", ";
    policy += separator + ruleOf(limit, rule).policyItem;
    state += `${separator}${limit.name};r=${String(unitsLeft(verdict))}`;
    // When a slot is free again nobody knows: those who have them say.
    if (!limit.isConcurrency) state += `;t=${String(resetSeconds(verdict))}`;
  }
  if (policy === "") return;
  headers.set("ratelimit-policy", policy);
  headers.set("ratelimit", state);
  if (form === "x") setOlderHeaders(headers, verdicts);
}

function hasLater(verdicts: readonly LimitVerdict[], index: number): boolean {
  const limit = verdicts[index]?.limit;
  for (let later = index + 1; later < verdicts.length; later++) {
    if (verdicts[later]?.limit === limit) return true;
  }
  return false;
}

/** Of the limit that is the nearest to deny, or did; the time in seconds from now. */
function setOlderHeaders(headers: Headers, verdicts: readonly LimitVerdict[]): void {
  const enforced = verdicts.filter(({ shadow }) => !shadow);
  const [first] = enforced;
  if (first === undefined) return;
  const tightest = enforced.reduce((one, other) => (isTighter(other, one) ? other : one), first);
  const { limit, rule } = tightest;
  headers.set("x-ratelimit-limit", String(ruleOf(limit, rule).units));
  headers.set("x-ratelimit-remaining", String(unitsLeft(tightest)));
  headers.set("x-ratelimit-reset", String(resetSeconds(tightest)));
}

function isTighter(one: LimitVerdict, other: LimitVerdict): boolean {
  if (one.allowed !== other.allowed) return !one.allowed;
  if (!one.allowed) return resetSeconds(one) > resetSeconds(other);
  return shareLeft(one) < shareLeft(other);
}

function shareLeft({ limit, rule, remaining }: LimitVerdict): number {
  return remaining / ruleOf(limit, rule).units;
}

/**
 * Seconds for Retry-After: the longest wait of those denied, at least one, and so never earlier
 * than their `t`; each with up to its limit's jitter, so that those who were denied together don't
 * come back together. Undefined if a charge can never pass, since coming back wouldn't help.
 */
export function retryAfterSeconds(
  verdicts: readonly LimitVerdict[],
  random: () => number = Math.random,
): number | undefined {
  let seconds = 1;
  for (const { allowed, shadow, limit, retryAfterMs } of verdicts) {
    if (allowed || shadow) continue;
    if (retryAfterMs === null) return undefined;
    const { retryJitterMs } = limit.limit;
    const jitter = retryJitterMs === 0 ? 0 : retryJitterMs * random();
    seconds = Math.max(seconds, Math.ceil((retryAfterMs + jitter) / 1000));
  }
  return seconds;
}

import type {
  AuthDescription,
  CacheDescription,
  ExposuresDescription,
  LimitDescription,
  PolicyDescription,
  RouteDescription,
  RuleDescription,
  UpstreamDescription,
} from "../core/description.ts";
import { Slot } from "../core/abi.generated.ts";
import { SluiceError } from "../core/errors.ts";
import { ruleBytes } from "../core/charge-frames.ts";
import { policyItem, policyName } from "./rate-limit-headers.ts";

/** Where the fact of a slot is read from. */
export type FactSource =
  | { readonly kind: "method" | "host" | "path" | "query" | "ip" | "random" | "digest" | "url" }
  | { readonly kind: "header"; readonly name: string };

export interface PreparedRule {
  readonly units: number;
  /** As frames have it. */
  readonly bytes: Uint8Array;
  /** That of the share which an isolate may admit by itself; undefined where it may not. */
  readonly localBytes: Uint8Array | undefined;
  /** The limit's item of RateLimit-Policy under this rule. */
  readonly policyItem: string;
}

export interface PreparedLimit {
  readonly limit: LimitDescription;
  /** Its name as RateLimit has it. */
  readonly name: string;
  readonly isConcurrency: boolean;
  /** By the rule's number in a charge. */
  readonly rules: readonly PreparedRule[];
}

/** A route with what the pipeline would else look up or join for each request. */
export interface PreparedRoute {
  readonly route: RouteDescription;
  readonly auth: AuthDescription | undefined;
  /**
   * Request headers that the route's cache knows the values of, lower case: those in its key, and
   * those that the route and its variants set.
   */
  readonly keyHeaders: readonly string[];
}

/** A policy's description in the shape that requests use. Holds nothing of the core. */
export interface Prepared {
  readonly description: PolicyDescription;
  readonly sources: readonly FactSource[];
  readonly limits: readonly PreparedLimit[];
  readonly routes: readonly PreparedRoute[];
  readonly upstreams: readonly UpstreamDescription[];
  /** Where exposures go; null: nowhere. */
  readonly exposures: ExposuresDescription | null;
  /** Whether the transform of this number makes one document of several. */
  composes(transform: number): boolean;
}

export function prepare(description: PolicyDescription): Prepared {
  return {
    description,
    sources: description.slots.map(factSource),
    limits: description.limits.map((limit) => ({
      limit,
      name: policyName(limit.name),
      isConcurrency: limit.algorithm === "concurrency",
      rules: limit.rules.map((rule) => prepareRule(limit, rule)),
    })),
    routes: description.routes.map((route) => ({
      route,
      auth: route.auth === null ? undefined : description.auth[route.auth],
      keyHeaders: route.cache === null ? [] : keyHeaders(route, route.cache),
    })),
    exposures: description.exposures,
    composes: (transform) => (description.transforms[transform]?.inputs.length ?? 0) > 0,
    upstreams: description.upstreams.map((upstream) =>
      upstream.type === "origin"
        ? { ...upstream, url: upstream.url.replace(/\/+$/, "") }
        : upstream,
    ),
  };
}

function keyHeaders(
  { request, experiments }: RouteDescription,
  { vary }: CacheDescription,
): readonly string[] {
  const variants = experiments.flatMap((experiment) => experiment.variants);
  const set = [request, ...variants].flatMap(({ setHeaders }) => setHeaders.map(([name]) => name));
  return [...new Set([...vary, ...set.map((name) => name.toLowerCase())])];
}

function prepareRule(
  limit: LimitDescription,
  { units, rule, localRule }: RuleDescription,
): PreparedRule {
  return {
    units,
    bytes: ruleBytes(rule),
    localBytes: localRule === null ? undefined : ruleBytes(localRule),
    policyItem: policyItem(limit, units),
  };
}

/** The rule that a charge is made under. */
export function ruleOf({ limit, rules }: PreparedLimit, number: number): PreparedRule {
  const rule = rules[number];
  if (rule === undefined) {
    throw new RangeError(`a plan charges rule number ${String(number)} of "${limit.name}"`);
  }
  return rule;
}

const FIXED: Readonly<Record<number, FactSource>> = {
  [Slot.method]: { kind: "method" },
  [Slot.host]: { kind: "host" },
  [Slot.path]: { kind: "path" },
  [Slot.query]: { kind: "query" },
  [Slot.ip]: { kind: "ip" },
  [Slot.random]: { kind: "random" },
  [Slot.digest]: { kind: "digest" },
  [Slot.url]: { kind: "url" },
};

function factSource(slot: string, index: number): FactSource {
  const fixed = FIXED[index];
  if (fixed !== undefined) return fixed;
  if (slot.startsWith("header:")) return { kind: "header", name: slot.slice("header:".length) };
  throw new SluiceError(
    "internal",
    `the core asks for the fact "${slot}", which this shim doesn't know: they are not of one build`,
  );
}

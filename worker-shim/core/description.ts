import type { Issue } from "./errors.ts";

/**
 * The static side of a compiled policy, as `sluice_policy_describe` yields it (JSON): what the
 * shim needs to know once, so that a plan can be numbers. Indexes are the numbers that plans and
 * charges use.
 */
export interface PolicyDescription {
  readonly formatVersion: 5;
  /** Names of the fact slots by slot number: the fixed ones, then "header:x-client", … */
  readonly slots: readonly string[];
  /** Slots that `match` reads, whatever the route. */
  readonly matchSlots: readonly number[];
  readonly upstreams: readonly UpstreamDescription[];
  readonly auth: readonly AuthDescription[];
  readonly limits: readonly LimitDescription[];
  /** The header that tells upstreams the visitor's id, never the client's own; lower case. */
  readonly visitorHeader: string | null;
  /** The cookie with an override's token, which upstreams don't get; null: there are none. */
  readonly overrideCookie: string | null;
  /** Where exposures go; null: nowhere. */
  readonly exposures: ExposuresDescription | null;
  /** What is wrong in the feature payload or in schemas, but doesn't stop them: the first hundred. */
  readonly warnings: readonly Issue[];
  readonly warningCount: number;
  /** Simple URL patterns of the payload, which `CompiledPolicy.compile` has the host parse. */
  readonly urlPatterns: readonly string[];
  readonly transforms: readonly TransformDescription[];
  /** By number. A schema without a name of its own has its JSON Pointer in the policy. */
  readonly schemas: readonly { readonly name: string }[];
  /** Worker secrets that transforms and cookies are keyed with: `policy.setSecret` takes their numbers. */
  readonly secrets: readonly SecretDescription[];
  readonly routes: readonly RouteDescription[];
}

/** Where in a response the cost of its request is said. */
export interface SettleDescription {
  /** JSON Pointer, in the JSON body or in the data of an event. */
  readonly from: string;
  /** The name of the server-sent events to look at; null: all. */
  readonly event: string | null;
}

/** A limit that requests are charged to. */
export interface ChargedLimit {
  /** Number of the limit. */
  readonly limit: number;
  /** Null where the cost is known at admission. */
  readonly settle: SettleDescription | null;
}

export type UpstreamDescription = { readonly limits: readonly ChargedLimit[] } & (
  | {
      readonly name: string;
      readonly type: "service";
      readonly binding: string;
      readonly timeoutMs: number;
    }
  | {
      readonly name: string;
      readonly type: "origin";
      readonly url: string;
      readonly timeoutMs: number;
    }
);

export interface AuthDescription {
  readonly name: string;
  readonly type: "apiKey";
  /** Lower-case name of the header that carries the key. */
  readonly header: string;
}

/** The amounts of one of a limit's rules; algorithm and period are the limit's. */
export interface RuleDescription {
  readonly units: number;
  /** 0 for algorithms that have none. */
  readonly burst: number;
  /** The 32 bytes of the rule (wasm/limit/frames.h) as lower-case hex. */
  readonly rule: string;
  /** The rule for `localShare` of the units; null unless `onOutage` is "local". */
  readonly localRule: string | null;
}

/** As a limit, the amounts of its own rule. */
export interface LimitDescription extends RuleDescription {
  readonly name: string;
  readonly algorithm:
    "fixed_window" | "sliding_window" | "gcra" | "token_bucket" | "sliding_log" | "concurrency";
  readonly periodMs: number;
  /** By the rule's number in a charge: 0 is the limit's own, then its overrides. */
  readonly rules: readonly RuleDescription[];
  readonly phase: "preAuth" | "request";
  readonly mode: "enforce" | "shadow";
  readonly durability: "strict" | "checkpoint" | "memory";
  /** What an isolate may spend by itself; null: every charge is asked for. */
  readonly lease: { readonly durationMs: number; readonly units: number } | null;
  readonly denyCacheMaxMs: number;
  readonly onOutage: "closed" | "open" | "local";
  readonly timeoutMs: number;
  /** How long a denied charge blocks its subject; null: not at all. */
  readonly penaltyMs: number | null;
  /** What the names of its objects begin with: its own name, or "+" and its group's. */
  readonly object: string;
  /** By part of the subject: how much of an IPv6 address counts; null: the part is no address. */
  readonly subjectAddressBits: readonly (number | null)[];
  readonly shards: number;
  readonly retryJitterMs: number;
}

/** Names of the Worker's bindings; one of the two is null. */
export interface ExposuresDescription {
  readonly queue: string | null;
  readonly analytics: string | null;
  /** The part of the exposures that Analytics Engine gets: more than 0, at most 1. */
  readonly sample: number;
}

/** An experiment of a route: which variant applies is the plan's to say. */
export interface ExperimentDescription {
  /** Key of the feature. */
  readonly feature: string;
  readonly variants: readonly {
    /** The feature's value as JSON text, a string without its quotes. */
    readonly value: string;
    readonly setHeaders: HeaderList;
  }[];
}

export interface TransformDescription {
  readonly name: string;
  /** The documents that it composes, by the numbers that `policy.transform` knows them by. */
  readonly inputs: readonly string[];
}

export interface SecretDescription {
  /** Name of the Worker's binding. */
  readonly binding: string;
  /** Of the first that names it, in the policy. */
  readonly pointer: string;
  readonly byteOffset: number;
  /** The policy works without it. */
  readonly optional: boolean;
  /** In UTF-8. */
  readonly minBytes: number;
}

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** What clients' bodies have to be. */
export interface RequestSchemaDescription {
  /** Number of the schema. */
  readonly schema: number;
  /** Lower case; empty: all that are JSON. */
  readonly contentTypes: readonly string[];
  /** A POST, PUT or PATCH without a body is refused. */
  readonly required: boolean;
  readonly onInvalid: "refuse" | "report";
}

/** What upstreams' bodies, or what a transform made of them, have to be. */
export interface ResponseSchemaDescription {
  /** Number of the schema. */
  readonly schema: number;
  /** Empty: all 2xx. */
  readonly status: readonly number[];
  readonly onInvalid: "enforce" | "report";
  /** The client is told what is wrong. */
  readonly detail: boolean;
}

/** What happens to a body that can't be transformed, and how long it may be. */
export interface BodyRule {
  readonly onInvalidBody: "fail" | "pass";
  readonly maxBodyBytes: number;
}

/** A call that a route makes beside the one to its upstream, for a transform to compose. */
export interface InputDescription {
  readonly name: string;
  /** Number of the upstream. */
  readonly upstream: number;
  readonly setHeaders: HeaderList;
  /** Headers of the client's request that go along; lower case. */
  readonly forwardHeaders: readonly string[];
  readonly maxBodyBytes: number;
}

export interface CacheDescription {
  readonly ttlMs: number;
  /** Headers of the client's request that answers differ by, and that go upstream; lower case. */
  readonly vary: readonly string[];
  /** Another one where the policy makes the route's answers in another way. */
  readonly mark: string;
}

export interface RouteDescription {
  readonly id: string;
  /**
   * Slots that `decide` reads on this route. Includes the random slot only if an id may be minted.
   */
  readonly needs: readonly number[];
  /** Number of the auth rule, or null. */
  readonly auth: number | null;
  /** Limits that it charges beside those of the upstream that a plan names. */
  readonly limits: readonly ChargedLimit[];
  readonly experiments: readonly ExperimentDescription[];
  /** The header that tells the upstream the values of features, or null; lower case. */
  readonly flags: { readonly header: string } | null;
  /** Headers that chose this route or could have: the response's Vary. Lower case. */
  readonly vary: readonly string[];
  readonly request: BodyRule & {
    readonly setHeaders: HeaderList;
    readonly removeHeaders: readonly string[];
    /** Number of the body's transform, or null. */
    readonly transform: number | null;
    readonly schema: RequestSchemaDescription | null;
  };
  /** In the order of a plan's `inputPaths`. */
  readonly inputs: readonly InputDescription[];
  /** Which transform runs is the plan's to say. */
  readonly response: BodyRule & {
    readonly setHeaders: HeaderList;
    readonly removeHeaders: readonly string[];
    readonly schema: ResponseSchemaDescription | null;
  };
  /** What it answers depends on who asks, or who asks is counted: no shared cache may keep it. */
  readonly personal: boolean;
  /** The policy lets shared caches keep what the upstream says they may. */
  readonly sharedCache: boolean;
  /** What the gateway itself keeps of its answers; null: nothing. */
  readonly cache: CacheDescription | null;
  /** "x": with X-RateLimit-*. */
  readonly rateLimitHeaders: boolean | "x";
}

/** How the charge of a plan is settled, or null. No limit is both a route's and its upstream's. */
export function settleOf(
  description: Pick<PolicyDescription, "upstreams">,
  route: Pick<RouteDescription, "limits">,
  upstream: number,
  limit: number,
): SettleDescription | null {
  const isCharged = (charged: ChargedLimit): boolean => charged.limit === limit;
  const own = route.limits.find(isCharged);
  return (own ?? description.upstreams[upstream]?.limits.find(isCharged))?.settle ?? null;
}

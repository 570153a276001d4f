/**
 * The static side of a compiled policy, as `sluice_policy_describe` yields it (JSON): what the
 * shim needs to know once, so that a plan can be numbers. Indexes are the numbers that plans and
 * charges use.
 */
export interface PolicyDescription {
  readonly formatVersion: 1;
  /** Names of the fact slots by slot number: the fixed ones, then "header:x-client", … */
  readonly slots: readonly string[];
  /** Slots that `match` reads, whatever the route. */
  readonly matchSlots: readonly number[];
  readonly upstreams: readonly UpstreamDescription[];
  readonly auth: readonly AuthDescription[];
  readonly limits: readonly LimitDescription[];
  readonly features: readonly FeatureDescription[];
  /** Present if a feature or limit refers to `visitor`. */
  readonly visitorCookie: { readonly name: string; readonly maxAgeSeconds: number } | null;
  readonly transforms: readonly string[];
  readonly routes: readonly RouteDescription[];
}

export type UpstreamDescription =
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
    };

export interface AuthDescription {
  readonly name: string;
  readonly type: "apiKey";
  /** Lower-case name of the header that carries the key. */
  readonly header: string;
}

export interface LimitDescription {
  readonly name: string;
  readonly algorithm: "fixed_window" | "gcra";
  readonly units: number;
  readonly periodMs: number;
  readonly burst: number;
  /** The 32 bytes of the rule (wasm/limit/frames.h) as lower-case hex. */
  readonly rule: string;
  readonly phase: "preAuth" | "request";
  readonly durability: "strict" | "memory";
  readonly onOutage: "closed" | "open" | "local";
  readonly timeoutMs: number;
}

export interface FeatureDescription {
  readonly key: string;
  /** The experiment's key (what an exposure names); null without an experiment. */
  readonly experiment: string | null;
  readonly variations: readonly unknown[];
}

export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface RouteDescription {
  readonly id: string;
  /**
   * Slots that `decide` reads on this route. Includes the random slot only if an id may be minted.
   */
  readonly needs: readonly number[];
  /** Number of the auth rule, or null. */
  readonly auth: number | null;
  /** The feature whose variation the plan carries, or null. */
  readonly feature: number | null;
  readonly variants: readonly { readonly value: string; readonly setHeaders: HeaderList }[];
  /** Headers that chose this route or could have: the response's Vary. Lower case. */
  readonly vary: readonly string[];
  readonly request: { readonly setHeaders: HeaderList; readonly removeHeaders: readonly string[] };
  readonly response: {
    readonly setHeaders: HeaderList;
    readonly removeHeaders: readonly string[];
    readonly onInvalidBody: "fail" | "pass";
    readonly maxBodyBytes: number;
  };
  readonly rateLimitHeaders: boolean;
}

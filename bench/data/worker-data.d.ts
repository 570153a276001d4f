// Data that edge/bundle.mjs gives to the Workers at build time.
declare module "bench:scenario" {
  export interface LimitRule {
    readonly units: number;
    readonly periodMs: number;
  }
  export type Variation = "classic" | "grid" | "story";
  const scenario: {
    readonly apiKeyHeader: string;
    readonly visitorCookie: string;
    readonly apiKeys: readonly { readonly sha256: string; readonly identity: string }[];
    readonly timeouts: { readonly limiterMs: number; readonly upstreamMs: number };
    readonly maxBodyBytes: number;
    readonly limits: { readonly perCustomer: LimitRule; readonly tight: LimitRule };
    readonly experiment: {
      readonly seed: string;
      readonly variations: readonly Variation[];
      readonly weights: readonly number[];
    };
    readonly upstreamPaths: Readonly<Record<Variation, string>>;
  };
  export default scenario;
}

declare module "bench:listings" {
  import type { Variation } from "bench:scenario";
  const listings: Readonly<Record<Variation, readonly string[]>>;
  export default listings;
}

declare module "bench:policy" {
  /** The policy's JSON text. */
  const policy: string;
  export default policy;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "bench:example-policy" {
  /** examples/storefront/policy.json */
  const policy: string;
  export default policy;
}

declare module "bench:documents" {
  /** Order listings by name ("2048/ascii"). */
  const documents: Readonly<Record<string, string>>;
  export default documents;
}

declare module "bench:jobs" {
  export interface Job {
    readonly id: string;
    readonly steps?: readonly unknown[];
    readonly jsonpath?: string;
    readonly jmespath?: string;
    readonly libraries: readonly string[];
  }
  const jobs: readonly Job[];
  export default jobs;
}

declare module "jmespath" {
  export function search(data: unknown, expression: string): unknown;
}

declare module "json-merge-patch" {
  const jsonMergePatch: { apply(target: unknown, patch: unknown): unknown };
  export default jsonMergePatch;
}

declare module "bench:object-rule" {
  /** The rule's 32 bytes. */
  const rule: readonly number[];
  export default rule;
}

declare module "bench:works" {
  export interface Work {
    readonly id: string;
    readonly schema: object;
    /** The schema as JSON: what is compiled. */
    readonly text: string | Uint8Array;
    readonly dialect: string;
    readonly resources: readonly { readonly uri: string; readonly schema: object }[];
    readonly documents: readonly {
      readonly id: string;
      readonly valid: boolean;
      readonly json: string;
    }[];
  }
  const works: readonly Work[];
  export default works;
}

declare module "bench:ajv" {
  interface Validate {
    (value: unknown): boolean;
    errors?: readonly { readonly instancePath: string; readonly message: string }[] | null;
  }
  /** What Ajv made of each work, one that stops at the first error and one that collects all. */
  export const validators: Readonly<Record<string, readonly [first: Validate, all: Validate]>>;
  export const cannot: Readonly<Record<string, string>>;
}

// What tests of limits share: policies of limits, namespaces that are listened to, and operations
// on objects that no request makes.
import {
  decodeReply,
  encodeRequest,
  OPERATION_BYTES,
  OperationKind,
  ruleBytes,
  type ObjectVerdict,
} from "../../worker-shim/core/charge-frames.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../worker-shim/index.ts";
import { isolateCore } from "../../worker-shim/isolate.ts";
import { objectName } from "../../worker-shim/limiter/object-name.ts";
import { DEMO_KEY_SHA256, env, policyOf } from "./support.ts";

// The time is generous: what is slow here is the test's own start of an object.
export const memory = { durability: "memory", mayForget: true, timeout: "10s" };

/** So many units a day, by address: nothing comes back while a test runs. */
export function daily(units: number, rest: object = {}): object {
  return {
    algorithm: "fixed_window",
    rate: { units, per: "24h" },
    subject: ["ip"],
    ...memory,
    ...rest,
  };
}

const AUTH = {
  customers: {
    type: "apiKey",
    header: "x-api-key",
    keys: [{ sha256: DEMO_KEY_SHA256, identity: "acme", claims: { plan: "pro" } }],
  },
};

/** A policy with these limits and routes; routes go to the upstream's /echo by default. */
export function policyOfLimits(limits: Record<string, object>, routes: object[]): object {
  return policyOf(
    routes.map((route) => ({ path: "/echo", ...route })),
    { limits, auth: AUTH },
  );
}

/** A gateway with one route a limit, `/<limit>`, beside the routes given. */
export function gatewayOf(
  limits: Record<string, object>,
  routes: object[] = [],
  options: GatewayOptions = {},
): Gateway {
  const own = Object.keys(limits).map((name) => ({
    id: `only-${name}`,
    match: { path: `/${name}` },
    limits: [name],
  }));
  return createGateway({ policy: policyOfLimits(limits, [...own, ...routes]), ...options });
}

/** A request from this address. */
export const from = (ip: string, headers: Record<string, string> = {}): RequestInit => ({
  headers: { "cf-connecting-ip": ip, ...headers },
});

export type Step = (request: Uint8Array) => PromiseLike<Uint8Array>;

/** The environment with a namespace whose objects do `step`, which may pass on to the real one. */
export function limiterThat(
  step: (request: Uint8Array, real: Step, name: string) => ReturnType<Step>,
): GatewayEnv {
  return {
    ...env,
    SLUICE_LIMITER: {
      getByName: (name: string) => ({
        step: (request: Uint8Array) =>
          step(request, (frame) => env.SLUICE_LIMITER.getByName(name).step(frame), name),
      }),
    } as unknown as Required<GatewayEnv>["SLUICE_LIMITER"],
  };
}

export interface Heard {
  readonly object: string;
  readonly kinds: readonly number[];
  readonly request: Uint8Array;
}

/** The environment with a namespace that is listened to. */
export function listening(): { readonly bindings: GatewayEnv; readonly heard: Heard[] } {
  const heard: Heard[] = [];
  const bindings = limiterThat((request, real, object) => {
    heard.push({ object, kinds: kindsOf(request), request });
    return real(request);
  });
  return { bindings, heard };
}

const HEADER_BYTES = 24;

export function kindsOf(request: Uint8Array): number[] {
  const kinds: number[] = [];
  for (let at = HEADER_BYTES; at < request.length; at += OPERATION_BYTES) {
    kinds.push(request[at] ?? 0);
  }
  return kinds;
}

/** How many operations of a kind were sent. */
export function countOf(heard: readonly Heard[], kind: keyof typeof OperationKind): number {
  return heard.flatMap(({ kinds }) => kinds).filter((one) => one === OperationKind[kind]).length;
}

/** The rule's bytes of the limit of this name, as a policy with it has them. */
export function ruleOfLimit(name: string, limit: object): Uint8Array {
  const routes = [{ id: "r", match: { path: "/" } }];
  const policy = isolateCore().compilePolicy(
    JSON.stringify(policyOfLimits({ [name]: limit }, routes)),
  );
  const hex = policy.description.limits[0]?.rules[0]?.rule ?? "";
  policy.dispose();
  return ruleBytes(hex);
}

/** Does one operation to the object of (limit, subject), as an operator would. */
export async function operate(
  limit: string,
  subject: string,
  operation: Uint8Array,
): Promise<ObjectVerdict> {
  const request = encodeRequest({ revision: 0, durability: "memory" }, [operation]);
  const object = env.SLUICE_LIMITER.getByName(objectName(limit, subject));
  const [verdict] = decodeReply(await object.step(request), 1).verdicts;
  if (verdict === undefined) throw new Error("no verdict");
  return verdict;
}

import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bound } from "cloudflare:workers";
import { encodeBundle } from "../../worker-shim/config/bundle.ts";
import { bundleKey } from "../../worker-shim/config/kv-source.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import type { ExposureMessage, Gateway } from "../../worker-shim/index.ts";

export const env = bound as unknown as Required<GatewayEnv>;
export const TOKEN = "test-token";

const encoder = new TextEncoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** SHA-256 of "demo-key". */
export const DEMO_KEY = "demo-key";
export const DEMO_KEY_SHA256 = "c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c";

/** A policy with these routes, each to the upstream `shop` unless it says otherwise. */
export function policyOf(routes: object[], rest: object = {}): object {
  return {
    version: 1,
    upstreams: { shop: { type: "service", binding: "STOREFRONT", timeout: "2s" } },
    ...rest,
    routes: routes.map((route) => ({ upstream: "shop", ...route })),
  };
}

/** The smallest policy that tells two revisions apart: its one route sets `x-tag`. */
export function tagged(tag: string): object {
  return policyOf([
    { id: "all", match: { path: "/{rest...}" }, response: { setHeaders: { "x-tag": tag } } },
  ]);
}

/** Sends one request through `gateway`, as the network would, and waits for what it left behind. */
export async function send(
  gateway: Gateway,
  path: string,
  init: RequestInit = {},
  bindings: GatewayEnv = env,
): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.example.com${path}`, { redirect: "manual", ...init });
  const response = await gateway.fetch(request, bindings, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly detail?: string;
  readonly requestId: string;
  readonly [member: string]: unknown;
}

export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json") throw new Error(`not a problem: ${String(type)}`);
  const problem = await response.json<Problem>();
  if (problem.status !== response.status) throw new Error("the status in the body is another");
  if (problem.requestId !== response.headers.get("x-request-id"))
    throw new Error("two request ids");
  return problem;
}

export async function bundleOf(policy: object | string, revision: number): Promise<Uint8Array> {
  const text = typeof policy === "string" ? policy : JSON.stringify(policy);
  return encodeBundle(bytesOf(text), {
    environment: "default",
    revision,
    created: "2026-11-21T03:29:00.000Z",
  });
}

export async function putBundle(bundle: Uint8Array): Promise<void> {
  await env.SLUICE_KV.put(bundleKey("default"), bundle);
}

/** What came to the consumer of the queue SLUICE_EXPOSURES since the tests began, each message once. */
export async function seenExposures(): Promise<ExposureMessage[]> {
  const { CONSUMER } = bound as unknown as { readonly CONSUMER: Fetcher };
  return (await CONSUMER.fetch("https://consumer/")).json();
}

/** The environment without some of its bindings. */
export function without(...names: string[]): GatewayEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !names.some((other) => other === name)),
  );
}

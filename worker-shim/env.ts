import type { ConfigObject } from "./config/config-object.ts";
import type { LimiterObject } from "./limiter/limiter-object.ts";

/**
 * What the gateway looks for among the Worker's bindings, beside those that the policy names. Each
 * may be missing; what then doesn't work says so.
 */
export interface GatewayEnv {
  readonly SLUICE_KV?: KVNamespace;
  readonly SLUICE_CONFIG?: DurableObjectNamespace<ConfigObject>;
  readonly SLUICE_LIMITER?: DurableObjectNamespace<LimiterObject>;
  /** Turns the admin endpoints on. A secret. */
  readonly SLUICE_ADMIN_TOKEN?: string;
  /** Keys the hashes of subjects in limits' records. A secret. */
  readonly SLUICE_LOG_KEY?: string;
  /** At most so often an isolate looks for a new policy, and for each config; default 10,000. */
  readonly SLUICE_REFRESH_MS?: string | number;
}

const REFRESH_MS = 10_000;

export function refreshMs(env: Pick<GatewayEnv, "SLUICE_REFRESH_MS">): number {
  const given = Number(env.SLUICE_REFRESH_MS ?? REFRESH_MS);
  return Number.isFinite(given) && given >= 0 ? given : REFRESH_MS;
}

/** The service binding `name`, or undefined where the Worker has none of that name. */
export function serviceBinding(env: GatewayEnv, name: string): Fetcher | undefined {
  return bindingWith<Fetcher>(env, name, "fetch");
}

/** The queue that the binding `name` sends to. */
export function queueBinding(env: GatewayEnv, name: string): Queue | undefined {
  return bindingWith<Queue>(env, name, "send");
}

/** The Analytics Engine dataset that the binding `name` writes to. */
export function analyticsBinding(
  env: GatewayEnv,
  name: string,
): AnalyticsEngineDataset | undefined {
  return bindingWith<AnalyticsEngineDataset>(env, name, "writeDataPoint");
}

function bindingWith<T extends object>(
  env: GatewayEnv,
  name: string,
  method: keyof T & string,
): T | undefined {
  const binding: unknown = (env as Readonly<Record<string, unknown>>)[name];
  // A service binding is a proxy that answers to any property, so asking for its type is all that
  // can be asked.
  return typeof binding === "object" && binding !== null && method in binding
    ? (binding as T)
    : undefined;
}

import type { PolicyStore } from "../config/policy-store.ts";
import type { PolicyDescription } from "../core/description.ts";
import { analyticsBinding, queueBinding, serviceBinding, type GatewayEnv } from "../env.ts";
import { schemaReports } from "./schema-faults.ts";

/**
 * A binding that this Worker lacks, and what therefore doesn't work; or what schemas have reported.
 */
export interface Finding {
  readonly code:
    | "no-policy-store"
    | "no-config-object"
    | "no-kv"
    | "no-limiter"
    | "no-service-binding"
    | "no-exposure-queue"
    | "no-exposure-dataset"
    | "schema-reports";
  /** May name what the policy names: not for everyone to see. */
  readonly detail: string;
}

export function findingsOf(env: GatewayEnv, { live }: PolicyStore): Finding[] {
  const list: Finding[] = [];
  const add = (code: Finding["code"], detail: string): void => void list.push({ code, detail });
  if (env.SLUICE_KV === undefined && env.SLUICE_CONFIG === undefined) {
    add(
      "no-policy-store",
      "neither SLUICE_KV nor SLUICE_CONFIG is bound: no policy can be published, only one baked in is served",
    );
  } else if (env.SLUICE_CONFIG === undefined) {
    add("no-config-object", "SLUICE_CONFIG is not bound: the admin endpoints can't publish");
  } else if (env.SLUICE_KV === undefined) {
    add("no-kv", "SLUICE_KV is not bound: every isolate reads the ConfigObject");
  }
  if (live === undefined) return list;
  for (const { route, part, schema, count, last } of schemaReports(live.prepared)) {
    const what = part === "body" ? "request bodies" : "responses";
    add(
      "schema-reports",
      `${String(count)} ${what} on the route "${route}" were not what the schema "${schema}" says, the last one at ${last}`,
    );
  }
  const { description } = live.prepared;
  if (env.SLUICE_LIMITER === undefined && description.limits.length > 0) {
    add("no-limiter", "SLUICE_LIMITER is not bound: every limit behaves as its onOutage says");
  }
  for (const upstream of description.upstreams) {
    if (upstream.type === "service" && serviceBinding(env, upstream.binding) === undefined) {
      add(
        "no-service-binding",
        `the service binding ${upstream.binding} of the upstream "${upstream.name}" is not there`,
      );
    }
  }
  const exposing = lackingExposures(env, description);
  if (exposing !== undefined) list.push(exposing);
  return list;
}

/** Only where a route could expose somebody. */
function lackingExposures(
  env: GatewayEnv,
  { exposures, routes }: PolicyDescription,
): Finding | undefined {
  if (exposures === null) return undefined;
  if (!routes.some(({ experiments, flags }) => experiments.length > 0 || flags !== null)) {
    return undefined;
  }
  const { queue, analytics } = exposures;
  if (queue !== null && queueBinding(env, queue) === undefined) {
    const detail = `the queue ${queue} is not bound: exposures are lost, and counted as failed`;
    return { code: "no-exposure-queue", detail };
  }
  if (analytics !== null && analyticsBinding(env, analytics) === undefined) {
    const detail = `the Analytics Engine dataset ${analytics} is not bound: exposures are lost, and counted as failed`;
    return { code: "no-exposure-dataset", detail };
  }
  return undefined;
}

import type { PolicyDescription } from "../core/description.ts";
import type { PolicyStore } from "../config/policy-store.ts";
import { analyticsBinding, queueBinding, serviceBinding, type GatewayEnv } from "../env.ts";
import { limiterObjects, stats } from "../isolate.ts";
import { isolateExposures } from "./exposures.ts";
import type { HeldBodies } from "./held-bodies.ts";
import { decisionCounts } from "./limit-records.ts";

/**
 * What this isolate serves, for everyone to see: no word of the policy's content is in it. The
 * reasons for an error in full are behind the admin token.
 */
export function health(
  env: GatewayEnv,
  store: PolicyStore,
  held: HeldBodies,
  id: string,
): Response {
  const { live, lastError } = store;
  return Response.json(
    {
      status: live === undefined ? "no-policy" : "ok",
      revision: live?.source.revision ?? null,
      sha256: live?.source.sha256 ?? null,
      created: live?.source.created ?? null,
      source: live?.source.from ?? null,
      lastError:
        lastError === undefined
          ? null
          : {
              from: lastError.from,
              code: lastError.code,
              revision: lastError.revision,
              at: lastError.at,
            },
      traps: stats.traps,
      coreBytes: live?.core.memoryBytes ?? null,
      coreReplacements: stats.replacements,
      heldBodyBytes: held.bytes,
      limits: {
        ...decisionCounts,
        objectCalls: stats.limiterCalls,
        objectOutages: stats.limiterOutages,
        ...limiterObjects.stats,
      },
      exposures: isolateExposures.counts,
      flagsTooLong: stats.flagsTooLong,
      warnings: live?.prepared.description.warnings.length ?? 0,
      findings: findings(env, store),
    },
    {
      status: live === undefined ? 503 : 200,
      headers: { "cache-control": "no-store", "x-request-id": id },
    },
  );
}

/** Bindings that this Worker lacks, with what therefore doesn't work. */
function findings(env: GatewayEnv, { live }: PolicyStore): string[] {
  const list: string[] = [];
  const description = live?.prepared.description;
  if (env.SLUICE_KV === undefined && env.SLUICE_CONFIG === undefined) {
    list.push(
      "neither SLUICE_KV nor SLUICE_CONFIG is bound: no policy can be published, only one baked in is served",
    );
  } else if (env.SLUICE_CONFIG === undefined) {
    list.push("SLUICE_CONFIG is not bound: the admin endpoints can't publish");
  } else if (env.SLUICE_KV === undefined) {
    list.push("SLUICE_KV is not bound: every isolate reads the ConfigObject");
  }
  if (env.SLUICE_LIMITER === undefined && (description?.limits.length ?? 0) > 0) {
    list.push("SLUICE_LIMITER is not bound: every limit behaves as its onOutage says");
  }
  for (const upstream of description?.upstreams ?? []) {
    if (upstream.type === "service" && serviceBinding(env, upstream.binding) === undefined) {
      list.push(
        `the service binding ${upstream.binding} of the upstream "${upstream.name}" is not there`,
      );
    }
  }
  const exposing = description === undefined ? undefined : lackingExposures(env, description);
  if (exposing !== undefined) list.push(exposing);
  return list;
}

/** Only where a route could expose somebody. */
function lackingExposures(
  env: GatewayEnv,
  { exposures, routes }: PolicyDescription,
): string | undefined {
  if (exposures === null) return undefined;
  if (!routes.some(({ experiments, flags }) => experiments.length > 0 || flags !== null)) {
    return undefined;
  }
  const { queue, analytics } = exposures;
  if (queue !== null && queueBinding(env, queue) === undefined) {
    return `the queue ${queue} is not bound: exposures are lost, and counted as failed`;
  }
  if (analytics !== null && analyticsBinding(env, analytics) === undefined) {
    return `the Analytics Engine dataset ${analytics} is not bound: exposures are lost, and counted as failed`;
  }
  return undefined;
}

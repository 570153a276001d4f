import { isolateDocuments } from "../config/documents.ts";
import type { PolicyStore } from "../config/policy-store.ts";
import type { GatewayEnv } from "../env.ts";
import { limiterObjects, stats } from "../isolate.ts";
import { isolateExposures } from "./exposures.ts";
import { findingsOf } from "./findings.ts";
import type { HeldBodies } from "./held-bodies.ts";
import { decisionCounts } from "./limit-records.ts";

/**
 * What this isolate serves, for everyone to see: no word of the policy's content is in it. The
 * reasons for an error in full, and what findings name, are behind the admin token.
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
      schemas: stats.schemas,
      warnings: live?.prepared.description.warnings.length ?? 0,
      ...isolateDocuments.counts,
      findings: [...new Set(findingsOf(env, store).map(({ code }) => code))],
    },
    {
      status: live === undefined ? 503 : 200,
      headers: { "cache-control": "no-store", "x-request-id": id },
    },
  );
}

import { encodeRequest } from "../core/charge-frames.ts";
import { limiterObjects } from "../isolate.ts";
import type { Exchange } from "./exchange.ts";
import type { PreparedLimit } from "./prepared.ts";

/**
 * Sends an object what no answer is needed to, behind the response. `limit` is any of those that
 * the object counts: they have one durability.
 */
export function sendLater(
  { env, ctx, live }: Exchange,
  limit: PreparedLimit,
  object: string,
  operations: readonly Uint8Array[],
): void {
  if (operations.length === 0) return;
  const { durability } = limit.limit;
  const request = encodeRequest({ revision: live.source.revision, durability }, operations);
  limiterObjects.later(ctx, env.SLUICE_LIMITER, object, request);
}

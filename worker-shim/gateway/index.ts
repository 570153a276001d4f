import { admin } from "../config/admin.ts";
import type { LivePolicy } from "../config/live-policy.ts";
import { PolicyStore } from "../config/policy-store.ts";
import { isSluiceError } from "../core/errors.ts";
import type { GatewayEnv } from "../env.ts";
import type { Exchange } from "./exchange.ts";
import { exposeLater, NO_EXPOSURES } from "./exposures.ts";
import { health } from "./health.ts";
import { leaseReturns } from "./lease-returns.ts";
import { countDecisions, deliverRecords, type OnLimit } from "./limit-records.ts";
import { HeldBodies } from "./held-bodies.ts";
import { pipeline } from "./pipeline.ts";
import { Refusal, problem } from "./problem.ts";
import { setRateLimitHeaders } from "./rate-limit-headers.ts";
import { requestId } from "./request-id.ts";
import { RequestTimer } from "./request-timer.ts";
import { splitTarget, type Target } from "./target.ts";

export interface GatewayOptions {
  /** Served where no source has a policy yet: JSON text, its bytes, or the object. */
  readonly policy?: string | Uint8Array | object;
  /**
   * Bytes of bodies to be transformed that an isolate holds at most at the same time; default 32
   * MiB. A body for which there is no room is treated as its route's onInvalidBody says.
   */
  readonly maxHeldBodyBytes?: number;
  /** Gets a record of each charge's decision, for logs, after the response is on its way. */
  readonly onLimit?: OnLimit;
}

export interface Gateway {
  fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Promise<Response>;
}

const OWN_PATHS = "/_sluice/";
const MAX_HELD_BODY_BYTES = 32 << 20;
const NO_COOKIES: readonly string[] = [];

/** What all requests of a gateway share. */
interface Parts {
  readonly store: PolicyStore;
  readonly held: HeldBodies;
  readonly onLimit: OnLimit | undefined;
}

/** The Worker's handler: `export default createGateway();`. The policy in force says the rest. */
export function createGateway(options: GatewayOptions = {}): Gateway {
  const gateway: Parts = {
    store: new PolicyStore(policyBytes(options.policy)),
    held: new HeldBodies(options.maxHeldBodyBytes ?? MAX_HELD_BODY_BYTES),
    onLimit: options.onLimit,
  };
  return {
    async fetch(request, env, ctx): Promise<Response> {
      const id = requestId(request.headers);
      try {
        return await respond(gateway, request, env, ctx, id);
      } catch (error) {
        console.error(`request ${id}:`, error);
        return problem({ method: request.method, path: "", id }, "internal-error");
      }
    },
  };
}

function policyBytes(policy: GatewayOptions["policy"]): Uint8Array | undefined {
  if (policy === undefined || policy instanceof Uint8Array) return policy;
  return new TextEncoder().encode(typeof policy === "string" ? policy : JSON.stringify(policy));
}

async function respond(
  gateway: Parts,
  request: Request,
  env: GatewayEnv,
  ctx: ExecutionContext,
  id: string,
): Promise<Response> {
  const { store, held } = gateway;
  const { method } = request;
  const target = splitTarget(request.url);
  if (target === undefined) {
    return problem({ method, path: "", id }, "malformed-target", { detail: "the URL has no host" });
  }
  const subject = { method, path: target.path, id };
  if (target.path.startsWith(OWN_PATHS)) {
    if (target.path !== "/_sluice/health") return admin({ request, env, store, subject });
    if (method !== "GET" && method !== "HEAD") {
      return problem(subject, "method-not-allowed", { headers: { allow: "GET, HEAD" } });
    }
    if (store.current(env, ctx) === undefined) await store.load(env);
    return health(env, store, held, id);
  }

  // A request whose core traps under it starts again once, on a new one, unless it has had effects.
  for (let attempt = 1; ; attempt++) {
    const live = store.current(env, ctx) ?? (await store.load(env));
    if (live === undefined) {
      return problem(subject, "no-policy", {
        detail:
          "no policy has been published to this gateway, or none that it can read: see /_sluice/health",
        headers: { "retry-after": "1" },
      });
    }
    const exchange = begin(request, env, ctx, id, target, live, gateway);
    let isAnswered = true;
    live.pin();
    try {
      return await pipeline(exchange);
    } catch (error) {
      if (attempt === 1 && !exchange.committed && isSluiceError(error, "poisoned")) {
        isAnswered = false;
        continue;
      }
      exchange.holds?.abandon(exchange.reached);
      return failure(exchange, error);
    } finally {
      leaseReturns.sendDue(exchange);
      if (isAnswered) {
        countDecisions(exchange);
        deliverRecords(exchange, gateway.onLimit);
        exposeLater(exchange);
      }
      live.unpin();
      store.replaceOutgrown(env);
    }
  }
}

function begin(
  request: Request,
  env: GatewayEnv,
  ctx: ExecutionContext,
  id: string,
  target: Target,
  live: LivePolicy,
  { held, onLimit }: Parts,
): Exchange {
  const facts = new Array<string | Uint8Array | undefined>(live.prepared.sources.length);
  facts.fill(undefined);
  return {
    request,
    env,
    ctx,
    id,
    target,
    live,
    timer: new RequestTimer(),
    held,
    facts,
    route: undefined,
    verdicts: [],
    decisions: [],
    wantsRecords: onLimit !== undefined,
    setCookies: NO_COOKIES,
    exposures: NO_EXPOSURES,
    keeping: undefined,
    holds: undefined,
    reached: false,
    committed: false,
  };
}

function failure(
  { request, target, id, route, verdicts, setCookies }: Exchange,
  error: unknown,
): Response {
  const subject = { method: request.method, path: target.path, id };
  let response: Response;
  if (error instanceof Refusal) {
    if (error.isUpstreams)
      console.warn(`request ${id}: ${error.kind}: ${error.message}`, error.cause ?? "");
    response = problem(subject, error.kind, error.options);
  } else if (isSluiceError(error, "poisoned")) {
    response = problem(subject, "core-restarted", {
      detail:
        "the gateway's core had to be restarted under this request, which may have had effects",
      headers: { "retry-after": "1" },
    });
  } else {
    console.error(`request ${id}:`, error);
    response = problem(subject, "internal-error", {
      detail: "the log has the reason under the request's id",
    });
  }
  if (route !== undefined) {
    setRateLimitHeaders(response.headers, verdicts, route.route.rateLimitHeaders);
  }
  // An id that was assigned by stays the user's, although the upstream failed.
  for (const cookie of setCookies) response.headers.append("set-cookie", cookie);
  return response;
}

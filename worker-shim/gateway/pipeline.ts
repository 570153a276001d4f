import { NONE, Outcome, type Plan, type PolicyMatch } from "../core/plan.ts";
import { admit } from "./charges.ts";
import type { Exchange } from "./exchange.ts";
import { readFacts } from "./facts.ts";
import { readIdentity } from "./identity.ts";
import type { PreparedRoute } from "./prepared.ts";
import { Refusal } from "./problem.ts";
import { redirect } from "./redirect.ts";
import { finishResponse, ownResponse } from "./response.ts";
import { InputCalls } from "./inputs.ts";
import { takeRequestBody } from "./request-body.ts";
import { shapeResponse } from "./response-body.ts";
import { answerThroughCache } from "./response-cache.ts";
import { invalidParameters } from "./schema-faults.ts";
import { UpstreamCall } from "./upstream-call.ts";
import { upstreamRequest } from "./upstream.ts";

/**
 * One request through all stages. Throws Refusal where a stage ends it, SluiceError where the core
 * fails.
 */
export async function pipeline(exchange: Exchange): Promise<Response> {
  const { live, facts } = exchange;
  readFacts(exchange, live.prepared.description.matchSlots);
  const { wantsRecords } = exchange;
  const match = live.policy.match(facts, Date.now(), wantsRecords);
  if (match.outcome !== Outcome.proceed) throw unmatched(match);
  const prepared = live.prepared.routes[match.route];
  if (prepared === undefined) throw new RangeError(`match found route ${String(match.route)}`);
  const { route, auth } = prepared;
  exchange.route = prepared;

  const admitted = admit(exchange, match.charges, NONE);
  if (admitted !== undefined) await admitted;
  if (auth !== undefined) await readIdentity(exchange, auth);
  readFacts(exchange, route.needs);
  const plan = live.policy.decide(match.route, facts, Date.now(), wantsRecords);
  if (plan.outcome !== Outcome.proceed) throw unauthorized(prepared);
  const charged = admit(exchange, plan.charges, plan.upstream);
  if (charged !== undefined) await charged;
  if (plan.faults !== undefined) throw invalidParameters(plan.faults);
  // From here on it is admitted: what it was assigned by stays, and what it was assigned counts.
  exchange.setCookies = plan.setCookies;
  exchange.exposures = plan.exposures;
  if (plan.redirect !== undefined) return redirect(exchange, prepared, plan.redirect);

  const { cache } = route;
  let response =
    cache === null
      ? await ask(exchange, prepared, plan)
      : await answerThroughCache(exchange, prepared, plan, cache, () =>
          ask(exchange, prepared, plan),
        );
  if (exchange.holds?.watches === true) response = exchange.holds.watch(response);
  finishResponse(exchange, prepared, response);
  return response;
}

/** The upstream's response, reshaped as the plan says. */
async function ask(exchange: Exchange, prepared: PreparedRoute, plan: Plan): Promise<Response> {
  const call = new UpstreamCall(exchange, plan.upstream);
  const { transform, schema } = prepared.route.request;
  const body =
    transform === null && schema === null
      ? undefined
      : await takeRequestBody(exchange, prepared, call.upstream.timeoutMs);
  const request = upstreamRequest(exchange, prepared, plan, call, body);
  exchange.committed = true;
  const inputs = startInputs(exchange, prepared, plan);
  try {
    const upstream = await call.send(request);
    exchange.keeping?.parts.push(upstream.headers);
    if (plan.transform === NONE && prepared.route.response.schema === null) {
      return ownResponse(upstream);
    }
    return await shapeResponse(exchange, prepared, plan, call, inputs, upstream);
  } finally {
    inputs?.finish();
  }
}

function startInputs(
  exchange: Exchange,
  prepared: PreparedRoute,
  plan: Plan,
): InputCalls | undefined {
  if (plan.inputPaths.length === 0 || exchange.request.method === "HEAD") return undefined;
  const names = exchange.live.prepared.description.transforms[plan.transform]?.inputs ?? [];
  return names.length === 0 ? undefined : new InputCalls(exchange, prepared, plan, names);
}

function unmatched({ outcome, detail }: PolicyMatch): Refusal {
  switch (outcome) {
    case Outcome.notFound:
      return new Refusal("not-found");
    case Outcome.methodNotAllowed:
      return new Refusal("method-not-allowed", {
        detail: `this path takes ${detail}`,
        headers: { allow: detail },
      });
    case Outcome.badTarget:
      return new Refusal("malformed-target", { detail });
    default:
      throw new RangeError(`match has no outcome ${String(outcome)}`);
  }
}

function unauthorized({ auth }: PreparedRoute): Refusal {
  const header = auth?.header ?? "authorization";
  return new Refusal("unauthorized", {
    detail: `send a known API key in the header ${header}`,
    headers: { "www-authenticate": `ApiKey header="${header}"` },
  });
}

// The storefront by hand, in JavaScript, without a core or framework: what a good engineer writes
// for exactly these routes. With the guards of a gateway or without (guards.ts).
import scenario from "bench:scenario";
import type { LimitRule } from "bench:scenario";
import { chooseVariation } from "./growthbook.ts";
import { TimedOut } from "./guards.ts";
import type { Guards } from "./guards.ts";
import type { Env, Verdict } from "./limiter.ts";
import { pickOrders } from "./orders.ts";
import { mintVisitor, readVisitor } from "./visitor.ts";

const identities = new Map(scenario.apiKeys.map(({ sha256, identity }) => [sha256, identity]));
const routes = new Map<string, { limit: string; rule: LimitRule }>([
  ["/orders", { limit: "perCustomer", rule: scenario.limits.perCustomer }],
  ["/tight/orders", { limit: "tight", rule: scenario.limits.tight }],
]);
const encoder = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

async function identify(key: string): Promise<string | undefined> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(key)));
  let hex = "";
  for (const byte of digest) hex += HEX[byte] ?? "";
  return identities.get(hex);
}

function problem(
  status: number,
  title: string,
  detail: string,
  requestId: string,
  headers?: HeadersInit,
): Response {
  const response = Response.json(
    { type: "about:blank", title, status, detail, requestId },
    { status, headers },
  );
  response.headers.set("content-type", "application/problem+json");
  response.headers.set("x-request-id", requestId);
  return response;
}

function rateLimitHeaders(
  limit: string,
  rule: LimitRule,
  verdict: Verdict,
): Record<string, string> {
  return {
    "ratelimit-policy": `"${limit}";q=${rule.units};w=${rule.periodMs / 1000}`,
    ratelimit: `"${limit}";r=${verdict.remaining};t=${Math.ceil(verdict.resetMs / 1000)}`,
  };
}

export const storefrontByHand = (guards: Guards): ExportedHandler<Env> => ({
  async fetch(request, env): Promise<Response> {
    const requestId = crypto.randomUUID();
    const url = new URL(request.url);
    const route = routes.get(url.pathname);
    if (route === undefined) return problem(404, "Not Found", "no route has this path", requestId);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return problem(405, "Method Not Allowed", "this route takes GET", requestId, {
        allow: "GET, HEAD",
      });
    }

    const key = request.headers.get(scenario.apiKeyHeader);
    const identity = key === null ? undefined : await identify(key);
    if (identity === undefined) return problem(401, "Unauthorized", "no known API key", requestId);

    const { limit, rule } = route;
    const limiter = env.LIMITER.get(env.LIMITER.idFromName(identity));
    let verdict: Verdict;
    try {
      verdict = await guards.within(limiter.charge(limit, rule, 1), scenario.timeouts.limiterMs);
    } catch {
      return problem(503, "Service Unavailable", `the limit ${limit} can't be checked`, requestId);
    }
    const limits = rateLimitHeaders(limit, rule, verdict);
    if (!verdict.allowed) {
      const retryAfter = String(Math.ceil(verdict.resetMs / 1000));
      return problem(429, "Too Many Requests", `over the limit ${limit}`, requestId, {
        ...limits,
        "retry-after": retryAfter,
      });
    }

    const known = readVisitor(request);
    const visitor = known ?? mintVisitor();
    url.pathname = scenario.upstreamPaths[chooseVariation(visitor)];
    const headers = new Headers(request.headers);
    guards.forwardable(headers);
    headers.set("x-request-id", requestId);
    let upstream: Response;
    let body: string;
    try {
      const answer = env.STOREFRONT.fetch(url.href, { method: request.method, headers });
      upstream = await guards.within(answer, scenario.timeouts.upstreamMs);
      body = pickOrders(await guards.text(upstream));
    } catch (error) {
      return error instanceof TimedOut
        ? problem(504, "Gateway Timeout", "the upstream sent no headers in time", requestId)
        : problem(502, "Bad Gateway", "the upstream's body is not what was expected", requestId);
    }
    const response = new Response(body, { status: upstream.status, headers: upstream.headers });
    guards.reshaped(response.headers);
    response.headers.set("x-request-id", requestId);
    for (const [name, value] of Object.entries(limits)) response.headers.set(name, value);
    if (known === undefined) {
      response.headers.append(
        "set-cookie",
        `${scenario.visitorCookie}=${visitor}; Max-Age=31536000; Path=/; Secure; HttpOnly; SameSite=Lax`,
      );
    }
    return response;
  },
});

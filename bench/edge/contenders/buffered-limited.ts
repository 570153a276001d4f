// Buffered pass-through plus one call to a Durable Object in memory: the floor for any gateway
// with a limit that is exact over all isolates and a body that is looked into.
import scenario from "bench:scenario";
import type { Env } from "./limiter.ts";

export { Limiter } from "./limiter.ts";
export { Stats } from "./stats.ts";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const key = request.headers.get(scenario.apiKeyHeader) ?? "";
    const limiter = env.LIMITER.get(env.LIMITER.idFromName(key));
    const verdict = await limiter.charge("perCustomer", scenario.limits.perCustomer, 1);
    if (!verdict.allowed) return new Response(null, { status: 429 });
    const response = await env.STOREFRONT.fetch(request);
    const body = await response.arrayBuffer();
    return new Response(body, { status: response.status, headers: response.headers });
  },
};

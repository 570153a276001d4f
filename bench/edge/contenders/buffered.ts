// Pass-through that reads the whole body before it answers: what anything that looks into bodies
// pays before it does any work.
export { Stats } from "./stats.ts";

export default {
  async fetch(request: Request, env: { STOREFRONT: Fetcher }): Promise<Response> {
    const response = await env.STOREFRONT.fetch(request);
    const body = await response.arrayBuffer();
    return new Response(body, { status: response.status, headers: response.headers });
  },
};

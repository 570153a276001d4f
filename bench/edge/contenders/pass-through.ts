// Bare pass-through: what a Worker in front of a service binding costs at all. Streams.
export { Stats } from "./stats.ts";

export default {
  fetch(request: Request, env: { STOREFRONT: Fetcher }): Promise<Response> {
    return env.STOREFRONT.fetch(request);
  },
};

import type { Exchange } from "./exchange.ts";
import { exposeFirst } from "./exposures.ts";
import type { PreparedRoute } from "./prepared.ts";
import { finishResponse } from "./response.ts";

/**
 * A variant's redirect, in place of an upstream's response. Its exposures are sent before it, and it
 * isn't kept anywhere: the next visit is to be decided, and counted, anew.
 */
export async function redirect(
  exchange: Exchange,
  prepared: PreparedRoute,
  location: string,
): Promise<Response> {
  exchange.committed = true;
  exchange.holds?.abandon(false);
  const exposed = exposeFirst(exchange);
  if (exposed !== undefined) await exposed;
  const response = new Response(null, { status: 302, headers: { location } });
  finishResponse(exchange, prepared, response);
  response.headers.set("location", location);
  response.headers.set("cache-control", "private, no-store");
  return response;
}

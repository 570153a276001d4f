// The shop behind all contenders: answers from memory, so that what is measured is the gateway.
import listings from "bench:listings";
import scenario from "bench:scenario";
import type { Variation } from "bench:scenario";

const encoder = new TextEncoder();
const bodies = new Map<string, Uint8Array[]>();
for (const [variation, texts] of Object.entries(listings)) {
  bodies.set(
    scenario.upstreamPaths[variation as Variation],
    texts.map((text) => encoder.encode(text)),
  );
}
// Headers that must not have come this far.
const PRIVATE = ["keep-alive", "te", "proxy-authorization", "x-hop", scenario.apiKeyHeader];
const classic = bodies.get(scenario.upstreamPaths.classic);

const HEADERS = { "content-type": "application/json", "cache-control": "no-store", server: "shop" };

export default {
  fetch(request: Request): Response | Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    // A pass-through doesn't rewrite the path.
    const pages = pathname === "/orders" ? classic : bodies.get(pathname);
    const page = searchParams.get("page");
    const body = pages?.[Number(page)];
    return body === undefined ? misbehave(page, request) : new Response(body, { headers: HEADERS });
  },
};

/** What a gateway has to be ready for; edge/check.mjs asks for it. */
function misbehave(page: string | null, { headers }: Request): Response | Promise<Response> {
  switch (page) {
    case "slow":
      return scheduler
        .wait(3 * scenario.timeouts.upstreamMs)
        .then(() => new Response('{"orders":[]}', { headers: HEADERS }));
    case "huge":
      return new Response(`{"orders":[],"padding":"${"x".repeat(scenario.maxBodyBytes)}"}`, {
        headers: HEADERS,
      });
    case "leaks": {
      const leaks = PRIVATE.filter((name) => headers.has(name)).join() || "none";
      return Response.json({ orders: [{ id: leaks, customer: {} }] });
    }
    default:
      return new Response("not found", { status: 404 });
  }
}

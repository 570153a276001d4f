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
const classic = bodies.get(scenario.upstreamPaths.classic);

export default {
  fetch(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    // A pass-through doesn't rewrite the path.
    const pages = pathname === "/orders" ? classic : bodies.get(pathname);
    const body = pages?.[Number(searchParams.get("page"))];
    if (body === undefined) return new Response("not found", { status: 404 });
    return new Response(body, {
      headers: { "content-type": "application/json", "cache-control": "no-store", server: "shop" },
    });
  },
};

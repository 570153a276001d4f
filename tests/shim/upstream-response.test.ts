import { describe, expect, it } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import { DEMO_KEY, DEMO_KEY_SHA256, env, policyOf, problemOf, send } from "./support.ts";

// What an upstream elsewhere may answer and a Worker's own Response wouldn't let a test make.

const gateway = createGateway({
  policy: policyOf(
    [
      { id: "mine", match: { path: "/mine" }, auth: "keys" },
      { id: "all", match: { path: "/{rest...}" } },
    ],
    {
      auth: {
        keys: {
          type: "apiKey",
          header: "x-api-key",
          keys: [{ sha256: DEMO_KEY_SHA256, identity: "demo" }],
        },
      },
    },
  ),
});

/** The environment with an upstream that answers so. */
function answering(response: Response): GatewayEnv {
  return { ...env, STOREFRONT: { fetch: () => Promise.resolve(response) } } as GatewayEnv;
}

describe("an upstream's answer", () => {
  it("loses what concerns the connection only", async () => {
    const headers = {
      connection: "x-hop, close",
      "x-hop": "1",
      "keep-alive": "timeout=5",
      "proxy-connection": "keep-alive",
      trailer: "x-sum",
      upgrade: "h2c",
      "x-own": "kept",
    };
    const response = await send(gateway, "/x", {}, answering(new Response("hi", { headers })));
    expect(await response.text()).toBe("hi");
    expect(response.headers.get("x-own")).toBe("kept");
    for (const name of Object.keys(headers)) {
      if (name !== "x-own") expect(response.headers.get(name), name).toBeNull();
    }
  });

  it.each([99, 101, 199, 600, 999])(
    "of status %i, which can't be passed on, is 502",
    async (status) => {
      const odd = { status, statusText: "", headers: new Headers(), body: null, webSocket: null };
      const response = await send(gateway, "/x", {}, answering(odd as unknown as Response));
      const problem = await problemOf(response);
      expect(problem).toMatchObject({
        status: 502,
        type: "urn:sluice:problem:upstream-unreachable",
      });
      expect(problem.detail).toContain(`"shop" answered with status ${String(status)}`);
    },
  );

  it("that depends on who asks reaches no CDN by its targeted directives either", async () => {
    const headers = {
      "cache-control": "private",
      "cdn-cache-control": "max-age=600",
      "cloudflare-cdn-cache-control": "max-age=600",
      "surrogate-control": "max-age=600",
    };
    const init = { headers: { "x-api-key": DEMO_KEY } };
    const mine = await send(gateway, "/mine", init, answering(new Response("hi", { headers })));
    expect(mine.status).toBe(200);
    for (const name of Object.keys(headers).slice(1))
      expect(mine.headers.has(name), name).toBe(false);
    const anyone = await send(gateway, "/x", {}, answering(new Response("hi", { headers })));
    expect(anyone.headers.get("cdn-cache-control")).toBe("max-age=600");
  });
});

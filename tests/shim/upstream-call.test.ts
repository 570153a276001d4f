import { afterEach, describe, expect, it, vi } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import { bytesOf, env, policyOf, problemOf, send } from "./support.ts";

const gateway = createGateway({
  policy: policyOf(
    [
      { id: "plain", match: { path: "/plain" } },
      { id: "shaped", match: { path: "/shaped" }, response: { transform: "slim" } },
    ],
    {
      upstreams: { shop: { type: "service", binding: "STOREFRONT", timeout: "50ms" } },
      transforms: { slim: [{ pick: ["$.id"] }] },
    },
  ),
});

/** The environment with an upstream that does so, and what it was asked with. */
function asking(fetch: (request: Request, init: RequestInit) => Promise<Response>): GatewayEnv {
  return { ...env, STOREFRONT: { fetch } } as GatewayEnv;
}

const warnings = vi.spyOn(console, "warn");
afterEach(() => {
  warnings.mockClear();
});

describe("a call to an upstream", () => {
  it("is aborted when it gets no answer in time", async () => {
    let signal: AbortSignal | null | undefined;
    const silent = asking((_request, init) => {
      ({ signal } = init);
      return new Promise(() => undefined);
    });
    expect(await problemOf(await send(gateway, "/plain", {}, silent))).toMatchObject({
      status: 504,
      type: "urn:sluice:problem:upstream-timeout",
    });
    expect(signal?.aborted).toBe(true);
  });

  it("is not aborted when its answer streams for longer than that", async () => {
    let signal: AbortSignal | null | undefined;
    const slow = asking((_request, init) => {
      ({ signal } = init);
      const { readable, writable } = new IdentityTransformStream();
      const writer = writable.getWriter();
      setTimeout(() => {
        void writer.write(bytesOf("late")).then(() => writer.close());
      }, 100);
      return Promise.resolve(new Response(readable));
    });
    const response = await send(gateway, "/plain", {}, slow);
    expect(await response.text()).toBe("late");
    expect(signal?.aborted).toBe(false);
  });

  it("has its body cancelled when that doesn't come in time and is waited for", async () => {
    const cancelled = vi.fn();
    const stalled = asking(() =>
      Promise.resolve(
        new Response(new ReadableStream({ type: "bytes", cancel: cancelled }), {
          headers: { "content-type": "application/json" },
        }),
      ),
    );
    expect(await problemOf(await send(gateway, "/shaped", {}, stalled))).toMatchObject({
      status: 504,
    });
    expect(cancelled).toHaveBeenCalled();
  });

  it("that fails is 502, whose reason only the log has", async () => {
    const broken = asking(() => Promise.reject(new Error("connection refused by 10.0.0.7")));
    const response = await send(gateway, "/plain", {}, broken);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 502, type: "urn:sluice:problem:upstream-unreachable" });
    expect(JSON.stringify(problem)).not.toContain("10.0.0.7");
    const [line, cause] = (warnings.mock.calls[0] ?? []) as unknown[];
    expect(line).toContain(problem.requestId);
    expect(line).toContain('"shop"');
    expect(String(cause)).toContain("connection refused by 10.0.0.7");
  });

  it("whose body breaks off is 502, and logged with the reason", async () => {
    const torn = asking(() =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            type: "bytes",
            pull(controller): void {
              controller.error(new Error("reset by peer"));
            },
          }),
          { headers: { "content-type": "application/json" } },
        ),
      ),
    );
    expect(await problemOf(await send(gateway, "/shaped", {}, torn))).toMatchObject({
      status: 502,
      type: "urn:sluice:problem:upstream-unreachable",
    });
    expect(String(warnings.mock.calls[0]?.[1])).toContain("reset by peer");
  });
});

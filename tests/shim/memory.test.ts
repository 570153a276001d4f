import { describe, expect, it, vi } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import { HIGH_WATER_BYTES, stats } from "../../worker-shim/isolate.ts";
import { bytesOf, env, policyOf, problemOf, send, without } from "./support.ts";

const slim = { slim: [{ pick: ["$.id"] }] };
const JSON_TYPE = { "content-type": "application/json" };

interface Health {
  readonly coreBytes: number;
  readonly coreReplacements: number;
  readonly heldBodyBytes: number;
}

async function healthOf(gateway: ReturnType<typeof createGateway>): Promise<Health> {
  return (await send(gateway, "/_sluice/health")).json<Health>();
}

/** An upstream whose answers end when they are told to. */
class Tap {
  readonly #open: (() => void)[] = [];
  readonly env: GatewayEnv = {
    ...env,
    STOREFRONT: { fetch: (request: Request) => Promise.resolve(this.#answer(request)) },
  } as GatewayEnv;

  /** Lets all answers end that have begun. */
  release(): void {
    for (const end of this.#open.splice(0)) end();
  }

  get waiting(): number {
    return this.#open.length;
  }

  #answer(request: Request): Response {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const fill = new URL(request.url).searchParams.get("fill") ?? "0";
    const ignore = (): void => undefined;
    writer.write(bytesOf(`{"id": 1, "fill": "${"x".repeat(Number(fill))}"`)).catch(ignore);
    this.#open.push(() => {
      // Whoever was refused reads no further.
      writer
        .write(bytesOf("}"))
        .then(() => writer.close())
        .catch(ignore);
    });
    return new Response(readable, { headers: JSON_TYPE });
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 1));
}

describe("the budget over the bodies that are held at the same time", () => {
  const route = (id: string, more: object): object => ({ id, match: { path: `/${id}` }, ...more });
  const gateway = createGateway({
    maxHeldBodyBytes: 100_000,
    policy: policyOf(
      [
        route("strict", { response: { transform: "slim" } }),
        route("lenient", { response: { transform: "slim", onInvalidBody: "pass" } }),
        route("upload", { path: "/echo", request: { transform: "slim" } }),
        route("import", { path: "/echo", request: { transform: "slim", onInvalidBody: "pass" } }),
      ],
      { transforms: slim },
    ),
  });
  const post = (path: string, length: number): Promise<Response> =>
    send(gateway, path, {
      method: "POST",
      body: JSON.stringify({ id: 1, fill: "x".repeat(length) }),
      headers: JSON_TYPE,
    });

  it("treats a body that is over it as the route says, and is free again afterwards", async () => {
    const tap = new Tap();
    const first = send(gateway, "/strict?fill=60000", {}, tap.env);
    await until(async () => (await healthOf(gateway)).heldBodyBytes >= 60_000);

    const refused = send(gateway, "/strict?fill=60000", {}, tap.env);
    expect(await problemOf(await refused)).toMatchObject({
      status: 502,
      type: "urn:sluice:problem:upstream-invalid-body",
      budget: "held_bytes",
      detail: expect.stringContaining("more than 100000 bytes") as string,
    });

    const passed = await send(gateway, "/lenient?fill=60000", {}, tap.env);
    const body = passed.text();
    tap.release();
    expect(await body).toBe(`{"id": 1, "fill": "${"x".repeat(60_000)}"}`);

    expect(await (await first).text()).toBe('{"id": 1}');
    expect((await healthOf(gateway)).heldBodyBytes).toBe(0);
    const again = send(gateway, "/strict?fill=60000", {}, tap.env);
    await until(() => tap.waiting > 0);
    tap.release();
    expect(await (await again).text()).toBe('{"id": 1}');
  });

  it("counts the bodies of requests too, which may come again", async () => {
    const tap = new Tap();
    const first = send(gateway, "/strict?fill=60000", {}, tap.env);
    await until(async () => (await healthOf(gateway)).heldBodyBytes >= 60_000);
    const refused = await post("/upload", 60_000);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await problemOf(refused)).toMatchObject({
      status: 503,
      type: "urn:sluice:problem:temporary-overload",
      budget: "held_bytes",
    });
    const passed = await (await post("/import", 60_000)).json<{ body: string }>();
    expect(passed.body.length).toBe(60_000 + '{"id":1,"fill":""}'.length);
    tap.release();
    await (await first).text();
    const taken = await (await post("/upload", 60_000)).json<{ body: string }>();
    expect(taken.body).toBe('{"id":1}');
  });
});

describe("an instance that a large document made large", () => {
  const gateway = createGateway({
    policy: policyOf(
      [
        {
          id: "huge",
          match: { path: "/huge" },
          response: { transform: "slim", maxBodyBytes: 16 << 20 },
        },
        { id: "order", match: { path: "/order" }, response: { transform: "slim" } },
        {
          id: "hashed",
          match: { path: "/hashed" },
          path: "/order",
          response: { transform: "hashed" },
        },
        { id: "slow", match: { path: "/slow" } },
        { id: "limited", match: { path: "/limited" }, path: "/echo", limits: ["day"] },
      ],
      {
        transforms: {
          ...slim,
          hashed: [
            { pick: ["$.id"] },
            { redact: { paths: ["$.id"], hash: { secret: "CARD_KEY" } } },
          ],
        },
        limits: {
          day: {
            algorithm: "fixed_window",
            rate: { units: 2, per: "24h" },
            subject: ["ip"],
            durability: "memory",
            mayForget: true,
            onOutage: "local",
            localShare: 1,
          },
        },
      },
    ),
  });
  // Nothing but values: the densest document, which takes the most memory beside its text.
  const dense = bytesOf(`{"id": 1, "all": [${"1,".repeat(3_000_000)}1]}`);
  const huge = {
    ...env,
    STOREFRONT: { fetch: () => Promise.resolve(new Response(dense, { headers: JSON_TYPE })) },
  } as GatewayEnv;

  it("is replaced once nobody uses it", async () => {
    const { replacements } = stats;
    expect(await (await send(gateway, "/huge", {}, huge)).text()).toBe('{"id": 1}');
    expect(stats.replacements).toBe(replacements + 1);
    expect(await (await send(gateway, "/order")).text()).toBe('{"id": 12345678901234567890}');
    // Keyed anew: the secret was the old one's.
    expect(await (await send(gateway, "/hashed")).text()).toMatch(/^\{"id": "[0-9a-f]{32}"\}$/);
    const health = await healthOf(gateway);
    expect(health.coreReplacements).toBe(replacements + 1);
    expect(health.coreBytes).toBeLessThan(HIGH_WATER_BYTES / 8);
  });

  it("stays as long as a request is under way", async () => {
    const { replacements } = stats;
    const slow = send(gateway, "/slow?ms=300");
    expect(await (await send(gateway, "/huge", {}, huge)).text()).toBe('{"id": 1}');
    expect(stats.replacements).toBe(replacements);
    expect((await healthOf(gateway)).coreBytes).toBeGreaterThan(HIGH_WATER_BYTES);
    expect((await send(gateway, "/order")).status).toBe(200);
    expect(stats.replacements).toBe(replacements);
    expect(await (await slow).text()).toBe("late");
    expect(stats.replacements).toBe(replacements + 1);
  });

  it("is replaced in the end, even if the platform ended a request in the middle", async () => {
    const { replacements } = stats;
    // It never comes to its end.
    void send(gateway, "/slow?ms=0", {}, {
      ...env,
      STOREFRONT: { fetch: () => new Promise(() => undefined) },
    } as unknown as GatewayEnv);
    await (await send(gateway, "/huge", {}, huge)).text();
    expect(stats.replacements).toBe(replacements);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 11_000 });
    try {
      expect(await (await send(gateway, "/order")).text()).toBe('{"id": 12345678901234567890}');
    } finally {
      vi.useRealTimers();
    }
    expect(stats.replacements).toBe(replacements + 1);
    expect(await (await send(gateway, "/order")).text()).toBe('{"id": 12345678901234567890}');
  });

  it("loses no count that was made in it", async () => {
    const { replacements } = stats;
    const unbound = without("SLUICE_LIMITER");
    const charge = async (): Promise<number> =>
      (await send(gateway, "/limited", {}, unbound)).status;
    expect(await charge()).toBe(200);
    await (await send(gateway, "/huge", {}, huge)).text();
    expect(stats.replacements).toBe(replacements + 1);
    expect(await charge()).toBe(200);
    expect(await charge()).toBe(429);
  });
});

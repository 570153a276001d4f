import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { createGateway, type ConfigObject, type Gateway } from "../../worker-shim/index.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { parseBundle } from "../../worker-shim/config/bundle.ts";
import { TOKEN, env, problemOf, send, tagged, without } from "./support.ts";

beforeEach(async () => {
  await reset();
});

const CONFIG = "/_sluice/config";
const ROLLBACK = "/_sluice/config/rollback";

interface PublishedBody {
  readonly revision: number;
  readonly sha256: string;
  readonly created: string;
  readonly distribution: string;
}

function admin(
  gateway: Gateway,
  method: string,
  path: string,
  body?: BodyInit | null,
  headers: Record<string, string> = {},
  bindings: GatewayEnv = env,
): Promise<Response> {
  return send(
    gateway,
    path,
    {
      method,
      ...(body === undefined ? {} : { body }),
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    },
    bindings,
  );
}

function publish(
  gateway: Gateway,
  policy: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return admin(gateway, "POST", CONFIG, JSON.stringify(policy), headers);
}

async function tagOf(gateway: Gateway): Promise<string | null> {
  const response = await send(gateway, "/echo");
  await response.text();
  return response.headers.get("x-tag");
}

describe("the admin endpoints", () => {
  it.each([
    ["GET", CONFIG],
    ["POST", CONFIG],
    ["POST", ROLLBACK],
  ])("%s %s doesn't exist where no token is set", async (method, path) => {
    for (const bindings of [without("SLUICE_ADMIN_TOKEN"), { ...env, SLUICE_ADMIN_TOKEN: "" }]) {
      const response = await admin(createGateway(), method, path, undefined, {}, bindings);
      expect(await problemOf(response)).toMatchObject({ status: 404 });
    }
  });

  it.each([
    ["nothing", ""],
    ["another token", "Bearer test-tokem"],
    ["a shorter one", "Bearer test-toke"],
    ["a longer one", "Bearer test-token2"],
    ["another scheme", "Basic test-token"],
    ["an empty one", "Bearer "],
  ])("want the token, not %s", async (_what, authorization) => {
    const response = await admin(createGateway(), "GET", CONFIG, undefined, { authorization });
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await problemOf(response)).toMatchObject({ status: 401 });
  });

  it("know their methods and paths", async () => {
    const wrong = await admin(createGateway(), "DELETE", CONFIG);
    expect(wrong.headers.get("allow")).toBe("GET, POST");
    expect(wrong.status).toBe(405);
    expect((await admin(createGateway(), "GET", ROLLBACK)).headers.get("allow")).toBe("POST");
    expect((await admin(createGateway(), "GET", "/_sluice/other")).status).toBe(404);
    expect((await admin(createGateway(), "GET", "/_sluice/config/")).status).toBe(404);
  });

  it("say which binding is missing", async () => {
    const response = await admin(
      createGateway(),
      "POST",
      CONFIG,
      "{}",
      {},
      without("SLUICE_CONFIG"),
    );
    expect((await problemOf(response)).detail).toContain("SLUICE_CONFIG");
  });
});

describe("publishing", () => {
  it("takes a policy, counts revisions, puts a bundle in KV and switches this isolate at once", async () => {
    const gateway = createGateway();
    const first = await publish(gateway, tagged("one"));
    expect(first.status).toBe(201);
    expect(first.headers.get("etag")).toBe('"1"');
    const body = await first.json<PublishedBody>();
    expect(body).toMatchObject({ revision: 1, distribution: "kv" });
    expect(body.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await tagOf(gateway)).toBe("one");

    const inKv = await env.SLUICE_KV.getWithMetadata("bundle/default", "arrayBuffer");
    const bundle = parseBundle(new Uint8Array(inKv.value ?? new ArrayBuffer(0)));
    expect(bundle).toMatchObject({ revision: 1, sha256: body.sha256, created: body.created });
    expect(new TextDecoder().decode(bundle.policy)).toBe(JSON.stringify(tagged("one")));
    expect(inKv.metadata).toEqual({ revision: 1, sha256: body.sha256 });

    expect(await (await publish(gateway, tagged("two"))).json()).toMatchObject({ revision: 2 });
    expect(await tagOf(gateway)).toBe("two");
    expect(await tagOf(createGateway())).toBe("two");
  });

  it("refuses a policy with faults, names each, and keeps the old one", async () => {
    const gateway = createGateway();
    await publish(gateway, tagged("one"));
    const bad = {
      ...tagged("bad"),
      limits: { l: { algorithm: "gcra", rate: { units: 0, per: "1x" }, subject: ["ip"] } },
      rotes: [],
    };
    const text = JSON.stringify(bad);
    const problem = await problemOf(await admin(gateway, "POST", CONFIG, text));
    expect(problem).toMatchObject({
      status: 422,
      type: "urn:sluice:problem:invalid-policy",
      code: "invalid_policy",
    });
    const issues = problem["issues"] as {
      pointer: string;
      byteOffset: number;
      message: string;
      code: string;
    }[];
    const pointers = issues.map(({ pointer }) => pointer);
    expect(pointers).toEqual(
      expect.arrayContaining(["/limits/l/rate/units", "/limits/l/rate/per", "/rotes"]),
    );
    const units = issues.find(({ pointer }) => pointer === "/limits/l/rate/units");
    expect(text.slice(units?.byteOffset)).toMatch(/^0,/);
    expect(await tagOf(gateway)).toBe("one");
    expect(await (await admin(gateway, "GET", CONFIG)).json()).toMatchObject({
      current: { revision: 1 },
    });
  });

  it("refuses what is no JSON, with the byte", async () => {
    const problem = await problemOf(
      await admin(createGateway(), "POST", CONFIG, '{"version": 1,}'),
    );
    expect(problem).toMatchObject({ status: 422, code: "invalid_json", byteOffset: 14 });
  });

  it.each([undefined, ""])("refuses an empty body (%j)", async (body) => {
    expect((await admin(createGateway(), "POST", CONFIG, body)).status).toBe(422);
  });

  it("refuses more than 4 MiB", async () => {
    const response = await admin(createGateway(), "POST", CONFIG, " ".repeat((4 << 20) + 1));
    expect(await problemOf(response)).toMatchObject({ status: 413 });
  });

  it("takes a policy larger than a row of the database", async () => {
    const gateway = createGateway();
    const routes = Array.from({ length: 9000 }, (_, index) => ({
      id: `route-${String(index)}`,
      match: { path: `/catalogue/of/many/routes/${String(index)}/{id}` },
      upstream: "shop",
      request: { setHeaders: { "x-padding": "p".repeat(150) } },
    }));
    const text = JSON.stringify({ ...tagged("large"), routes });
    expect(text.length).toBeGreaterThan(2 << 20);
    const published = await admin(gateway, "POST", CONFIG, text);
    expect(published.status).toBe(201);
    expect((await send(gateway, "/catalogue/of/many/routes/8999/x")).status).toBe(404);
  });

  it("holds to If-Match", async () => {
    const gateway = createGateway();
    expect((await publish(gateway, tagged("one"), { "if-match": '"0"' })).status).toBe(201);
    const late = await publish(gateway, tagged("two"), { "if-match": '"0"' });
    expect(late.headers.get("etag")).toBe('"1"');
    expect(await problemOf(late)).toMatchObject({ status: 412 });
    expect((await publish(gateway, tagged("two"), { "if-match": '"1"' })).status).toBe(201);
    expect((await publish(gateway, tagged("three"), { "if-match": "*" })).status).toBe(201);
    expect((await publish(gateway, tagged("four"), { "if-match": "3" })).status).toBe(400);
  });

  it("gives two publishers at once two revisions, and KV ends with the higher", async () => {
    const gateway = createGateway();
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, index) =>
        (await publish(gateway, tagged(`p${String(index)}`))).json<PublishedBody>(),
      ),
    );
    expect(answers.map(({ revision }) => revision).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    const value = await env.SLUICE_KV.get("bundle/default", "arrayBuffer");
    expect(parseBundle(new Uint8Array(value ?? new ArrayBuffer(0))).revision).toBe(6);
  });
});

describe("KV that doesn't take a revision", () => {
  it("leaves it recorded, says so, and is tried again", async () => {
    const object = env.SLUICE_CONFIG.getByName("default");
    const gateway = createGateway();
    await publish(gateway, tagged("one"));
    let works = false;
    await runInDurableObject(object, (instance: ConfigObject) => {
      const inside = instance as unknown as { env: GatewayEnv };
      const kv = env.SLUICE_KV;
      const put = (...args: Parameters<KVNamespace["put"]>): Promise<void> =>
        works ? kv.put(...args) : Promise.reject(new Error("429: one write a second"));
      inside.env = { ...env, SLUICE_KV: { put } as unknown as KVNamespace };
    });
    const pending = await publish(gateway, tagged("two"));
    expect(pending.status).toBe(202);
    expect(await pending.json()).toMatchObject({ revision: 2, distribution: "pending" });
    expect(await tagOf(gateway)).toBe("two");
    expect(await tagOf(createGateway())).toBe("one");

    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await tagOf(createGateway())).toBe("one");
    works = true;
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await tagOf(createGateway())).toBe("two");
    expect(await (await admin(gateway, "GET", CONFIG)).json()).toMatchObject({
      current: { revision: 2, distribution: "kv" },
    });
    expect(await runDurableObjectAlarm(object)).toBe(false);
  });
});

describe("rolling back", () => {
  it("brings old content back as a new revision", async () => {
    const gateway = createGateway();
    const first = await (await publish(gateway, tagged("one"))).json<PublishedBody>();
    await publish(gateway, tagged("two"));
    const response = await admin(gateway, "POST", ROLLBACK, JSON.stringify({ revision: 1 }));
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      revision: 3,
      sha256: first.sha256,
      rollbackOf: 1,
    });
    expect(await tagOf(gateway)).toBe("one");
    const { history } = await (
      await admin(gateway, "GET", CONFIG)
    ).json<{ history: PublishedBody[] }>();
    expect(history.map(({ revision }) => revision)).toEqual([3, 2, 1]);
  });

  it.each(['{"revision": 9}'])("is 409 for a revision that isn't there: %s", async (body) => {
    expect(await problemOf(await admin(createGateway(), "POST", ROLLBACK, body))).toMatchObject({
      status: 409,
    });
  });

  it.each([
    "",
    "{",
    "[]",
    "{}",
    '{"revision": "1"}',
    '{"revision": 0}',
    '{"revision": 1.5}',
    "null",
  ])("is 400 for the body %j", async (body) => {
    expect(await problemOf(await admin(createGateway(), "POST", ROLLBACK, body))).toMatchObject({
      status: 400,
    });
  });
});

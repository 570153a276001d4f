import { beforeEach, describe, expect, it } from "vitest";
import { reset } from "cloudflare:test";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import {
  TOKEN,
  bundleOf,
  bytesOf,
  env,
  policyOf,
  problemOf,
  putBundle,
  send,
  tagged,
} from "./support.ts";

/** The Worker under test has this one (vitest.config.ts), and no other. */
const CARD_KEY = "a key for tests";

function keyedWith(...bindings: string[]): object {
  return policyOf([{ id: "order", match: { path: "/order" }, response: { transform: "hashed" } }], {
    transforms: {
      plain: [{ pick: ["$.id"] }],
      hashed: [
        { pick: ["$.card.number", "$.note"] },
        ...bindings.map((secret) => ({ redact: { paths: ["$.card.number"], hash: { secret } } })),
      ],
    },
  });
}

async function hmac(key: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", bytesOf(key), algorithm, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytesOf(text)));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

beforeEach(async () => {
  await reset();
});

describe("a policy that names a secret", () => {
  it("is keyed with the Worker's", async () => {
    const gateway = createGateway({ policy: keyedWith("CARD_KEY") });
    expect(await (await send(gateway, "/order")).json()).toEqual({
      card: { number: await hmac(CARD_KEY, "4111") },
      note: "é€😀",
    });
  });

  it("is keyed with several, each with its own", async () => {
    const gateway = createGateway({ policy: keyedWith("CARD_KEY", "OTHER_KEY", "CARD_KEY") });
    const bindings = { ...env, OTHER_KEY: "ključ 🔑" } as GatewayEnv;
    const order = await send(gateway, "/order", {}, bindings);
    let expected = "4111";
    for (const key of [CARD_KEY, "ključ 🔑", CARD_KEY]) expected = await hmac(key, expected);
    expect(await order.json()).toMatchObject({ card: { number: expected } });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["lacks it", {}, "has none"],
    ["has it empty", { OTHER_KEY: "" }, "has an empty one"],
    ["has something else there", { OTHER_KEY: { fetch: 1 } }, "has no text there"],
  ])("isn't taken where the Worker %s, and the last good one stays", async (_name, more, why) => {
    const gateway = createGateway();
    const bindings = { ...env, ...more, SLUICE_REFRESH_MS: 0 } as GatewayEnv;
    await putBundle(await bundleOf(tagged("good"), 1));
    expect((await send(gateway, "/echo", {}, bindings)).headers.get("x-tag")).toBe("good");
    await putBundle(await bundleOf(keyedWith("CARD_KEY", "OTHER_KEY"), 2));
    await send(gateway, "/echo", {}, bindings);
    expect((await send(gateway, "/echo", {}, bindings)).headers.get("x-tag")).toBe("good");
    expect(await (await send(gateway, "/_sluice/health", {}, bindings)).json()).toMatchObject({
      revision: 1,
      lastError: { code: "missing_secret", revision: 2 },
    });
    const config = await send(
      gateway,
      "/_sluice/config",
      { headers: { authorization: `Bearer ${TOKEN}` } },
      bindings,
    );
    const { isolate } = await config.json<{ isolate: { lastError: { message: string } } }>();
    expect(isolate.lastError.message).toContain("OTHER_KEY");
    expect(isolate.lastError.message).toContain("/transforms/hashed");
    expect(isolate.lastError.message).toContain(why);
  });

  it("isn't published where the Worker lacks it, and the answer says which", async () => {
    const gateway = createGateway();
    const policy = JSON.stringify(keyedWith("OTHER_KEY", "CARD_KEY"));
    const response = await send(gateway, "/_sluice/config", {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: policy,
    });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 422, code: "missing_secret", issueCount: 1 });
    expect(problem["issues"]).toMatchObject([
      {
        code: "missing_secret",
        pointer: "/transforms/hashed",
        byteOffset: policy.indexOf('[{"pick":["$.card'),
        message: expect.stringContaining("wrangler secret put OTHER_KEY") as string,
      },
    ]);
  });

  it("is published where the Worker has it", async () => {
    const response = await send(createGateway(), "/_sluice/config", {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(keyedWith("CARD_KEY")),
    });
    expect(response.status).toBe(201);
  });
});

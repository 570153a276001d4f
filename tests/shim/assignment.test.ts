import { describe, expect, it, vi } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { isolateExposures, type ExposureCounts } from "../../worker-shim/gateway/exposures.ts";
import {
  createGateway,
  signOverride,
  type Exposure,
  type ExposureMessage,
  type Gateway,
} from "../../worker-shim/index.ts";
import { isolateCore } from "../../worker-shim/isolate.ts";
import { TOKEN, bytesOf, env, policyOf, problemOf, send, without } from "./support.ts";

interface Echo {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const KEY = "a cookie key of thirty-two bytes!";
const OTHER_KEY = "another cookie key, thirty-two b!";
const VISITOR = "__Host-sluice-visitor";
const STICKY = "__Host-sluice-sticky";

/** What a browser sends where somebody follows a link, and what a page's script sends. */
const NAVIGATION = { "sec-fetch-mode": "navigate", accept: "text/html" };
const FETCH = { "sec-fetch-mode": "cors", accept: "*/*" };

const experimentOf = (rest: object = {}): object => ({
  key: "page-2026",
  variations: ["a", "b", "c"],
  weights: [0.2, 0.4, 0.4],
  coverage: 1,
  hashAttribute: "id",
  hashVersion: 2,
  seed: "page",
  meta: [{ key: "a" }, { key: "b" }, { key: "c" }],
  ...rest,
});

const FEATURES = {
  page: { defaultValue: "a", rules: [experimentOf()] },
  sale: {
    defaultValue: "off",
    rules: [
      experimentOf({
        key: "sale",
        variations: ["off", "on"],
        weights: [0, 1],
        seed: "sale",
        meta: [],
      }),
    ],
  },
  kraut: {
    defaultValue: false,
    rules: [{ condition: { country: "DE" }, force: true }],
  },
  text: { defaultValue: "é€😀" },
  // By a rule: too long by its default value alone would be a warning.
  long: { defaultValue: "", rules: [{ force: "x".repeat(8192) }] },
};

/** Nobody's rule: a route may name only values that its feature can have. */
const ELSEWHERE = { condition: { country: "XX" }, force: "c" };

const VARIANTS = {
  feature: "page",
  variants: {
    b: { setHeaders: { "x-variant": "b" } },
    c: { setHeaders: { "x-variant": "c" } },
  },
};

const ROUTES = [
  { id: "page", match: { path: "/page" }, path: "/echo", experiment: VARIANTS },
  { id: "plain", match: { path: "/echo" } },
  { id: "public", match: { path: "/cookies" }, experiment: VARIANTS },
  { id: "broken", match: { path: "/broken" }, upstream: "broken", experiment: VARIANTS },
  {
    id: "limited",
    match: { path: "/limited" },
    path: "/echo",
    experiment: VARIANTS,
    limits: ["once"],
  },
  {
    id: "sale",
    match: { path: "/sale/{season}" },
    path: "/echo",
    experiment: { feature: "sale", variants: { on: { redirect: "/sold/{season}" } } },
    response: { setHeaders: { "cache-control": "public, max-age=60", "x-served": "edge" } },
  },
  {
    id: "flags",
    match: { path: "/flags" },
    path: "/echo",
    flags: { features: ["page", "kraut", "text"], header: "x-flags" },
  },
  {
    id: "long-flags",
    match: { path: "/long-flags" },
    path: "/echo",
    flags: { features: ["kraut", "long"], header: "x-flags" },
  },
  { id: "always", match: { path: "/always" }, path: "/echo", experiment: VARIANTS, mint: "always" },
  { id: "never", match: { path: "/never" }, path: "/echo", experiment: VARIANTS, mint: "never" },
];

function policyWith(features: object = {}, payload: object = {}): object {
  return policyOf(ROUTES, {
    upstreams: {
      shop: { type: "service", binding: "STOREFRONT", timeout: "2s" },
      broken: { type: "service", binding: "BROKEN" },
    },
    limits: {
      once: {
        algorithm: "fixed_window",
        rate: { units: 1, per: "1h" },
        subject: [],
        durability: "strict",
      },
    },
    features: {
      attributes: { id: ["header:x-device-id", "visitor"], country: "header:cf-ipcountry" },
      keys: { current: "COOKIE_KEY", previous: "COOKIE_KEY_OLD" },
      payload: { features: FEATURES, ...payload },
      ...features,
    },
  });
}

/** A queue that keeps what it is sent. */
function collecting(keys: object = {}): { bindings: GatewayEnv; messages: ExposureMessage[] } {
  const messages: ExposureMessage[] = [];
  const queue = {
    send: (message: ExposureMessage) => Promise.resolve(void messages.push(message)),
  };
  return { bindings: bindingsWith(queue.send, keys), messages };
}

function bindingsWith(
  queueSend: (message: ExposureMessage) => Promise<unknown>,
  keys: object = {},
): GatewayEnv {
  const bindings = { ...env, COOKIE_KEY: KEY, SLUICE_EXPOSURES: { send: queueSend }, ...keys };
  return bindings;
}

/** The cookies that an answer sets, by name: value, then attributes. */
function cookiesOf(response: Response): Record<string, { value: string; attributes: string }> {
  return Object.fromEntries(
    response.headers.getSetCookie().map((cookie) => {
      const [, name = "", value = "", attributes = ""] = /^([^=]+)=([^;]*)(.*)$/.exec(cookie) ?? [];
      return [name, { value, attributes }];
    }),
  );
}

const idOf = (response: Response): string => cookiesOf(response)[VISITOR]?.value ?? "";
const cookie = (values: Record<string, string>): Record<string, string> => ({
  cookie: Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join("; "),
});

async function variantOf(response: Response): Promise<string> {
  const { headers } = await response.json<Echo>();
  return headers["x-variant"] ?? "a";
}

/** What GrowthBook's rule says for this id. */
function expected(id: string, feature = "page"): unknown {
  const features = isolateCore().compileFeatures(JSON.stringify({ features: FEATURES }));
  try {
    return features.evaluate(JSON.stringify({ id })).value(feature);
  } finally {
    features.dispose();
  }
}

function countsSince(before: ExposureCounts): Record<string, number> {
  return Object.fromEntries(
    Object.entries(isolateExposures.counts).map(([name, count]) => [
      name,
      (count as number) - before[name as keyof ExposureCounts],
    ]),
  );
}
const countsNow = (): ExposureCounts => ({ ...isolateExposures.counts });

const gateway = createGateway({ policy: policyWith() });

describe("the first visit", () => {
  it("of six requests at once has one id, one exposure, one cookie", async () => {
    const { bindings, messages } = collecting();
    const page = (headers: Record<string, string>): Promise<Response> =>
      send(gateway, "/page", { headers }, bindings);
    const [first, ...others] = await Promise.all([
      page(NAVIGATION),
      ...Array.from({ length: 5 }, () => page(FETCH)),
    ]);
    const { value, attributes } = cookiesOf(first)[VISITOR] ?? { value: "", attributes: "" };
    const id = value.split(".")[0] ?? "";
    expect(id).toMatch(/^[\w-]{8,64}$/);
    for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"]) {
      expect(attributes).toContain(`; ${attribute}`);
    }
    expect(await variantOf(first)).toBe(expected(id));
    for (const other of others) {
      expect(other.headers.getSetCookie()).toEqual([]);
      expect(await variantOf(other)).toBe("a");
    }
    expect(messages).toHaveLength(1);
    const [exposure] = messages[0]?.exposures ?? [];
    expect(messages[0]).toMatchObject({ version: 1, route: "page", revision: 0 });
    expect(exposure).toEqual<Exposure>({
      id: expect.stringMatching(/^[\w-]{22}$/) as string,
      feature: "page",
      experiment: "page-2026",
      variation: String(expected(id)),
      variationIndex: ["a", "b", "c"].indexOf(String(expected(id))),
      attribute: "id",
      value: id,
      sticky: false,
    });
  });

  it("is a navigation by its Accept where the browser doesn't say", async () => {
    const { bindings } = collecting();
    const old = await send(gateway, "/page", { headers: { accept: "text/html,*/*" } }, bindings);
    expect(idOf(old)).not.toBe("");
    const api = await send(gateway, "/page", { headers: { accept: "*/*" } }, bindings);
    expect(idOf(api)).toBe("");
    const frame = { "sec-fetch-mode": "cors", accept: "text/html" };
    expect(idOf(await send(gateway, "/page", { headers: frame }, bindings))).toBe("");
  });

  it("mints as the route says", async () => {
    const { bindings, messages } = collecting();
    expect(idOf(await send(gateway, "/always", { headers: FETCH }, bindings))).not.toBe("");
    expect(idOf(await send(gateway, "/never", { headers: NAVIGATION }, bindings))).toBe("");
    expect(messages.map(({ route }) => route)).toEqual(["always"]);
  });

  it("mints nothing for who brings an id by header", async () => {
    const { bindings, messages } = collecting();
    const headers = { ...NAVIGATION, "x-device-id": "device-1" };
    const response = await send(gateway, "/page", { headers }, bindings);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await variantOf(response)).toBe(expected("device-1"));
    expect(messages[0]?.exposures[0]).toMatchObject({ attribute: "id", value: "device-1" });
  });

  it("leaves routes without an experiment alone", async () => {
    const { bindings, messages } = collecting();
    const response = await send(gateway, "/echo", { headers: NAVIGATION }, bindings);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get("cache-control")).toBeNull();
    expect(messages).toEqual([]);
  });
});

describe("the next visit", () => {
  it("gets the same variant, no cookie, and no second exposure that day", async () => {
    const { bindings, messages } = collecting();
    for (let visitor = 0; visitor < 10; visitor++) {
      const first = await send(gateway, "/page", { headers: NAVIGATION }, bindings);
      const known = cookie({ [VISITOR]: idOf(first) });
      const variant = await variantOf(first);
      const before = countsNow();
      for (const headers of [NAVIGATION, FETCH, NAVIGATION]) {
        const next = await send(gateway, "/page", { headers: { ...headers, ...known } }, bindings);
        expect(next.headers.getSetCookie()).toEqual([]);
        expect(await variantOf(next)).toBe(variant);
      }
      expect(countsSince(before)).toMatchObject({ attempted: 3, deduplicated: 3, sent: 0 });
    }
    expect(messages).toHaveLength(10);
  });

  it("with a cookie that isn't ours is a first one", async () => {
    const { bindings, messages } = collecting();
    const first = idOf(await send(gateway, "/page", { headers: NAVIGATION }, bindings));
    const [id = "", mac = ""] = first.split(".");
    const forged = [
      `${id.slice(0, -1)}${id.endsWith("A") ? "B" : "A"}.${mac}`,
      `${id}.${mac.slice(0, -1)}`,
      `${id}.${"A".repeat(mac.length)}`,
      id,
      "",
      "x".repeat(4_000),
    ];
    for (const value of forged) {
      const known = cookie({ [VISITOR]: value });
      messages.length = 0;
      const page = await send(gateway, "/page", { headers: { ...FETCH, ...known } }, bindings);
      expect(await variantOf(page)).toBe("a");
      expect(messages).toEqual([]);
      const next = await send(gateway, "/page", { headers: { ...NAVIGATION, ...known } }, bindings);
      const minted = idOf(next).split(".")[0] ?? "";
      expect(minted).not.toBe("");
      expect(minted).not.toBe(id);
      expect(messages[0]?.exposures[0]?.value).toBe(minted);
    }
  });

  it("under a new key keeps the id, and gets it signed anew", async () => {
    const old = collecting();
    const first = await send(gateway, "/page", { headers: NAVIGATION }, old.bindings);
    const known = { ...NAVIGATION, ...cookie({ [VISITOR]: idOf(first) }) };
    const [id] = idOf(first).split(".");
    const rotated = collecting({ COOKIE_KEY: OTHER_KEY, COOKIE_KEY_OLD: KEY });
    const moved = createGateway({ policy: policyWith() });
    const next = await send(moved, "/page", { headers: known }, rotated.bindings);
    expect(idOf(next)).toMatch(new RegExp(`^${String(id)}\\.`));
    expect(idOf(next)).not.toBe(idOf(first));
    expect(await variantOf(next)).toBe(await variantOf(first));
    const resigned = { ...FETCH, ...cookie({ [VISITOR]: idOf(next) }) };
    const last = await send(moved, "/page", { headers: resigned }, rotated.bindings);
    expect(last.headers.getSetCookie()).toEqual([]);

    const forgotten = collecting({ COOKIE_KEY: OTHER_KEY });
    const without = createGateway({ policy: policyWith() });
    const stranger = await send(without, "/page", { headers: known }, forgotten.bindings);
    expect(idOf(stranger).split(".")[0]).not.toBe(id);
  });

  it("keeps an id of before, where the policy adopts it", async () => {
    const { bindings } = collecting();
    const adopting = createGateway({
      policy: policyWith({ visitorCookie: { adopt: ["gbuuid"] } }),
    });
    const headers = { ...NAVIGATION, ...cookie({ gbuuid: "0123-4567-89ab" }) };
    const response = await send(adopting, "/page", { headers }, bindings);
    expect(idOf(response)).toMatch(/^0123-4567-89ab\./);
    expect(await variantOf(response)).toBe(expected("0123-4567-89ab"));
  });
});

describe("who isn't to be counted", () => {
  it("isn't kept before consent, and is forgotten when it ends", async () => {
    const policy = policyWith({
      consent: { fact: "cookie:consent", is: ["all", "analytics"], exposures: false },
      sticky: {},
    });
    const { bindings, messages } = collecting();
    const careful = createGateway({ policy });
    const page = (headers: Record<string, string>): Promise<Response> =>
      send(careful, "/page", { headers: { ...NAVIGATION, ...headers } }, bindings);
    const before = await page({});
    expect(before.headers.getSetCookie()).toEqual([]);
    expect(await variantOf(before)).toBe("a");
    expect(messages).toEqual([]);

    const agreed = await page(cookie({ consent: "all" }));
    const id = idOf(agreed);
    expect(id).not.toBe("");
    expect(await variantOf(agreed)).toBe(expected(id.split(".")[0] ?? ""));
    expect(messages).toHaveLength(1);

    const revoked = await page(cookie({ consent: "none", [VISITOR]: id }));
    expect(cookiesOf(revoked)[VISITOR]).toMatchObject({
      value: "",
      attributes: expect.stringContaining("Max-Age=0") as string,
    });
    expect(await variantOf(revoked)).toBe("a");
    expect(messages).toHaveLength(1);
  });

  it("is no bot", async () => {
    const { bindings, messages } = collecting();
    for (const agent of ["Googlebot/2.1 (+http://www.google.com/bot.html)", "SomeCrawler 1"]) {
      const headers = { ...NAVIGATION, "user-agent": agent, "x-device-id": "device-2" };
      const response = await send(gateway, "/page", { headers }, bindings);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await variantOf(response)).toBe("a");
    }
    expect(messages).toEqual([]);
  });

  it("was not admitted", async () => {
    const { bindings, messages } = collecting();
    const first = await send(gateway, "/limited", { headers: NAVIGATION }, bindings);
    expect(first.status).toBe(200);
    expect(messages).toHaveLength(1);
    const denied = await send(gateway, "/limited", { headers: NAVIGATION }, bindings);
    expect(denied.status).toBe(429);
    expect(denied.headers.getSetCookie()).toEqual([]);
    expect(messages).toHaveLength(1);
  });
});

describe("an override", () => {
  const forcing = createGateway({ policy: policyWith({ override: {} }) });
  const tokenFor = (
    experiments: Record<string, number>,
    seconds = 60,
    key = KEY,
  ): Promise<string> => signOverride({ experiments, expires: Date.now() + seconds * 1_000 }, key);

  it("shows a variation by link, and from then on by cookie, uncounted", async () => {
    const { bindings, messages } = collecting();
    for (const [index, variant] of ["a", "b", "c"].entries()) {
      const token = await tokenFor({ "page-2026": index });
      const path = `/page?sluice-override=${token}`;
      const response = await send(forcing, path, { headers: NAVIGATION }, bindings);
      expect(await variantOf(response)).toBe(variant);
      const set = cookiesOf(response)["__Host-sluice-override"];
      expect(set?.attributes).not.toMatch(/Max-Age=(?!0)\d{4,}/);
      const headers = { ...NAVIGATION, ...cookie({ "__Host-sluice-override": set?.value ?? "" }) };
      const next = await send(forcing, "/page", { headers }, bindings);
      expect(await variantOf(next)).toBe(variant);
    }
    expect(messages).toEqual([]);
  });

  it("is nothing when it is over, or signed by somebody else", async () => {
    const { bindings } = collecting();
    const headers = { "x-device-id": "device-3" };
    const wrong = (["a", "b", "c"].indexOf(String(expected("device-3"))) + 1) % 3;
    for (const token of [
      await tokenFor({ "page-2026": wrong }, -1),
      await tokenFor({ "page-2026": wrong }, 60, OTHER_KEY),
      "x.y",
    ]) {
      const path = `/page?sluice-override=${token}`;
      const response = await send(forcing, path, { headers }, bindings);
      expect(await variantOf(response)).toBe(expected("device-3"));
      expect(cookiesOf(response)).not.toHaveProperty("__Host-sluice-override");
    }
  });
});

describe("a variant's redirect", () => {
  it("goes out after its exposure", async () => {
    const order: string[] = [];
    const bindings = bindingsWith(async () => {
      await scheduler.wait(50);
      order.push("exposure");
    });
    const headers = { ...NAVIGATION, "x-request-id": "redirect-1" };
    const response = await send(gateway, "/sale/summer?utm=x", { headers }, bindings);
    order.push("redirect");
    expect(order).toEqual(["exposure", "redirect"]);
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/sold/summer?utm=x");
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(response.headers.get("x-request-id")).toBe("redirect-1");
    expect(response.headers.get("x-served")).toBe("edge");
    expect(idOf(response)).not.toBe("");
    expect(await response.text()).toBe("");
  });

  it("is for GET and HEAD only", async () => {
    const { bindings } = collecting();
    const headers = { "x-device-id": "device-4" };
    const post = await send(gateway, "/sale/x", { method: "POST", body: "{}", headers }, bindings);
    expect(post.status).toBe(200);
    const head = await send(gateway, "/sale/x", { method: "HEAD", headers }, bindings);
    expect(head.status).toBe(302);
  });

  it("doesn't wait for a queue that fails, nor longer than a second for one that hangs", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const before = countsNow();
    const headers = { "x-device-id": "device-5" };
    const down = bindingsWith(() => Promise.reject(new Error("down")));
    const response = await send(gateway, "/sale/x", { headers }, down);
    expect(response.status).toBe(302);
    expect(countsSince(before)).toMatchObject({ attempted: 1, sent: 0, failed: 1 });
    error.mockRestore();

    let release: (value: unknown) => void = () => undefined;
    const hanging = bindingsWith(() => new Promise((resolve) => void (release = resolve)));
    const begun = Date.now();
    setTimeout(() => {
      release(undefined);
    }, 1_500);
    const late = await send(gateway, "/sale/x", { headers }, hanging);
    expect(late.status).toBe(302);
    // `send` waits for what is left behind, so it was the queue that took so long.
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1_400);
    expect(countsSince(before)).toMatchObject({
      attempted: 2,
      sent: 1,
      failed: 1,
      lateRedirects: 1,
    });
  });
});

describe("what becomes of the answer", () => {
  it("isn't for shared caches where it sets a cookie", async () => {
    const { bindings } = collecting();
    const response = await send(gateway, "/cookies", { headers: NAVIGATION }, bindings);
    expect(response.headers.get("cache-control")).toBe("private, max-age=60");
    const [first, second, ours] = response.headers.getSetCookie();
    expect([first, second]).toEqual(["a=1", "b=2"]);
    expect(ours).toMatch(new RegExp(`^${VISITOR}=`));
  });

  it("keeps the id, and counts, where the upstream fails", async () => {
    const { bindings, messages } = collecting();
    const response = await send(gateway, "/broken", { headers: NAVIGATION }, bindings);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(idOf(response)).not.toBe("");
    expect(await problemOf(response)).toMatchObject({ status: 502 });
    expect(messages).toHaveLength(1);
  });

  it("is the same while the queue is down", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const before = countsNow();
    const down = bindingsWith(() => Promise.reject(new Error("down")));
    const response = await send(gateway, "/page", { headers: NAVIGATION }, down);
    expect(response.status).toBe(200);
    expect(idOf(response)).not.toBe("");
    expect(countsSince(before)).toMatchObject({ attempted: 1, sent: 0, failed: 1 });
    error.mockRestore();
    const health = await (await send(gateway, "/_sluice/health", {}, down)).json();
    expect(health).toMatchObject({ exposures: isolateExposures.counts, warnings: 0 });
  });

  it("comes with a finding where there is no queue", async () => {
    const { bindings } = collecting();
    const findingsOf = async (from: GatewayEnv): Promise<string> => {
      const response = await send(gateway, "/_sluice/health", {}, from);
      return (await response.json<{ findings: string[] }>()).findings.join();
    };
    expect(await findingsOf(bindings)).not.toContain("no-exposure-queue");
    expect(await findingsOf(without("SLUICE_EXPOSURES"))).toContain("no-exposure-queue");
  });

  it("tells the upstream the flags, and never a client's own", async () => {
    const { bindings, messages } = collecting();
    const headers = {
      "x-device-id": "device-6",
      "cf-ipcountry": "DE",
      "x-flags": '{"kraut":"forged"}',
    };
    const response = await send(gateway, "/flags", { headers }, bindings);
    const seen = (await response.json<Echo>()).headers["x-flags"] ?? "";
    expect(seen).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(seen)).toEqual({ page: expected("device-6"), kraut: true, text: "é€😀" });
    expect(messages[0]?.exposures.map(({ experiment }) => experiment)).toEqual(["page-2026"]);
  });

  it("has no flags that are longer than a header may be, which is counted", async () => {
    const { bindings } = collecting();
    const health = async (): Promise<{ flagsTooLong: number }> =>
      (await send(gateway, "/_sluice/health", {}, bindings)).json();
    const { flagsTooLong } = await health();
    const headers = { ...NAVIGATION, "x-flags": '{"kraut":"forged"}' };
    const response = await send(gateway, "/long-flags", { headers }, bindings);
    expect((await response.json<Echo>()).headers["x-flags"]).toBeUndefined();
    await send(gateway, "/flags", { headers }, bindings);
    expect((await health()).flagsTooLong).toBe(flagsTooLong + 1);
  });

  it("is by the page's address and the kind of device, where the payload asks for it", async () => {
    const { bindings } = collecting();
    const condition = {
      url: { $regex: "[?&]on=1" },
      utm: "mail",
      device: "mobile",
      host: "shop.example.com",
    };
    const targeted = createGateway({
      policy: policyWith(
        {
          attributes: {
            id: "visitor",
            url: "url",
            utm: "query:utm",
            device: "device",
            host: "host",
            country: "header:cf-ipcountry",
          },
        },
        {
          features: {
            ...FEATURES,
            page: { defaultValue: "a", rules: [{ condition, force: "b" }, ELSEWHERE] },
          },
        },
      ),
    });
    const page = (path: string, agent: string): Promise<string> =>
      send(targeted, path, { headers: { "user-agent": agent } }, bindings).then(variantOf);
    const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148";
    expect(await page("/page?utm=mail&on=1", phone)).toBe("b");
    expect(await page("/page?utm=mail&on=1", "Mozilla/5.0 (X11; Linux x86_64)")).toBe("a");
    expect(await page("/page?utm=mail", phone)).toBe("a");
    expect(await page("/page?utm=sms&on=1", phone)).toBe("a");
  });
});

describe("another policy", () => {
  const rolledOut = (coverage: number): Gateway =>
    createGateway({
      policy: policyWith(
        {},
        {
          features: {
            ...FEATURES,
            page: {
              defaultValue: "a",
              rules: [
                { force: "b", coverage, hashAttribute: "id", hashVersion: 2, seed: "rollout" },
                ELSEWHERE,
              ],
            },
          },
        },
      ),
    });

  it("with a larger rollout moves those in between, and nobody else", async () => {
    const { bindings, messages } = collecting();
    const [tenth, fifth] = [rolledOut(0.1), rolledOut(0.2)];
    const variants = async (gateway: Gateway): Promise<string[]> => {
      const all: string[] = [];
      while (all.length < 500) {
        const users = Array.from({ length: 20 }, (_, user) => `user-${all.length + user}`);
        const answers = users.map((user) =>
          send(gateway, "/page", { headers: { "x-device-id": user } }, bindings).then(variantOf),
        );
        all.push(...(await Promise.all(answers)));
      }
      return all;
    };
    const [before, after] = [await variants(tenth), await variants(fifth)];
    const bucket = (user: number): number => isolateCore().hash("rollout", `user-${user}`, 2) ?? 1;
    before.forEach((variant, user) => expect(variant).toBe(bucket(user) <= 0.1 ? "b" : "a"));
    after.forEach((variant, user) => expect(variant).toBe(bucket(user) <= 0.2 ? "b" : "a"));
    const moved = after.filter((variant, user) => variant !== before[user]);
    expect(moved.length).toBeGreaterThan(20);
    expect(moved.every((variant) => variant === "b")).toBe(true);
    expect(messages).toEqual([]);
  });

  it("with other weights moves nobody whose bucket is sticky", async () => {
    const { bindings, messages } = collecting();
    const weighted = (weights: readonly number[]): Gateway =>
      createGateway({
        policy: policyWith(
          { sticky: {} },
          {
            features: {
              ...FEATURES,
              page: { defaultValue: "a", rules: [experimentOf({ weights })] },
            },
          },
        ),
      });
    const before = weighted([0, 1, 0]);
    const after = weighted([0, 0, 1]);
    const first = await send(before, "/page", { headers: NAVIGATION }, bindings);
    const kept = cookiesOf(first);
    expect(kept[STICKY]?.attributes).toContain("; HttpOnly");
    const [id, sticky] = [kept[VISITOR]?.value ?? "", kept[STICKY]?.value ?? ""];
    const known = { ...NAVIGATION, ...cookie({ [VISITOR]: id, [STICKY]: sticky }) };
    expect(await variantOf(first)).toBe("b");
    messages.length = 0;
    expect(await variantOf(await send(after, "/page", { headers: known }, bindings))).toBe("b");
    const stranger = { ...NAVIGATION, ...cookie({ [VISITOR]: id }) };
    expect(await variantOf(await send(after, "/page", { headers: stranger }, bindings))).toBe("c");
    const tampered = `${sticky.slice(0, -1)}${sticky.endsWith("A") ? "B" : "A"}`;
    const forged = { ...NAVIGATION, ...cookie({ [VISITOR]: id, [STICKY]: tampered }) };
    expect(await variantOf(await send(after, "/page", { headers: forged }, bindings))).toBe("c");
  });
});

describe("exposures", () => {
  const visit = (features: object, bindings: GatewayEnv): Promise<Response> =>
    send(
      createGateway({ policy: policyWith(features) }),
      "/page",
      { headers: { "x-device-id": "device-8" } },
      bindings,
    );

  it("go to Analytics Engine, or nowhere, if the policy says so", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const dataset = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
    const { bindings, messages } = collecting({ DATA: dataset });
    const before = countsNow();
    await visit({ exposures: false }, bindings);
    expect(countsSince(before)).toMatchObject({ attempted: 0 });
    await visit({ exposures: { analytics: "DATA", sample: 1 } }, bindings);
    expect(countsSince(before)).toMatchObject({ attempted: 1, sent: 1 });
    expect(points).toMatchObject([{ indexes: ["page-2026"] }]);
    expect(messages).toEqual([]);
  });

  it("name the user by a hash, if the policy says so", async () => {
    const { bindings, messages } = collecting();
    await visit({ exposures: { queue: "SLUICE_EXPOSURES", user: "hash" } }, bindings);
    const value = messages[0]?.exposures[0]?.value ?? "";
    expect(value).toMatch(/^[\w-]{22}$/);
    expect(JSON.stringify(messages)).not.toContain("device-8");
  });
});

describe("a payload with warnings", () => {
  it("is taken, and the warnings are told to its publisher", async () => {
    const { bindings } = collecting();
    const policy = policyWith({}, { features: { ...FEATURES, odd: oddFeature() } });
    const publisher = createGateway();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const body = bytesOf(JSON.stringify(policy));
    const published = await send(
      publisher,
      "/_sluice/config",
      { method: "POST", headers, body },
      bindings,
    );
    expect(published.status).toBe(201);
    const { warnings } = await published.json<{ warnings: { pointer: string; code: string }[] }>();
    expect(warnings).toMatchObject([
      {
        code: "unknown_operator",
        pointer: "/features/payload/features/odd/rules/0/condition/country/$sounds",
      },
    ]);
    const shown = await send(publisher, "/_sluice/config", { headers }, bindings);
    expect(await shown.json()).toMatchObject({ isolate: { warnings } });
    const health = await send(publisher, "/_sluice/health", {}, bindings);
    expect(await health.json()).toMatchObject({ warnings: 1 });
  });
});

function oddFeature(): object {
  return {
    defaultValue: 0,
    rules: [{ condition: { country: { $sounds: "like" } }, force: 1 }],
  };
}

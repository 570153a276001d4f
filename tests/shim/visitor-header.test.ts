import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { createGateway, signOverride } from "../../worker-shim/index.ts";
import { env, policyOf } from "./support.ts";

interface Echo {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const KEY = "a cookie key of thirty-two bytes!";
const bindings = { ...env, COOKIE_KEY: KEY };
const NAVIGATION = { "sec-fetch-mode": "navigate", accept: "text/html" };
const FETCH = { "sec-fetch-mode": "cors", accept: "*/*" };
const experiment = { feature: "page", variants: { b: { setHeaders: { "x-variant": "b" } } } };

const gateway = createGateway({
  policy: policyOf(
    [
      { id: "page", match: { path: "/page" }, path: "/echo", experiment },
      { id: "plain", match: { path: "/echo" } },
      {
        id: "kept",
        match: { path: "/kept", methods: ["GET"] },
        path: "/echo",
        experiment,
        cache: { ttl: "60s", vary: ["accept"] },
      },
      {
        id: "away",
        match: { path: "/away/{id}" },
        path: "/echo",
        experiment: {
          feature: "moved",
          variants: { true: { redirect: "https://other.example/{id}" } },
        },
      },
    ],
    {
      features: {
        visitorHeader: "X-Visitor-Id",
        attributes: { id: "visitor" },
        keys: { current: "COOKIE_KEY" },
        override: {},
        exposures: false,
        payload: {
          features: {
            page: {
              defaultValue: "a",
              rules: [{ key: "pages", variations: ["a", "b"], hashVersion: 2 }],
            },
            moved: { defaultValue: true },
          },
        },
      },
    },
  ),
});

interface Answer {
  readonly headers: Headers;
  readonly text: string;
}

/** The body is read first: what is kept of it is kept behind it. */
async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.example.com${path}`, { headers, redirect: "manual" });
  const response = await gateway.fetch(request, bindings, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  return { headers: response.headers, text };
}

const echoOf = ({ text }: Answer): Echo => JSON.parse(text) as Echo;
const told = (answer: Answer): string | undefined => echoOf(answer).headers["x-visitor-id"];

describe("the visitor header", () => {
  it("tells the upstream the id of the first visit, and of the next", async () => {
    const first = await get("/page", NAVIGATION);
    const [cookie = ""] = first.headers.getSetCookie();
    const id = /=([\w-]+)\./.exec(cookie)?.[1];
    expect(id).toMatch(/^[\w-]{8,64}$/);
    expect(told(first)).toBe(id);
    const next = await get("/page", { ...FETCH, cookie: cookie.split(";")[0] ?? "" });
    expect(told(next)).toBe(id);
  });

  it("is never the client's own", async () => {
    const forged = { "x-visitor-id": "somebody-else", "X-VISITOR-ID": "somebody-else" };
    for (const path of ["/page", "/echo", "/kept"]) {
      expect(told(await get(path, { ...FETCH, ...forged }))).toBeUndefined();
    }
    const minted = told(await get("/page", { ...NAVIGATION, "x-visitor-id": "somebody-else" }));
    expect(minted).toMatch(/^[\w-]{22}$/);
  });

  it("isn't sent for an answer that is kept for all", async () => {
    expect(told(await get("/kept", { ...NAVIGATION, accept: "text/plain" }))).toBeUndefined();
  });
});

describe("an override's token", () => {
  it("goes neither upstream nor where a redirect leads", async () => {
    const token = await signOverride(
      { experiments: { pages: 1 }, expires: Date.now() + 60_000 },
      KEY,
    );
    const page = await get(`/page?a=1&sluice-override=${token}&b=2`, FETCH);
    expect(page.headers.getSetCookie().join()).toContain("__Host-sluice-override=");
    const { url, headers } = echoOf(page);
    expect(url).toBe("https://shop.example.com/echo?a=1&b=2");
    expect(headers["x-variant"]).toBe("b");
    for (const path of ["/page", "/echo"]) {
      const cookie = `a=1; __Host-sluice-override=${token}; b=2`;
      const seen = echoOf(await get(path, { ...FETCH, cookie })).headers;
      expect(seen["cookie"]).toBe("a=1; b=2");
      expect(seen["x-variant"]).toBe(path === "/page" ? "b" : undefined);
    }
    const plain = echoOf(await get(`/echo?sluice-override=${token}`));
    expect(plain.url).toBe("https://shop.example.com/echo");
    const away = await get(`/away/7?sluice-override=${token}&b=2`);
    expect(away.headers.get("location")).toBe("https://other.example/7?b=2");
  });
});

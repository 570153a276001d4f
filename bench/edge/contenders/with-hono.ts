// The storefront with Hono, its cookie helper and hono-rate-limiter on a store in the same Durable
// Object. With the guards of a gateway or without (guards.ts).
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { requestId } from "hono/request-id";
import { rateLimiter } from "hono-rate-limiter";
import type { Store } from "hono-rate-limiter";
import scenario from "bench:scenario";
import type { LimitRule } from "bench:scenario";
import { chooseVariation } from "./growthbook.ts";
import { TimedOut } from "./guards.ts";
import type { Guards } from "./guards.ts";
import type { Env, Limiter } from "./limiter.ts";
import { pickOrders } from "./orders.ts";
import { isVisitor, mintVisitor } from "./visitor.ts";

interface Types {
  Bindings: Env;
  Variables: { identity: string };
}

const identities = new Map(scenario.apiKeys.map(({ sha256, identity }) => [sha256, identity]));
const encoder = new TextEncoder();

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const authenticate = createMiddleware<Types>(async (c, next) => {
  const key = c.req.header(scenario.apiKeyHeader);
  const identity = key === undefined ? undefined : identities.get(await sha256Hex(key));
  if (identity === undefined) return c.json({ title: "Unauthorized", status: 401 }, 401);
  c.set("identity", identity);
  return next();
});

/** hono-rate-limiter asks its store for hits; one object a key counts them. */
class DurableObjectStore implements Store<Types> {
  constructor(
    private readonly namespace: DurableObjectNamespace<Limiter>,
    private readonly name: string,
    private readonly rule: LimitRule,
    private readonly guards: Guards,
  ) {}

  async increment(key: string): Promise<{ totalHits: number; resetTime: Date }> {
    const object = this.namespace.get(this.namespace.idFromName(key));
    const { allowed, used, resetMs } = await this.guards.within(
      object.charge(this.name, this.rule, 1),
      scenario.timeouts.limiterMs,
    );
    return { totalHits: allowed ? used : used + 1, resetTime: new Date(Date.now() + resetMs) };
  }

  async decrement(key: string): Promise<void> {
    await this.namespace.get(this.namespace.idFromName(key)).charge(this.name, this.rule, -1);
  }

  resetKey(): Promise<void> {
    return Promise.reject(new Error("not used here"));
  }
}

function limited(name: string, rule: LimitRule, guards: Guards) {
  let limiter: ReturnType<typeof rateLimiter<Types>> | undefined;
  return createMiddleware<Types>((c, next) => {
    // The binding is known only now; a namespace may be kept over requests.
    limiter ??= rateLimiter<Types>({
      windowMs: rule.periodMs,
      limit: rule.units,
      standardHeaders: "draft-7",
      keyGenerator: (context) => context.get("identity"),
      store: new DurableObjectStore(c.env.LIMITER, name, rule, guards),
    });
    return limiter(c, next);
  });
}

const orders = (guards: Guards) =>
  createMiddleware<Types>(async (c) => {
    const given = getCookie(c, scenario.visitorCookie);
    const known = isVisitor(given);
    const visitor = known ? given : mintVisitor();
    const url = new URL(c.req.url);
    url.pathname = scenario.upstreamPaths[chooseVariation(visitor)];
    const headers = new Headers(c.req.raw.headers);
    guards.forwardable(headers);
    const answer = c.env.STOREFRONT.fetch(url.href, { headers });
    const upstream = await guards.within(answer, scenario.timeouts.upstreamMs);
    const body = pickOrders(await guards.text(upstream));
    if (!known) {
      setCookie(c, scenario.visitorCookie, visitor, {
        maxAge: 31_536_000,
        path: "/",
        secure: true,
        httpOnly: true,
        sameSite: "Lax",
      });
    }
    return c.body(body, 200, { "content-type": "application/json", "cache-control": "no-store" });
  });

export function storefrontWithHono(guards: Guards): Hono<Types> {
  const { perCustomer, tight } = scenario.limits;
  const app = new Hono<Types>();
  app.use(requestId());
  app.get("/orders", authenticate, limited("perCustomer", perCustomer, guards), orders(guards));
  app.get("/tight/orders", authenticate, limited("tight", tight, guards), orders(guards));
  app.onError((error, c) => {
    const status = error instanceof TimedOut ? 504 : 502;
    return c.json({ title: "the upstream failed", status }, status);
  });
  return app;
}

// What every contender has to do, written once: users, visitors, limits, the experiment, the answers.
// The Workers get it as data (bench:scenario), the harness sends the requests from the same source.

import { createHash } from "node:crypto";
import { orderListing, PICK_PATHS, random } from "../data/orders.mjs";

export const USERS = 1000;
export const PAGES = 16;
export const LISTING_BYTES = 2048;

export const API_KEY_HEADER = "x-api-key";
export const VISITOR_COOKIE = "__Host-sluice-visitor";

/** Wide enough that the load is admitted; the tight one is for the check that the limit is real. */
export const LIMITS = {
  perCustomer: { units: 1_000_000, periodMs: 60_000 },
  tight: { units: 3, periodMs: 365 * 86_400_000 },
};

/** What the policy says of waiting and of bodies; the guarded contenders keep it, too. */
export const TIMEOUTS = { limiterMs: 250, upstreamMs: 2000 };
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

export const EXPERIMENT = {
  key: "orders-layout",
  seed: "orders-2026",
  variations: ["classic", "grid", "story"],
  weights: [0.34, 0.33, 0.33],
};

/** The upstream's path for a variation. */
export const UPSTREAM_PATHS = {
  classic: "/v1/orders",
  grid: "/v2/orders/grid",
  story: "/v2/orders/story",
};

/** @typedef {{ key: string, identity: string, visitor: string, page: number }} User */

/** @returns {User[]} */
export function users() {
  const next = random(42);
  const hex = (digits) =>
    Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join("");
  const visitor = () =>
    Buffer.from(Array.from({ length: 16 }, () => Math.floor(next() * 256))).toString("base64url");
  return Array.from({ length: USERS }, (_, index) => ({
    key: `sk_live_${hex(32)}`,
    identity: `customer-${String(index).padStart(4, "0")}`,
    visitor: visitor(),
    page: index % PAGES,
  }));
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** The keys as a policy states them. */
export const apiKeys = () =>
  users().map(({ key, identity }) => ({ sha256: sha256(key), identity }));

/** Listings by variation and page. */
export function listings() {
  return Object.fromEntries(
    EXPERIMENT.variations.map((variation, v) => [
      variation,
      Array.from({ length: PAGES }, (_, page) =>
        orderListing({ bytes: LISTING_BYTES, seed: 1 + v * PAGES + page }),
      ),
    ]),
  );
}

/** The same storefront as a Sluice policy. */
export function policy() {
  const limit = ({ units, periodMs }) => ({
    algorithm: "fixed_window",
    rate: { units, per: `${periodMs}ms` },
    subject: ["identity"],
    durability: "memory",
    mayForget: true,
    timeout: `${TIMEOUTS.limiterMs}ms`,
  });
  const route = (id, path, limits) => ({
    id,
    match: { methods: ["GET"], path },
    auth: "customers",
    limits,
    experiment: {
      feature: EXPERIMENT.key,
      variants: Object.fromEntries(
        Object.entries(UPSTREAM_PATHS).map(([value, upstreamPath]) => [
          value,
          { path: upstreamPath },
        ]),
      ),
    },
    upstream: "shop",
    path: UPSTREAM_PATHS.classic,
    response: { transform: "order-list", maxBodyBytes: MAX_BODY_BYTES },
  });
  return {
    version: 1,
    upstreams: {
      shop: { type: "service", binding: "STOREFRONT", timeout: `${TIMEOUTS.upstreamMs}ms` },
    },
    auth: { customers: { type: "apiKey", header: API_KEY_HEADER, keys: apiKeys() } },
    limits: { perCustomer: limit(LIMITS.perCustomer), tight: limit(LIMITS.tight) },
    features: {
      attributes: { id: "visitor" },
      visitorCookie: { name: VISITOR_COOKIE, maxAge: "365d" },
      payload: {
        features: {
          [EXPERIMENT.key]: {
            defaultValue: "classic",
            rules: [
              {
                variations: EXPERIMENT.variations,
                weights: EXPERIMENT.weights,
                coverage: 1,
                hashAttribute: "id",
                hashVersion: 2,
                seed: EXPERIMENT.seed,
              },
            ],
          },
        },
      },
    },
    transforms: { "order-list": [{ pick: PICK_PATHS }] },
    routes: [
      route("orders", "/orders", ["perCustomer"]),
      route("orders-tight", "/tight/orders", ["tight"]),
    ],
  };
}

/** What the Workers are given at build time. */
export function workerData() {
  return {
    apiKeyHeader: API_KEY_HEADER,
    visitorCookie: VISITOR_COOKIE,
    apiKeys: apiKeys(),
    limits: LIMITS,
    timeouts: TIMEOUTS,
    maxBodyBytes: MAX_BODY_BYTES,
    experiment: EXPERIMENT,
    upstreamPaths: UPSTREAM_PATHS,
  };
}

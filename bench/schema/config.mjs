// A gateway's configuration of services, as one writes such things, and its schema: objects in objects, choices by a
// `kind`, patterns, formats, closed objects, references. The same for the same seed.

import { random as generator } from "../data/orders.mjs";

const choice = (kind, { properties, required = Object.keys(properties) }) => ({
  type: "object",
  required: ["kind", ...required],
  properties: { kind: { const: kind }, ...properties },
  additionalProperties: false,
});
const ref = (name) => ({ $ref: `#/$defs/${name}` });
const integer = (minimum, maximum) => ({ type: "integer", minimum, maximum });
const text = (maxLength) => ({ type: "string", minLength: 1, maxLength });

export const CONFIG_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://example.com/schemas/services.json",
  title: "Services behind a gateway",
  type: "object",
  required: ["version", "environment", "services"],
  additionalProperties: false,
  properties: {
    version: { const: 3 },
    environment: { enum: ["development", "staging", "production"] },
    updatedAt: { type: "string", format: "date-time" },
    owner: { type: "string", format: "email" },
    docs: { type: "string", format: "uri" },
    services: {
      type: "object",
      minProperties: 1,
      patternProperties: { "^[a-z][a-z0-9-]*$": ref("service") },
      additionalProperties: false,
    },
  },
  $defs: {
    id: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]{1,62}$" },
    duration: { type: "string", pattern: "^[0-9]+(ms|s|m|h)$" },
    labels: {
      type: "object",
      maxProperties: 16,
      propertyNames: { pattern: "^[a-z][a-z0-9./-]*$" },
      additionalProperties: text(80),
    },
    service: {
      type: "object",
      required: ["id", "title", "upstream", "routes"],
      additionalProperties: false,
      properties: {
        id: { type: "string", format: "uuid" },
        title: text(120),
        description: { type: "string", maxLength: 400 },
        labels: ref("labels"),
        upstream: ref("upstream"),
        auth: ref("auth"),
        limits: { type: "array", maxItems: 8, items: ref("limit") },
        routes: { type: "array", minItems: 1, items: ref("route") },
        healthCheck: {
          type: "object",
          required: ["path"],
          additionalProperties: false,
          properties: { path: ref("path"), every: ref("duration"), healthyAfter: integer(1, 10) },
        },
      },
    },
    path: { type: "string", pattern: "^/[^?#]*$", maxLength: 200 },
    upstream: {
      oneOf: [
        choice("http", {
          required: ["url"],
          properties: {
            url: { type: "string", format: "uri" },
            timeout: ref("duration"),
            retries: integer(0, 5),
            backoff: { type: "number", exclusiveMinimum: 0, multipleOf: 0.25 },
          },
        }),
        choice("service", {
          required: ["binding"],
          properties: {
            binding: { type: "string", pattern: "^[A-Z][A-Z0-9_]*$" },
            entrypoint: ref("id"),
          },
        }),
        choice("queue", {
          required: ["queue"],
          properties: { queue: ref("id"), batch: integer(1, 100), delay: ref("duration") },
        }),
      ],
    },
    auth: {
      oneOf: [
        choice("apiKey", {
          required: ["header"],
          properties: { header: ref("header"), prefix: text(20) },
        }),
        choice("jwt", {
          required: ["issuer", "audience"],
          properties: {
            issuer: { type: "string", format: "uri" },
            audience: { type: "array", minItems: 1, uniqueItems: true, items: text(80) },
            algorithms: { type: "array", items: { enum: ["RS256", "ES256", "EdDSA"] } },
            leeway: ref("duration"),
          },
        }),
        choice("none", { properties: {} }),
      ],
    },
    header: { type: "string", pattern: "^[A-Za-z0-9-]+$", maxLength: 64 },
    limit: {
      oneOf: [
        choice("rate", {
          required: ["units", "per", "by"],
          properties: {
            units: integer(1, 1e6),
            per: ref("duration"),
            burst: integer(1, 1e6),
            by: {
              type: "array",
              minItems: 1,
              items: { enum: ["ip", "identity", "route", "tenant"] },
            },
          },
        }),
        choice("concurrency", {
          required: ["most"],
          properties: { most: integer(1, 10_000), queue: integer(0, 1000) },
        }),
        choice("cidr", {
          required: ["allow"],
          properties: {
            allow: {
              type: "array",
              items: {
                anyOf: [
                  { type: "string", format: "ipv4" },
                  { type: "string", format: "ipv6" },
                ],
              },
            },
          },
        }),
      ],
    },
    route: {
      type: "object",
      required: ["id", "methods", "path"],
      additionalProperties: false,
      properties: {
        id: ref("id"),
        methods: {
          type: "array",
          minItems: 1,
          uniqueItems: true,
          items: { enum: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] },
        },
        path: ref("path"),
        headers: {
          type: "object",
          patternProperties: { "^x-": { type: "string" } },
          additionalProperties: { type: ["string", "null"] },
        },
        cache: {
          type: "object",
          required: ["maxAge"],
          additionalProperties: false,
          properties: {
            maxAge: ref("duration"),
            vary: { type: "array", items: ref("header") },
            shared: { type: "boolean" },
          },
        },
        status: { type: "array", items: { type: "integer", minimum: 100, maximum: 599 } },
        weight: { type: "number", minimum: 0, maximum: 1 },
        deprecated: { type: "boolean" },
        since: { type: "string", format: "date" },
        note: { type: ["string", "null"], maxLength: 200 },
      },
    },
  },
};

const WORDS =
  "orders billing catalog search users sessions mail media audit reports carts prices stock shipping tax".split(
    " ",
  );
const METHODS = [["GET"], ["GET", "HEAD"], ["POST"], ["PUT", "PATCH"], ["DELETE"], ["GET", "POST"]];

function maker(random) {
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const maybe = (p, members) => (random() < p ? members() : {});
  const hex = (n) => Array.from({ length: n }, () => below(16).toString(16)).join("");
  const duration = () => `${1 + below(600)}${pick(["ms", "s", "m"])}`;
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;

  const upstream = () =>
    pick([
      (name) => ({
        kind: "http",
        url: `https://${name}.internal.example.com:8443/api/v${1 + below(3)}`,
        timeout: duration(),
        retries: below(4),
        backoff: pick([0.25, 0.5, 1.75]),
      }),
      (name) => ({ kind: "service", binding: name.toUpperCase(), entrypoint: `${name}-v2` }),
      (name) => ({
        kind: "queue",
        queue: `${name}-events`,
        batch: 1 + below(100),
        delay: duration(),
      }),
    ]);
  const auth = () =>
    pick([
      () => ({ kind: "apiKey", header: "X-Api-Key", prefix: "sk_" }),
      () => ({
        kind: "jwt",
        issuer: "https://login.example.com/",
        audience: ["api", "admin"],
        algorithms: ["RS256", "ES256"],
        leeway: "30s",
      }),
      () => ({ kind: "none" }),
    ])();
  const limit = () =>
    pick([
      () => ({
        kind: "rate",
        units: 10 * (1 + below(100)),
        per: duration(),
        burst: 1 + below(50),
        by: ["identity", "route"],
      }),
      () => ({ kind: "concurrency", most: 1 + below(64), queue: below(32) }),
      () => ({
        kind: "cidr",
        allow: [`10.${below(256)}.${below(256)}.1`, `2001:db8::${hex(4)}:1`],
      }),
    ])();
  const route = (name, number) => ({
    id: `${name}-${number}`,
    methods: pick(METHODS),
    path: `/${name}/${pick(["{id}", "{id}/items", "latest", ""])}`,
    ...maybe(0.5, () => ({
      headers: { "x-service": name, accept: "application/json", cookie: null },
    })),
    ...maybe(0.4, () => ({
      cache: { maxAge: duration(), vary: ["Accept", "Accept-Language"], shared: random() < 0.5 },
    })),
    ...maybe(0.3, () => ({ status: [200, 201, 404, 409] })),
    ...maybe(0.3, () => ({ weight: pick([0, 0.05, 0.5, 1]) })),
    ...maybe(0.2, () => ({
      deprecated: true,
      since: "2026-03-01",
      note: "Gone in spring — see the runbook",
    })),
  });
  return (name) => ({
    id: uuid(),
    title: `${name[0].toUpperCase()}${name.slice(1)} service`,
    ...maybe(0.6, () => ({
      description: `Everything about ${name}: reads are public inside the mesh, writes need a role.`,
    })),
    labels: {
      team: pick(["core", "growth", "data"]),
      tier: pick(["gold", "silver"]),
      "cost/centre": String(1000 + below(9000)),
    },
    upstream: upstream()(name),
    auth: auth(),
    limits: Array.from({ length: 1 + below(3) }, limit),
    routes: Array.from({ length: 2 + below(3) }, (_, i) => route(name, i)),
    ...maybe(0.5, () => ({
      healthCheck: { path: "/healthz", every: duration(), healthyAfter: 1 + below(5) },
    })),
  });
}

/** At least `bytes` long as JSON, and not much more. */
export function config({ bytes, seed }) {
  const service = maker(generator(seed));
  const made = {
    version: 3,
    environment: "production",
    updatedAt: "2026-11-21T08:30:00Z",
    owner: "platform@example.com",
    docs: "https://docs.example.com/gateway#services",
    services: {},
  };
  for (let i = 0; JSON.stringify(made).length < bytes; i++) {
    const word = WORDS[i % WORDS.length];
    made.services[i < WORDS.length ? word : `${word}-${Math.floor(i / WORDS.length) + 1}`] =
      service(word);
  }
  return made;
}

/** The same with three faults far apart, as a hand makes them: a typing error, a value out of range, a wrong kind. */
export function faultyConfig(options) {
  const made = config(options);
  const services = Object.values(made.services);
  const [first, middle, last] = [services[0], services[services.length >> 1], services.at(-1)];
  first.routes[0].metods = first.routes[0].methods;
  delete first.routes[0].methods;
  middle.limits[0] = { kind: "rate", units: 0, per: "1m", by: ["ip"] };
  last.upstream = { kind: "http", url: "https://last.example.com", timeout: "2 s" };
  return made;
}

import { urlParts } from "../core/url-parts.ts";
import type { Exchange } from "./exchange.ts";
import type { FactSource } from "./prepared.ts";

const RANDOM_BYTES = 16;

/** Reads those of `wanted` that aren't there yet. The digest is the identity stage's to give. */
export function readFacts(exchange: Exchange, wanted: readonly number[]): void {
  const { facts } = exchange;
  const { sources } = exchange.live.prepared;
  for (const slot of wanted) {
    if (facts[slot] !== undefined) continue;
    const source = sources[slot];
    if (source !== undefined) facts[slot] = readFact(exchange, source);
  }
}

function readFact(
  { request, target }: Exchange,
  source: FactSource,
): string | Uint8Array | undefined {
  switch (source.kind) {
    case "method":
      return request.method;
    case "host":
      return target.host;
    case "path":
      return target.path;
    case "query":
      return target.query;
    case "ip":
      return request.headers.get("cf-connecting-ip") ?? undefined;
    case "random":
      return crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
    case "header":
      return request.headers.get(source.name) ?? undefined;
    case "url":
      return urlParts(request.url);
    case "digest":
      return undefined;
  }
}

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
    case "cookie":
      return cookie(request.headers.get("cookie"), source.name);
    case "digest":
      return undefined;
  }
}

/** The first cookie of that name, as it was sent (RFC 6265, section 5.4: "name=value; name=value"). */
export function cookie(header: string | null, name: string): string | undefined {
  if (header === null) return undefined;
  let start = 0;
  while (start < header.length) {
    let end = header.indexOf(";", start);
    if (end === -1) end = header.length;
    while (header.charCodeAt(start) === 0x20) start++;
    if (header.startsWith(name, start) && header.charCodeAt(start + name.length) === 0x3d) {
      return header.slice(start + name.length + 1, end).trimEnd();
    }
    start = end + 1;
  }
  return undefined;
}

import { Slot } from "../core/abi.generated.ts";
import type { AuthDescription } from "../core/description.ts";
import { encodeText, utf8Bound, writeText } from "../core/text.ts";
import type { Exchange } from "./exchange.ts";

// Room for the usual key; `digest` takes its own copy before it returns.
const scratch = new Uint8Array(512);

/**
 * Puts the SHA-256 of the request's API key among the facts; `decide` looks it up. A key that is
 * missing or empty leaves the fact absent, which `decide` answers as it answers an unknown one.
 */
export async function readIdentity(exchange: Exchange, auth: AuthDescription): Promise<void> {
  const key = exchange.request.headers.get(auth.header);
  if (key === null || key === "") return;
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(key));
  exchange.facts[Slot.digest] = new Uint8Array(digest);
}

function bytesOf(key: string): Uint8Array {
  if (utf8Bound(key) > scratch.length) return encodeText(key);
  return scratch.subarray(0, writeText(scratch, 0, key));
}

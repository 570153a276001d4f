/** Makes the tokens that wasm/experiment/override_token.h verifies. */
import { checkBytes } from "./arguments.ts";
import { SluiceError } from "./errors.ts";

const MAX_EXPERIMENTS = 32;
const MAX_VARIATION = 255;
const MAX_TOKEN_LENGTH = 2048;
const MAX_SECONDS = 9_999_999_999;
const MIN_KEY_BYTES = 16;
const MAC_BYTES = 16;

export interface Override {
  /** The index of the variation to see, by the experiment's key; at most 32. */
  readonly experiments: Readonly<Record<string, number>>;
  /** When the token ends: a date, or milliseconds since the epoch. Whole seconds count. */
  readonly expires: Date | number;
}

/**
 * A token with which its bearer sees these variations, and causes no exposures for them: the value
 * of the policy's override query parameter. `key`: the secret that the policy names as its current
 * (or previous) key. Throws `invalid_argument`.
 */
export async function signOverride(override: Override, key: string | Uint8Array): Promise<string> {
  const text = toBase64Url(new TextEncoder().encode(overrideText(override)));
  const mac = await hmac(keyBytes(key), `override\0\0${text}`);
  const token = `${text}.${toBase64Url(mac.subarray(0, MAC_BYTES))}`;
  if (token.length > MAX_TOKEN_LENGTH) {
    throw refusal(`the token would be longer than ${String(MAX_TOKEN_LENGTH)} characters`);
  }
  return token;
}

function overrideText({ experiments, expires }: Override): string {
  const given: unknown = experiments;
  if (typeof given !== "object" || given === null) throw refusal("experiments is no object");
  const pairs = Object.entries(experiments);
  if (pairs.length > MAX_EXPERIMENTS) {
    throw refusal(`an override has at most ${String(MAX_EXPERIMENTS)} experiments`);
  }
  const seconds = Math.floor(Number(expires) / 1000);
  if (!(seconds >= 0 && seconds <= MAX_SECONDS)) throw refusal("expires is no date");
  return `${pairs.map(pairText).join("&")};${String(seconds)}`;
}

function pairText([key, variation]: readonly [string, number]): string {
  if (key === "") throw refusal("the key of an experiment is empty");
  if (!Number.isInteger(variation) || variation < 0 || variation > MAX_VARIATION) {
    throw refusal(
      `the variation of "${key}" must be a whole number, 0 to ${String(MAX_VARIATION)}`,
    );
  }
  try {
    return `${encodeURIComponent(key)}=${String(variation)}`;
  } catch (cause) {
    throw refusal(`the key "${key}" is no Unicode text`, cause);
  }
}

function keyBytes(key: string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (typeof key !== "string") checkBytes(key);
  const bytes = new Uint8Array(typeof key === "string" ? new TextEncoder().encode(key) : key);
  if (bytes.length < MIN_KEY_BYTES) {
    throw refusal(`the key must have at least ${String(MIN_KEY_BYTES)} bytes`);
  }
  return bytes;
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(
    await crypto.subtle.sign(algorithm, imported, new TextEncoder().encode(text)),
  );
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function refusal(message: string, cause?: unknown): SluiceError {
  return new SluiceError("invalid_argument", message, { cause });
}

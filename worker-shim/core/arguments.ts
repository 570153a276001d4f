// What callers hand in. Types say what it has to be, and JavaScript doesn't keep to them: what is
// something else is refused here, before it reaches Wasm memory.
import { SluiceError } from "./errors.ts";

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export function refusal(what: string, expected: string, value: unknown): SluiceError {
  return new SluiceError("invalid_argument", `${what}: expected ${expected}, not ${kindOf(value)}`);
}

/** Of what is text or bytes, and isn't a string. Bytes may be another realm's. */
export function checkBytes(value: unknown): asserts value is Uint8Array {
  if (value instanceof Uint8Array) return;
  if (Object.prototype.toString.call(value) === "[object Uint8Array]") return;
  throw refusal("text", "a string or a Uint8Array (JSON.stringify makes one)", value);
}

export function checkString(what: string, value: unknown): asserts value is string {
  if (typeof value !== "string") throw refusal(what, "a string", value);
}

/** As JSON.stringify, which throws at cycles and BigInts. */
export function jsonOf(what: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new SluiceError("invalid_argument", `${what} can't be said in JSON`, { cause });
  }
}

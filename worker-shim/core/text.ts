// Strings in and out of bytes. Measured in workerd, a loop beats TextEncoder and TextDecoder up to
// some tens of ASCII characters (no view to make, no call out of V8); beyond it, and for anything
// else, they win or are needed.

const SHORT = 48;
const encoder = new TextEncoder();
// A byte order mark is text like any other here: what is read is what was written.
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Bytes that `text` can need at most in UTF-8. */
export function utf8Bound(text: string): number {
  return text.length * 3;
}

/** Writes `text` at `at`, where `utf8Bound(text)` bytes are free. Returns how many were written. */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length <= SHORT) {
    let index = 0;
    for (; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) break;
      bytes[at + index] = unit;
    }
    if (index === length) return length;
  }
  return encoder.encodeInto(text, bytes.subarray(at, at + length * 3)).written;
}

export function readText(bytes: Uint8Array, at: number, length: number): string {
  const end = at + length;
  if (length > SHORT) return decoder.decode(bytes.subarray(at, end));
  let text = "";
  let seen = 0;
  let index = at;
  // Several at once, since each concatenation makes a string.
  for (; index + 8 <= end; index += 8) {
    const a = bytes[index] as number;
    const b = bytes[index + 1] as number;
    const c = bytes[index + 2] as number;
    const d = bytes[index + 3] as number;
    const e = bytes[index + 4] as number;
    const f = bytes[index + 5] as number;
    const g = bytes[index + 6] as number;
    const h = bytes[index + 7] as number;
    seen |= a | b | c | d | e | f | g | h;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  if (index + 4 <= end) {
    const a = bytes[index] as number;
    const b = bytes[index + 1] as number;
    const c = bytes[index + 2] as number;
    const d = bytes[index + 3] as number;
    seen |= a | b | c | d;
    text += String.fromCharCode(a, b, c, d);
    index += 4;
  }
  for (; index < end; index++) {
    const byte = bytes[index] as number;
    seen |= byte;
    text += String.fromCharCode(byte);
  }
  return seen > 0x7f ? decoder.decode(bytes.subarray(at, end)) : text;
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

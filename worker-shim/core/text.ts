// Strings in and out of bytes. Measured in workerd, a loop beats TextEncoder and TextDecoder up to
// some tens of ASCII characters (no view to make, no call out of V8); beyond it, and for anything
// else, they win or are needed.

const SHORT = 48;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

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
  if (length <= SHORT) {
    let text = "";
    for (let index = at; index < at + length; index++) {
      const byte = bytes[index] as number;
      if (byte > 0x7f) return decoder.decode(bytes.subarray(at, at + length));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decoder.decode(bytes.subarray(at, at + length));
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

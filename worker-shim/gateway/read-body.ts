import type { Lease } from "./held-bodies.ts";

/**
 * What came of reading a body: all of it, or what was read of one that is over the size, or that
 * there is no room for, with the rest still in the stream.
 */
export type BodyRead =
  | { readonly whole: true; readonly bytes: Uint8Array }
  | {
      readonly whole: false;
      readonly head: readonly Uint8Array[];
      readonly why: "too-large" | "no-room";
    };

const FIRST_BYTES = 16 * 1024;
const MOST_FIRST_BYTES = 64 * 1024;
const MOST_BYTES = 1024 * 1024;
// One byte more than is expected: a read that comes back short has seen the end.
const BUFFER_BYTES = FIRST_BYTES + 1;
const MOST_SPARES = 32;

/**
 * Buffers to read into that `recycle` got back: plain bytes, whichever request reads next may have
 * them. A new one for each body would be 16 KiB of external memory a request, which brings V8's
 * full collections on.
 */
const spares: ArrayBuffer[] = [];

/**
 * A read of at most `maxBytes`, however long the body says it is: `declared` only sizes the
 * buffers, so that the usual body comes in one read without a copy, and only as far as bytes that
 * came bear it out: nobody gets memory for a mere promise. Asking the runtime for that many bytes
 * at once costs half of what a loop over chunks does. `body` must be a byte stream, as bodies
 * that come from outside of the isolate are. What is read is taken from the lease, if there is one,
 * which the caller releases.
 */
export class BodyReader {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #maxBytes: number;
  readonly #declared: number | undefined;
  readonly #lease: Lease | undefined;

  constructor(
    body: ReadableStream,
    maxBytes: number,
    declared: number | undefined,
    lease: Lease | undefined,
  ) {
    this.#reader = body.getReader({ mode: "byob" });
    this.#maxBytes = maxBytes;
    this.#declared = declared;
    this.#lease = lease;
  }

  async read(): Promise<BodyRead> {
    const maxBytes = this.#maxBytes;
    const parts: Uint8Array[] = [];
    let length = 0;
    let size = Math.min((this.#declared ?? FIRST_BYTES) + 1, maxBytes + 1, MOST_FIRST_BYTES);
    for (;;) {
      if (this.#lease?.take(size) === false) return this.#stop(parts, "no-room");
      const { value, done } = await this.#reader.readAtLeast(size, bufferOf(size));
      if (value !== undefined && value.length > 0) {
        parts.push(value);
        length += value.length;
      }
      if (done || value.length < size) return { whole: true, bytes: concat(parts, length) };
      if (length > maxBytes) return this.#stop(parts, "too-large");
      size = Math.min(this.#next(length), maxBytes - length + 1);
    }
  }

  /** How much to read where `length` bytes have come. */
  #next(length: number): number {
    const asMuch = Math.min(Math.max(length, FIRST_BYTES), MOST_BYTES);
    const declared = this.#declared ?? 0;
    if (length > declared) return asMuch;
    const rest = declared - length + 1;
    return length >= declared / 4 ? rest : Math.min(asMuch, rest);
  }

  /** Ends the read, which fails then, and with it what sends the body. */
  cancel(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  #stop(head: readonly Uint8Array[], why: "too-large" | "no-room"): BodyRead {
    this.#reader.releaseLock();
    return { whole: false, head, why };
  }
}

function bufferOf(size: number): Uint8Array {
  if (size > BUFFER_BYTES) return new Uint8Array(size);
  return new Uint8Array(spares.pop() ?? new ArrayBuffer(BUFFER_BYTES), 0, size);
}

/** Takes the bytes of a body that was read as a whole back, when nobody looks at them any more. */
export function recycle({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== BUFFER_BYTES) return;
  if (spares.length < MOST_SPARES) spares.push(buffer);
}

/** The parts, `length` bytes together, as one. Where there is but one, that one itself. */
export function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `body` from its start, of which `head` was read. */
export function resume(head: readonly Uint8Array[], body: ReadableStream): ReadableStream {
  const pending = [...head];
  const rest = (body as ReadableStream<Uint8Array>).getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const next = pending.shift();
      if (next !== undefined) {
        controller.enqueue(next);
        return;
      }
      const { done, value } = await rest.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason): Promise<void> {
      return rest.cancel(reason);
    },
  });
}

/** A whole body, or what was read of one that is over the size, with the rest still to come. */
export type BodyRead =
  | { readonly whole: true; readonly bytes: Uint8Array }
  | { readonly whole: false; readonly head: readonly Uint8Array[]; readonly rest: ReadableStreamDefaultReader<Uint8Array> };

/**
 * Reads at most `maxBytes`, however long the body says it is: a length that is declared isn't believed, only used to ask for
 * no more than the stream has. Holds at most one chunk beyond `maxBytes`.
 */
export async function readBody(
  body: ReadableStream,
  maxBytes: number,
): Promise<BodyRead> {
  // Bodies of requests and responses are byte streams.
  const rest = (body as ReadableStream<Uint8Array>).getReader();
  const head: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await rest.read();
    if (done) return { whole: true, bytes: concat(head, length) };
    head.push(value);
    length += value.length;
    if (length > maxBytes) return { whole: false, head, rest };
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The stream that `read` was begun on, from its start. */
export function resume({ head, rest }: Extract<BodyRead, { whole: false }>): ReadableStream<Uint8Array> {
  const pending = [...head];
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

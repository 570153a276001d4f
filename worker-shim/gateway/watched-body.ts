/** Looks at a body on its way to the client. */
export interface BodyWatcher {
  /** Bytes that pass; they are the client's, not to be kept. */
  chunk?(bytes: Uint8Array): void;
  /**
   * Once: the body has passed as a whole, or it broke off, or the client left, which shows when
   * the next bytes are for it.
   */
  end(whole: boolean): void;
}

const LEAST_READ = 4 * 1024;
const MOST_READ = 64 * 1024;

/**
 * `body`, byte for byte and as it comes, with somebody looking on. What a watcher throws doesn't
 * reach the client.
 */
export function watchBody(body: ReadableStream, watcher: BodyWatcher): ReadableStream<Uint8Array> {
  const source = openBody(body);
  let ended = false;
  const end = (whole: boolean): void => {
    if (ended) return;
    ended = true;
    unharmed(() => watcher.end(whole));
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller): Promise<void> {
        let read: ReadableStreamReadResult<Uint8Array>;
        try {
          read = await source.read();
        } catch (error) {
          end(false);
          throw error;
        }
        const { value, done } = read;
        if (done) {
          end(true);
          controller.close();
          return;
        }
        unharmed(() => watcher.chunk?.(value));
        controller.enqueue(value);
      },
      cancel(reason): Promise<void> {
        end(false);
        return source.cancel(reason);
      },
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  );
}

interface Source {
  read(): Promise<ReadableStreamReadResult<Uint8Array>>;
  cancel(reason: unknown): Promise<void>;
}

/**
 * The runtime's own streams give 4 KiB a read unless they are given a buffer; one that is as large
 * as what comes makes a large body three times as fast, and a small event no larger than it was.
 */
function openBody(body: ReadableStream): Source {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: "byob" });
  } catch {
    // One that was made in JavaScript, of chunks.
    return (body as ReadableStream<Uint8Array>).getReader();
  }
  let size = LEAST_READ;
  return {
    async read(): Promise<ReadableStreamReadResult<Uint8Array>> {
      const result = await reader.read(new Uint8Array(size));
      const length = result.value?.length ?? 0;
      size = length === size ? Math.min(4 * size, MOST_READ) : Math.max(LEAST_READ, size / 4);
      return result;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

function unharmed(look: () => void): void {
  try {
    look();
  } catch (error) {
    console.error("what looks at a body failed:", error);
  }
}

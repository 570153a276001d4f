// What a gateway in production can't go without, and a first version by hand often does: deadlines
// on whatever it waits for, a cap on bodies it holds, headers that must not cross a proxy. The
// contenders come with it, as the policy and HTTP ask for it, and lean, without.
import scenario from "bench:scenario";

export class TimedOut extends Error {}
export class TooLarge extends Error {}

export interface Guards {
  /** The promise's value, or TimedOut. */
  within<T>(promise: Promise<T>, ms: number): Promise<T>;
  /** The body's text; TooLarge beyond the scenario's cap. */
  text(response: Response): Promise<string>;
  /** Headers of a request, made fit to be sent on. */
  forwardable(headers: Headers): void;
  /** Headers of a response whose body was replaced. */
  reshaped(headers: Headers): void;
}

export const lean: Guards = {
  within: (promise) => promise,
  text: (response) => response.text(),
  forwardable(headers) {
    headers.delete(scenario.apiKeyHeader);
  },
  reshaped(headers) {
    headers.delete("content-length");
  },
};

const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "proxy-connection",
  "proxy-authorization",
];
const OF_THE_OLD_BYTES = ["content-length", "content-encoding", "content-digest", "etag"];
const BUFFER_BYTES = 16 * 1024;
const decoder = new TextDecoder();

export const guarded: Guards = {
  within(promise, ms) {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new TimedOut());
      }, ms);
    });
    return Promise.race([promise, late]).finally(() => {
      clearTimeout(timer);
    });
  },

  // One read that fills a buffer or meets the end, the cheapest that is bounded in workerd.
  async text(response) {
    if (response.body === null) return "";
    const reader = response.body.getReader({ mode: "byob" });
    let text = "";
    let length = 0;
    for (;;) {
      const { value, done } = await reader.readAtLeast(BUFFER_BYTES, new Uint8Array(BUFFER_BYTES));
      length += value?.length ?? 0;
      if (length > scenario.maxBodyBytes) {
        await reader.cancel();
        throw new TooLarge();
      }
      const last = done || value.length < BUFFER_BYTES;
      text += decoder.decode(value, { stream: !last });
      if (last) return text;
    }
  },

  forwardable(headers) {
    const connection = headers.get("connection");
    if (connection !== null) {
      for (const name of connection.split(",")) {
        const token = name.trim();
        if (/^[\w-]+$/.test(token)) headers.delete(token);
      }
    }
    for (const name of HOP_BY_HOP) headers.delete(name);
    headers.delete(scenario.apiKeyHeader);
  },

  reshaped(headers) {
    for (const name of OF_THE_OLD_BYTES) headers.delete(name);
    if (!headers.has("cache-control")) headers.set("cache-control", "private");
  },
};

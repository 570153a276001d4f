import { describe, expect, it } from "vitest";
import { serviceBinding } from "../../worker-shim/env.ts";
import { watchBody } from "../../worker-shim/gateway/watched-body.ts";
import { bytesOf, env } from "./support.ts";

interface Seen {
  readonly bytes: number[];
  readonly ends: boolean[];
}

function watch(body: ReadableStream): { body: ReadableStream<Uint8Array>; seen: Seen } {
  const seen: Seen = { bytes: [], ends: [] };
  const watched = watchBody(body, {
    chunk: (bytes) => void seen.bytes.push(...bytes),
    end: (whole) => void seen.ends.push(whole),
  });
  return { body: watched, seen };
}

const upstream = serviceBinding(env, "STOREFRONT");

async function bodyOf(path: string): Promise<ReadableStream> {
  const response = await upstream?.fetch(`https://upstream${path}`);
  if (!response?.body) throw new Error("no body");
  return response.body;
}

function chunks(...parts: (string | Error)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(bytesOf(part));
    },
  });
}

describe("a watched body", () => {
  it("passes byte for byte, and ends once", async () => {
    const { body, seen } = watch(await bodyOf("/big?size=300000"));
    const passed = new Uint8Array(await new Response(body).arrayBuffer());
    const unwatched = new Response(await bodyOf("/big?size=300000"));
    const original = new Uint8Array(await unwatched.arrayBuffer());
    expect(passed.length).toBeGreaterThan(300_000);
    expect(passed).toEqual(original);
    expect(Uint8Array.from(seen.bytes)).toEqual(original);
    expect(seen.ends).toEqual([true]);
  });

  it("passes chunk by chunk as they come", async () => {
    const { body } = watch(await bodyOf("/events"));
    const times: number[] = [];
    const reader = body.getReader();
    while (!(await reader.read()).done) times.push(Date.now());
    expect(times).toHaveLength(3);
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(120);
  });

  it("may be made in JavaScript, of chunks", async () => {
    const { body, seen } = watch(chunks("one", "two"));
    expect(await new Response(body).text()).toBe("onetwo");
    expect(seen.ends).toEqual([true]);
  });

  it("that breaks off breaks off for the client too", async () => {
    const { body, seen } = watch(chunks("one", new Error("gone")));
    await expect(new Response(body).text()).rejects.toThrow("gone");
    expect(seen.ends).toEqual([false]);
  });

  it("that nobody wants any more is cancelled at its source", async () => {
    let cancelled: unknown;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(bytesOf("more"));
      },
      cancel(reason) {
        cancelled = reason;
      },
    });
    const { body, seen } = watch(source);
    const reader = body.getReader();
    await reader.read();
    await reader.cancel("enough");
    expect(cancelled).toBe("enough");
    expect(seen.ends).toEqual([false]);
  });

  it("isn't read before the client asks", async () => {
    let pulled = 0;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(bytesOf("x"));
        },
      },
      { highWaterMark: 0 },
    );
    const { body } = watch(source);
    await new Promise((done) => setTimeout(done, 20));
    expect(pulled).toBe(0);
    await body.cancel();
  });

  it("doesn't suffer from a watcher that throws", async () => {
    const body = watchBody(chunks("one", "two"), {
      chunk() {
        throw new Error("the watcher's own trouble");
      },
      end() {
        throw new Error("and again");
      },
    });
    expect(await new Response(body).text()).toBe("onetwo");
  });
});

// Limiter objects beside the least that a Durable Object which counts can be. /CONTENDER/NAME charges that object once.
import rule from "bench:object-rule";
import { DurableObject } from "cloudflare:workers";
import { LimiterObject } from "sluice";

export { LimiterObject };

export class Counter extends DurableObject {
  #count = 0;

  charge(cost: number): number {
    this.#count += cost;
    return this.#count;
  }
}

/** One row a charge, read once. */
export class StoredCounter extends DurableObject {
  #count: number | undefined;

  charge(cost: number): number {
    this.#count = (this.#count ?? this.ctx.storage.kv.get<number>("count") ?? 0) + cost;
    this.ctx.storage.kv.put("count", this.#count);
    return this.#count;
  }
}

interface Env {
  readonly COUNTER: DurableObjectNamespace<Counter>;
  readonly STORED: DurableObjectNamespace<StoredCounter>;
  readonly LIMITER: DurableObjectNamespace<LimiterObject>;
}

const DURABILITIES = new Map([
  ["memory", 0],
  ["strict", 1],
  ["checkpoint", 2],
]);

let lastId = 0;

/** A charge of one unit as the gateway sends it, each with an id of its own. */
function chargeFrame(durability: number): Uint8Array {
  const frame = new Uint8Array(24 + 64);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 2, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, 1, true);
  view.setUint32(16, durability, true);
  view.setUint32(24, 1, true);
  view.setUint32(28, 1, true);
  view.setUint32(32, ++lastId, true);
  view.setUint32(36, 7, true);
  for (let index = 0; index < rule.length; index++) frame[56 + index] = rule[index] ?? 0;
  return frame;
}

async function charge(env: Env, contender: string, which: string): Promise<number> {
  // Limiter objects of each durability are others.
  const name = `${contender}/${which}`;
  switch (contender) {
    case "counter":
      return env.COUNTER.getByName(name).charge(1);
    case "stored":
      return env.STORED.getByName(name).charge(1);
    default: {
      const durability = DURABILITIES.get(contender);
      if (durability === undefined) throw new Error(`no contender ${contender}`);
      const reply = await env.LIMITER.getByName(name).step(chargeFrame(durability));
      if (reply[8] !== 1) throw new Error("a charge was denied");
      return reply[20] ?? 0;
    }
  }
}

/** /CONTENDER/NAME, or /CONTENDER/NAME?count=N for N objects, one after the other; /gc collects garbage. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, contender = "", name = ""] = pathname.split("/");
    if (contender === "gc") {
      (globalThis as { gc?: () => void }).gc?.();
      return new Response("collected");
    }
    const count = Number(searchParams.get("count") ?? 1);
    let last = 0;
    for (let index = 0; index < count; index++) {
      last = await charge(env, contender, count === 1 ? name : `${name}-${String(index)}`);
    }
    return new Response(String(last));
  },
};

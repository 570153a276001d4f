import { DurableObject } from "cloudflare:workers";
import { isolateCore } from "../isolate.ts";

export type Durability = "strict" | "memory";

const STATE_KEY = "state";
const NEVER_CHARGED = new Uint8Array(0);

/**
 * The counters of one limit for one subject. The object's whole state is a byte frame that it hands to the isolate's
 * one core and gets back: hundreds of objects may share an isolate, an instance each wouldn't fit.
 *
 * `strict`: an admitted charge is one row, and the output gate holds the reply until the row is durable.
 * `memory`: storage is never touched, not even to read.
 * A core that traps costs the charge that trapped it; the object goes on from the last frame it got.
 */
export class LimiterObject extends DurableObject {
  #state: Uint8Array = NEVER_CHARGED;
  #loaded = false;

  /** Charges all of `request` (wasm/limit/frames.h) or nothing; returns the reply frame. */
  charge(request: Uint8Array, durability: Durability): Uint8Array {
    const strict = durability === "strict";
    if (strict && !this.#loaded) this.#load();
    const { reply, state } = isolateCore().applyLimit(request, this.#state, Date.now());
    if (strict && isAllowed(reply)) this.ctx.storage.kv.put(STATE_KEY, state);
    this.#state = state;
    return reply;
  }

  /** A limit that turned from memory to strict keeps what it counted in this life. */
  #load(): void {
    this.#loaded = true;
    const stored = this.ctx.storage.kv.get<Uint8Array>(STATE_KEY);
    if (stored !== undefined && this.#state.length === 0) this.#state = stored;
  }
}

// Third word of a reply frame.
function isAllowed(reply: Uint8Array): boolean {
  return reply[8] === 1;
}

import { DurableObject } from "cloudflare:workers";
import { withCore } from "../isolate.ts";

export type Durability = "strict" | "checkpoint" | "memory";

const STATE_KEY = "state";
const NEVER_CHARGED = new Uint8Array(0);

/**
 * The counters of one limit for one subject. The object's whole state is a byte frame that it hands
 * to the isolate's one core and gets back: hundreds of objects may share an isolate, an instance
 * each wouldn't fit.
 *
 * `strict`: an admitted charge is one row, and the output gate holds the reply until the row is
 * durable. `memory`: storage is never touched, not even to read. A core that traps is replaced and
 * the charge tried once more, from the last frame the object got.
 */
export class LimiterObject extends DurableObject {
  #state: Uint8Array = NEVER_CHARGED;
  #loaded = false;

  /** Charges all of `request` (wasm/limit/frames.h) or nothing; returns the reply frame. */
  charge(request: Uint8Array, durability: Durability): Uint8Array {
    const strict = durability !== "memory";
    if (strict && !this.#loaded) this.#load();
    const now = Date.now();
    const { reply, state } = withCore((core) => core.applyLimit(request, this.#state, now));
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

import { DurableObject } from "cloudflare:workers";
import { isSluiceError } from "../core/errors.ts";
import type { GatewayEnv } from "../env.ts";
import { withCore } from "../isolate.ts";
import { DamagedState } from "./damaged-state.ts";
import { GroupCommit } from "./group-commit.ts";
import { rootOf } from "./object-name.ts";
import { Shard } from "./shard.ts";

const STATE_KEY = "state";
const NEVER_CHARGED = new Uint8Array(0);
const UNREADABLE = new Uint8Array(1);

// Of a state frame (wasm/limit/object_state.h).
const STATE_VERSION = 3;
const ENDS_AT = 16;

/** Setting an alarm costs a row: state that is over may lie about for so long. */
const CLEANING_MS = 3_600_000;
/** Where it can't be read when it is over: a version that can may be back by then. */
const LOOK_AGAIN_MS = 31 * 86_400_000;

interface Step {
  readonly reply: Uint8Array;
  readonly state: Uint8Array;
  readonly persist: boolean;
}

/**
 * The counters of one subject. The object's whole state is a byte frame that it hands to the
 * isolate's one core and gets back: thousands of objects may share an isolate, an instance each
 * wouldn't fit. The core says when the state must be durable before it is answered for: by the
 * limit's durability that is for each charge or lease (strict), for each block of units
 * (checkpoint), or for nothing but the promise not to admit while leases are out (memory). Charges
 * that come while a row is being written share the next one.
 *
 * A core that traps is replaced and the step tried once more, from the same frames. State that is
 * over is deleted by an alarm.
 *
 * An object whose name is a shard's counts nothing itself: it leases from the one that does.
 */
export class LimiterObject extends DurableObject<GatewayEnv> {
  #state: Uint8Array = NEVER_CHARGED;
  #loaded = false;
  /** `#state` is the stored one, and no step was made from it yet. */
  #restored = false;
  #damaged = false;
  /** There is a row, and an alarm to delete it. */
  #stored = false;
  readonly #shard = this.#shardOf(this.ctx.id.name ?? "");
  readonly #commits = new GroupCommit(
    () => {
      this.#write();
    },
    () => this.ctx.storage.sync(),
  );

  /**
   * Applies `request` and yields the reply (wasm/limit/object_frames.h). Rejects for a frame that
   * is none, and if the state can't be read or made durable: then it isn't known what was applied.
   */
  step(request: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (this.#shard !== undefined) return this.#shard.step(request);
    if (!this.#loaded) this.#load();
    const { reply, state, persist } = this.#apply(request, Date.now());
    this.#state = state;
    this.#restored = false;
    // What needn't be durable itself may rest on what others are having made durable.
    const durable = persist ? this.#commits.commit() : this.#commits.outstanding();
    return durable === undefined ? reply : durable.then(() => reply);
  }

  /** Deletes what is over. */
  override async alarm(): Promise<void> {
    if (!this.#loaded) this.#load();
    const now = Date.now();
    const endsAt = this.#stored ? this.#endsAt(now) : now;
    if (endsAt > now) {
      await this.#setAlarm(endsAt);
      return;
    }
    this.#state = NEVER_CHARGED;
    this.#restored = false;
    this.#damaged = false;
    this.#stored = false;
    await this.ctx.storage.deleteAll();
  }

  #shardOf(name: string): Shard | undefined {
    const root = rootOf(name);
    if (root === undefined) return undefined;
    return new Shard((request) => {
      const namespace = this.env.SLUICE_LIMITER;
      if (namespace === undefined) throw new Error("a shard needs the binding SLUICE_LIMITER");
      return namespace.getByName(root).step(request);
    });
  }

  #load(): void {
    const stored = this.#stateRow();
    this.#loaded = true;
    if (stored === undefined) return;
    this.#state = stored instanceof Uint8Array ? stored : UNREADABLE;
    this.#restored = true;
    this.#stored = true;
  }

  #stateRow(): unknown {
    const { kv } = this.ctx.storage;
    try {
      return kv.get(STATE_KEY);
    } catch (error) {
      // Where storage answers about another key, it is the row that can't be deserialized.
      DamagedState.probe(kv);
      console.error("sluice: a limiter object's row can't be deserialized", error);
      return UNREADABLE;
    }
  }

  #apply(request: Uint8Array, now: number): Step {
    let cause: unknown;
    if (!this.#damaged) {
      try {
        return stepOf(request, this.#state, this.#restored, now);
      } catch (error) {
        // Of all errors only this one may be about the state.
        if (!this.#restored || !isSluiceError(error, "invalid_argument")) throw error;
        cause = error;
      }
    }
    // If this throws, the request is at fault; else the stored state.
    const anew = stepOf(request, NEVER_CHARGED, false, now);
    if (!this.#damaged) console.error("sluice: a limiter object's state can't be read", cause);
    this.#damaged = true;
    new DamagedState(this.ctx.storage.kv).checkForgotten(this.#state, request, now, cause);
    this.#damaged = false;
    return { ...anew, persist: true };
  }

  #write(): void {
    const { kv } = this.ctx.storage;
    if (this.#state.length === 0) {
      if (this.#stored) kv.delete(STATE_KEY);
      this.#stored = false;
      return;
    }
    kv.put(STATE_KEY, this.#state);
    if (this.#stored) return;
    this.#stored = true;
    void this.#setAlarm(this.#endsAt(Date.now()));
  }

  #setAlarm(endsAt: number): Promise<void> {
    return this.ctx.storage.setAlarm(Math.max(endsAt, Date.now() + CLEANING_MS));
  }

  /**
   * When the state equals that of an object that was never charged; of one that can't be read, when
   * to look again, or that it counts no more.
   */
  #endsAt(now: number): number {
    const endsAt = this.#damaged ? undefined : endOf(this.#state);
    if (endsAt !== undefined) return endsAt;
    const forgottenAt = new DamagedState(this.ctx.storage.kv).forgottenAt(this.#state, now);
    return Math.min(forgottenAt, now + LOOK_AGAIN_MS);
  }
}

/** Undefined if it can't be read. */
function endOf({ buffer, byteOffset, length }: Uint8Array): number | undefined {
  if (length === 0) return 0;
  if (length < ENDS_AT + 8) return undefined;
  const view = new DataView(buffer, byteOffset, length);
  if (view.getUint32(0, true) !== STATE_VERSION) return undefined;
  const endsAt = view.getFloat64(ENDS_AT, true);
  return Number.isFinite(endsAt) ? endsAt : undefined;
}

function stepOf(request: Uint8Array, state: Uint8Array, restored: boolean, now: number): Step {
  return withCore((core) => core.stepLimit(request, state, restored, now));
}

import { decodeReply, encodeReply } from "../core/charge-frames.ts";
import type { Operation } from "./step-frames.ts";

/** A charge that comes again within this time is answered from memory. */
const REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 1_024;

interface Answer {
  /** When the charge came. */
  readonly at: number;
  readonly reply: Promise<Uint8Array>;
}

/** What a shard answered charges lately, or is about to, by their ids. */
export class Answers {
  readonly #answers = new Map<bigint, Answer>();

  has(id: bigint): boolean {
    return this.#answers.has(id);
  }

  /** Resolves when charge `id` has been answered, or failed, or is none that is known. */
  async settled(id: bigint): Promise<void> {
    await this.#answers.get(id)?.reply.catch(() => undefined);
  }

  /** The answer to charge `id` over again: a request of `count` operations. */
  again(id: bigint, count: number, now: number): Promise<Uint8Array> | undefined {
    const known = this.#answers.get(id);
    return known?.reply.then((reply) => repeated(reply, count, now - known.at));
  }

  /** A reply that fails is forgotten. */
  put(charges: readonly Operation[], reply: Promise<Uint8Array>, at: number): void {
    for (const [id, answer] of this.#answers) {
      if (answer.at > at - REMEMBERED_MS && this.#answers.size < MAX_REMEMBERED) break;
      this.#answers.delete(id);
    }
    for (const { id } of charges) this.#answers.set(id, { at, reply });
    reply.catch(() => {
      for (const { id } of charges) this.#answers.delete(id);
    });
  }
}

function repeated(reply: Uint8Array, count: number, elapsedMs: number): Uint8Array {
  const { allowed, verdicts } = decodeReply(reply, count);
  return encodeReply({
    allowed,
    verdicts: verdicts.map((verdict) => {
      const leaseMs = Math.max(0, verdict.leaseMs - elapsedMs);
      return { ...verdict, seenBefore: true, leaseMs, leased: leaseMs > 0 ? verdict.leased : 0 };
    }),
  });
}

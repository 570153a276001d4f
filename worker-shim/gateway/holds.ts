import { cancelOperation, renewOperation, settleOperation } from "../core/charge-frames.ts";
import { settleOf } from "../core/description.ts";
import type { Exchange } from "./exchange.ts";
import type { ObjectCall } from "./object-call.ts";
import { ruleOf, type PreparedLimit } from "./prepared.ts";
import { sendLater } from "./send-later.ts";
import { usageReader, type UsageReader, type UsageSource } from "./usage.ts";
import { watchBody } from "./watched-body.ts";

/** A charge that an object has granted, and that isn't finished by that. */
interface Hold {
  readonly limit: PreparedLimit;
  /** Of the rule in force. */
  readonly rule: Uint8Array;
  readonly object: string;
  readonly id: bigint;
}

/** Units that were charged for an answer whose cost only the answer tells. */
interface Reserve extends Hold {
  readonly cost: number;
  readonly source: UsageSource;
  /** Reads what passes to the client; undefined where nothing is to be learned from it. */
  reader: UsageReader | undefined;
  /** What it cost, if that is known already. */
  units: number | undefined;
  /** Nothing more is to be learned. */
  isRead: boolean;
}

/**
 * What a request holds until its answer ends: slots, which are kept alive meanwhile and given back
 * then, and reserves, which are settled by what the answer says it cost. Where it doesn't say, or
 * breaks off, or its client leaves, the reserve is what it cost, or more if it said so already.
 */
export class Holds {
  readonly #exchange: Exchange;
  readonly #slots: Hold[] = [];
  readonly #reserves: Reserve[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the slots are to be renewed. */
  #renewAt = Infinity;
  #ended = false;
  /** Lets the request's context go. */
  #release: (() => void) | undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Takes up what the objects have granted to a request that goes to this upstream. */
  add(calls: readonly ObjectCall[], upstream: number): void {
    const { live, route, ctx } = this.#exchange;
    for (const { name, asked } of calls) {
      for (const { limit, charge, answer } of asked) {
        if (answer?.allowed !== true) continue;
        const held = { limit, rule: ruleOf(limit, charge.rule).bytes, object: name, id: charge.id };
        if (limit.isConcurrency) this.#addSlot(held);
        if (route === undefined) continue;
        const { description } = live.prepared;
        const source = settleOf(description, route.route, upstream, charge.limit);
        if (source === null) continue;
        const { cost } = charge;
        this.#reserves.push({
          ...held,
          cost,
          source,
          reader: undefined,
          units: undefined,
          isRead: false,
        });
      }
    }
    if (!this.watches || this.#release !== undefined) return;
    // A client that leaves before there is an answer would take along what is to give all this back.
    const ended = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    ctx.waitUntil(ended);
  }

  /** Whether the answer's body matters. */
  get watches(): boolean {
    return !this.#ended && (this.#slots.length > 0 || this.#reserves.length > 0);
  }

  /** The upstream's body, where it is held as a whole: what is made of it may not tell. */
  read({ headers }: Response, body: Uint8Array): void {
    for (const reserve of this.#reserves) {
      const reader = this.#readerOf(reserve, headers);
      reader?.push(body);
      reserve.units = reader?.end();
      reserve.isRead = true;
    }
  }

  /** The client's response, whose end is the holds' end. */
  watch(response: Response): Response {
    const { body, headers } = response;
    if (body === null) {
      this.#end(true);
      return response;
    }
    const readers: UsageReader[] = [];
    for (const reserve of this.#reserves) {
      if (reserve.isRead) continue;
      reserve.reader = this.#readerOf(reserve, headers);
      if (reserve.reader !== undefined) readers.push(reserve.reader);
    }
    const watched = watchBody(body, {
      chunk(bytes) {
        for (const reader of readers) reader.push(bytes);
      },
      end: (whole) => {
        this.#end(whole);
      },
    });
    const own = new Response(watched, response);
    // The runtime states the length where it knows it; of this body it doesn't.
    own.headers.delete("content-length");
    return own;
  }

  /** The request ended without an answer of the upstream's; what never reached it cost nothing. */
  abandon(reached: boolean): void {
    if (this.#ended) return;
    if (!reached) for (const reserve of this.#reserves) reserve.units = 0;
    this.#end(false);
  }

  #readerOf({ source }: Reserve, headers: Headers): UsageReader | undefined {
    const maxBytes = this.#exchange.route?.route.response.maxBodyBytes ?? 0;
    return usageReader(headers, source, maxBytes);
  }

  #end(whole: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimer();
    try {
      for (const slot of this.#slots) this.#send(slot, cancelOperation(slot.rule, slot.id));
      // Also where the reserve was right: the object keeps what is to be settled.
      for (const reserve of this.#reserves) {
        const units = costOf(reserve, whole);
        this.#send(reserve, settleOperation(reserve.rule, reserve.id, units));
      }
    } finally {
      this.#release?.();
    }
  }

  #addSlot(slot: Hold): void {
    this.#slots.push(slot);
    this.#stopTimer();
    // One that is held already is not to be renewed later than it was.
    this.#renewLater(this.#renewAt - Date.now());
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }

  #renewLater(latestMs = Infinity): void {
    const everyMs = Math.min(...this.#slots.map(({ limit }) => limit.limit.periodMs)) / 2;
    const ms = Math.max(0, Math.min(everyMs, latestMs));
    this.#renewAt = Date.now() + ms;
    this.#timer = setTimeout(() => {
      for (const slot of this.#slots) this.#send(slot, renewOperation(slot.rule, slot.id));
      this.#renewLater();
    }, ms);
  }

  #send({ limit, object }: Hold, operation: Uint8Array): void {
    sendLater(this.#exchange, limit, object, [operation]);
  }
}

function costOf({ cost, reader, units }: Reserve, whole: boolean): number {
  if (units !== undefined) return units;
  if (whole) return reader?.end() ?? cost;
  return Math.max(cost, reader?.soFar() ?? 0);
}

import {
  decodeReply,
  encodeReply,
  MAX_OPERATIONS,
  OperationKind as Kind,
  type ObjectReply,
  type ObjectVerdict,
} from "../core/charge-frames.ts";
import { Answers } from "./shard-answers.ts";
import { Demand } from "./shard-demand.ts";
import { operationsOf, requestLike, type Operation } from "./step-frames.ts";

/** Units that the root has deducted and this shard may give out: a lease in its hands. */
interface Stock {
  readonly rule: bigint;
  /** Of the lease at the root. */
  readonly id: bigint;
  left: number;
  /** Of what was given out, how much isolates hold as leases. */
  out: number;
  readonly from: number;
  readonly until: number;
  /** What the root said last. */
  readonly verdict: ObjectVerdict;
  readonly at: number;
}

/** What a charge got, so that it can be undone. */
interface Given {
  cost: number;
  /** The charge at the root that the cost was part of; 0: it came out of stock. */
  readonly rootId: bigint;
  leased: number;
  readonly stock: Stock | undefined;
}

interface Denial {
  /** Of the rule that was denied by. */
  readonly amounts: bigint;
  readonly cost: number;
  readonly at: number;
  readonly until: number;
  readonly verdict: ObjectVerdict;
}

const MAX_GIVEN = 4_096;
/** Whoever comes while the root is asked waits for that so often, then asks by himself. */
const MAX_WAITS = 2;
const MAX_UNITS = 0xffff_ffff;

const DONE: ObjectVerdict = {
  allowed: true,
  scarce: false,
  blocked: false,
  closed: false,
  seenBefore: false,
  remaining: 0,
  resetMs: 0,
  retryAfterMs: null,
  leased: 0,
  leaseWaitMs: 0,
  leaseMs: 0,
};
const NOTHING_CHARGED: ObjectReply = { allowed: true, verdicts: [] };

/**
 * One of several objects that share a hot subject. The subject's root object counts; a shard leases
 * units from it in bulk and gives them out to isolates, charges and leases of their own alike. It
 * gives only what it holds, and no lease that outlasts its own, so that all shards together never
 * give more than the root has: leases within leases. A shard that dies loses what it held until
 * its lease is over, which is under-admission; it has nothing to store. Demand that moves to
 * another shard finds its units there after one lease at most.
 *
 * What isn't a charge that leases can answer (settled ones, slots, peeks, blocks, resets …) passes to
 * the root.
 */
export class Shard {
  readonly #askRoot: (request: Uint8Array) => PromiseLike<Uint8Array>;
  #stocks: Stock[] = [];
  readonly #denials = new Map<bigint, Denial>();
  readonly #demand = new Demand();
  /** Requests to the root under way, by rule. */
  readonly #refills = new Map<bigint, Promise<unknown>>();
  readonly #answers = new Answers();
  readonly #given = new Map<bigint, Given>();
  #lastId: bigint;

  constructor(askRoot: (request: Uint8Array) => PromiseLike<Uint8Array>) {
    this.#askRoot = askRoot;
    // The high word is the shard's, as it is an isolate's: the root counts by it who shares.
    const [word = 1] = crypto.getRandomValues(new Uint32Array(1));
    this.#lastId = BigInt(word) << 32n;
  }

  /** LimiterObject.step. Rejects if the root is needed and fails. */
  async step(request: Uint8Array): Promise<Uint8Array> {
    const operations = operationsOf(request);
    if (!operations.every((operation) => this.#isOwn(operation))) return this.#askRoot(request);
    const now = Date.now();
    const charges = operations.filter(({ kind }) => kind === Kind.charge);
    const [first] = charges;
    const again = first && this.#answers.again(first.id, operations.length, now);
    if (again !== undefined) return again;
    const reply = this.#run(request, operations, charges);
    this.#answers.put(charges, reply, now);
    return reply;
  }

  #isOwn({ kind, id, durationMs, settles, concurrency }: Operation): boolean {
    if (kind === Kind.charge) return id !== 0n && durationMs > 0 && !settles && !concurrency;
    const undoes = kind === Kind.cancel || kind === Kind.settle || kind === Kind.return;
    return undoes && (this.#given.has(id) || this.#answers.has(id));
  }

  async #run(
    request: Uint8Array,
    operations: readonly Operation[],
    charges: readonly Operation[],
  ): Promise<Uint8Array> {
    for (const operation of operations) {
      if (operation.kind !== Kind.charge) await this.#takeBack(request, operation);
    }
    const { allowed, verdicts } =
      charges.length === 0 ? NOTHING_CHARGED : await this.#charge(request, charges);
    const next = verdicts.values();
    const inOrder = operations.map(({ kind }) =>
      kind === Kind.charge ? (next.next().value ?? DONE) : DONE,
    );
    return encodeReply({ allowed, verdicts: inOrder });
  }

  /** Cancels or settles a charge, or takes back what its lease didn't spend. */
  async #takeBack(request: Uint8Array, operation: Operation): Promise<void> {
    const { kind, id } = operation;
    // It may be on its way: who gives up waiting cancels.
    await this.#answers.settled(id);
    const given = this.#given.get(id);
    if (given === undefined) return;
    const { stock } = given;
    if (kind !== Kind.settle) {
      const units = kind === Kind.return ? Math.min(operation.cost, given.leased) : given.leased;
      if (stock !== undefined) {
        stock.left += units;
        stock.out -= given.leased;
      }
      given.leased = 0;
    }
    if (kind === Kind.cancel) this.#given.delete(id);
    if (kind !== Kind.return) {
      const actual = kind === Kind.settle ? operation.cost : 0;
      await this.#settle(request, operation, given, actual);
    }
  }

  async #settle(
    request: Uint8Array,
    operation: Operation,
    given: Given,
    actual: number,
  ): Promise<void> {
    const back = given.cost - actual;
    given.cost = actual;
    if (back === 0) return;
    if (back > 0 && given.rootId === 0n) {
      if (given.stock !== undefined) given.stock.left += back;
      return;
    }
    // The root knows when its charge was made, and so what of it can still come back.
    const change = requestLike(request, 1);
    operation.copyTo(change, 0, {
      kind: Kind.settle,
      id: back > 0 ? given.rootId : 0n,
      cost: back > 0 ? actual : -back,
    });
    await this.#askRoot(change);
  }

  async #charge(request: Uint8Array, charges: readonly Operation[]): Promise<ObjectReply> {
    const now = Date.now();
    for (const charge of charges) this.#demand.note(charge, now);
    for (let waits = 0; ; waits++) {
      const answer = this.#spend(charges) ?? this.#denyAgain(charges);
      if (answer !== undefined) return answer;
      const refill = charges.map(({ rule }) => this.#refills.get(rule)).find(isDefined);
      if (refill === undefined || waits === MAX_WAITS) return this.#refill(request, charges);
      await refill;
    }
  }

  /** All of `charges` out of stock, or nothing. */
  #spend(charges: readonly Operation[]): ObjectReply | undefined {
    const now = Date.now();
    this.#stocks = this.#stocks.filter(({ until }) => until > now);
    const spent: [Operation, Stock][] = [];
    for (const charge of charges) {
      const { cost } = charge;
      const stock = this.#stocks.find(
        ({ rule, left, from }) => rule === charge.rule && left >= cost && from <= now,
      );
      if (stock === undefined) {
        for (const [{ cost: units }, from] of spent) from.left += units;
        return undefined;
      }
      stock.left -= cost;
      spent.push([charge, stock]);
    }
    const verdicts = spent.map(([charge, stock]) => this.#give(charge, stock, 0n, now));
    return { allowed: true, verdicts };
  }

  /** What has been charged for `charge`, and a lease: at most half of what is left, for others. */
  #give(charge: Operation, stock: Stock, rootId: bigint, now: number): ObjectVerdict {
    const leaseMs = Math.min(leaseWithin(stock.until - now), charge.durationMs);
    const usable = leaseMs > 0 && stock.from <= now;
    const leased = usable ? Math.min(charge.want, Math.floor(stock.left / 2)) : 0;
    stock.left -= leased;
    stock.out += leased;
    this.#keep(charge.id, { cost: charge.cost, rootId, leased, stock });
    const { verdict, at } = stock;
    return {
      ...verdict,
      allowed: true,
      seenBefore: false,
      retryAfterMs: null,
      remaining: Math.min(verdict.remaining + stock.left, MAX_UNITS),
      resetMs: Math.max(0, verdict.resetMs - (now - at)),
      leased,
      leaseWaitMs: 0,
      leaseMs: leased > 0 ? leaseMs : 0,
    };
  }

  #denyAgain([charge, ...others]: readonly Operation[]): ObjectReply | undefined {
    if (charge === undefined || others.length > 0) return undefined;
    const denial = this.#denials.get(charge.rule);
    if (denial?.amounts !== charge.amounts || charge.cost < denial.cost) return undefined;
    const now = Date.now();
    // A clock that went back must not prolong it.
    if (now >= denial.until || now < denial.at) {
      this.#denials.delete(charge.rule);
      return undefined;
    }
    const { verdict, at } = denial;
    const { retryAfterMs } = verdict;
    return {
      allowed: charge.shadow,
      verdicts: [
        {
          ...verdict,
          retryAfterMs: retryAfterMs === null ? null : Math.max(1, retryAfterMs - (now - at)),
          resetMs: Math.max(0, verdict.resetMs - (now - at)),
        },
      ],
    };
  }

  /** Charges at the root; who needs units of the same rules meanwhile waits for what it leases. */
  async #refill(request: Uint8Array, charges: readonly Operation[]): Promise<ObjectReply> {
    const charging = this.#chargeAtRoot(request, charges);
    const over = charging.then(
      () => undefined,
      () => undefined,
    );
    for (const { rule } of charges) this.#refills.set(rule, over);
    try {
      return await charging;
    } finally {
      for (const { rule } of charges) {
        if (this.#refills.get(rule) === over) this.#refills.delete(rule);
      }
    }
  }

  async #chargeAtRoot(request: Uint8Array, charges: readonly Operation[]): Promise<ObjectReply> {
    const sentAt = Date.now();
    const room = Math.floor(MAX_OPERATIONS / charges.length) - 1;
    const returns = charges.flatMap((charge) =>
      this.#spentStocks(charge.rule, room, sentAt).map((stock) => ({ charge, stock })),
    );
    const frame = requestLike(request, returns.length + charges.length);
    returns.forEach(({ charge, stock: { id, left } }, index) => {
      charge.copyTo(frame, index, { kind: Kind.return, id, cost: left });
    });
    const ids = charges.map((charge, index) => {
      const id = ++this.#lastId;
      charge.copyTo(frame, returns.length + index, {
        id,
        want: this.#demand.wantOf(charge, sentAt),
      });
      return id;
    });
    const reply = await this.#askRoot(frame);
    const { allowed, verdicts } = decodeReply(reply, returns.length + charges.length);
    const now = Date.now();
    return {
      allowed,
      verdicts: charges.map((charge, index) => {
        const verdict = verdicts[returns.length + index] ?? DONE;
        const rootId = ids[index] ?? 0n;
        const stock = this.#stockOf(charge, rootId, verdict, sentAt, now);
        if (!allowed || !verdict.allowed) return this.#denied(charge, verdict, now);
        if (stock !== undefined) return this.#give(charge, stock, rootId, now);
        this.#keep(charge.id, { cost: charge.cost, rootId, leased: 0, stock });
        return verdict;
      }),
    };
  }

  /**
   * Takes out what is too little and needn't last for anybody else's lease: until the root knows
   * that those units are spent, they hold its bucket down.
   */
  #spentStocks(rule: bigint, most: number, now: number): readonly Stock[] {
    const isSpent = (stock: Stock): boolean =>
      stock.rule === rule && stock.out === 0 && stock.from <= now;
    const spent = this.#stocks.filter(isSpent).slice(0, most);
    this.#stocks = this.#stocks.filter((stock) => !spent.includes(stock));
    return spent;
  }

  #stockOf(
    { rule }: Operation,
    id: bigint,
    verdict: ObjectVerdict,
    sentAt: number,
    now: number,
  ): Stock | undefined {
    if (verdict.leased === 0) return undefined;
    const stock: Stock = {
      rule,
      id,
      left: verdict.leased,
      out: 0,
      from: now + verdict.leaseWaitMs,
      until: sentAt + verdict.leaseMs,
      verdict,
      at: now,
    };
    this.#stocks.push(stock);
    return stock;
  }

  #denied(charge: Operation, verdict: ObjectVerdict, now: number): ObjectVerdict {
    // Units that the root has reserved for this shard are there earlier.
    const covers = verdict.leased >= charge.cost;
    const { retryAfterMs, leaseWaitMs } = verdict;
    const soonest = covers ? Math.min(retryAfterMs ?? Infinity, leaseWaitMs) : retryAfterMs;
    const denied = { ...verdict, retryAfterMs: soonest, leased: 0, leaseWaitMs: 0, leaseMs: 0 };
    if (!verdict.allowed) {
      const ms = Math.min(soonest ?? Infinity, charge.maxWaitMs);
      const until = now + ms;
      const { cost, amounts } = charge;
      this.#denials.set(charge.rule, { amounts, cost, at: now, until, verdict: denied });
    }
    return denied;
  }

  #keep(id: bigint, given: Given): void {
    if (this.#given.size >= MAX_GIVEN) {
      for (const oldest of this.#given.keys()) {
        this.#given.delete(oldest);
        break;
      }
    }
    this.#given.set(id, given);
  }
}

/** The longest lease that is over within `ms` by clocks that drift (wasm/limit/grants.h). */
function leaseWithin(ms: number): number {
  return Math.max(0, Math.floor((ms - 20) / 1.01));
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

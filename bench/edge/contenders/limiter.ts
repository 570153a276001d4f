// The Durable Object of the JavaScript contenders: fixed windows aligned to the epoch, in memory. One
// object a customer, as the gateway has it.
import { DurableObject } from "cloudflare:workers";
import type { LimitRule } from "bench:scenario";
import { countCall } from "./stats.ts";

export interface Verdict {
  allowed: boolean;
  used: number;
  remaining: number;
  resetMs: number;
}

export class Limiter extends DurableObject {
  readonly #windows = new Map<string, { number: number; used: number }>();

  charge(name: string, rule: LimitRule, cost: number): Verdict {
    countCall();
    const now = Date.now();
    const number = Math.floor(now / rule.periodMs);
    let window = this.#windows.get(name);
    if (window === undefined || window.number < number) {
      window = { number, used: 0 };
      this.#windows.set(name, window);
    }
    const allowed = window.used + cost <= rule.units;
    if (allowed) window.used += cost;
    return {
      allowed,
      used: window.used,
      remaining: rule.units - window.used,
      resetMs: (window.number + 1) * rule.periodMs - now,
    };
  }
}

export interface Env {
  readonly STOREFRONT: Fetcher;
  readonly LIMITER: DurableObjectNamespace<Limiter>;
}

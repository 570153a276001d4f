import { ChargeVerdict, type Charge } from "../core/plan.ts";
import { askObjects } from "./ask-objects.ts";
import type { Exchange } from "./exchange.ts";
import { Holds } from "./holds.ts";
import { onDenyList, quotaExceeded } from "./limit-refusal.ts";
import type { PreparedLimit } from "./prepared.ts";
import { noteKnown } from "./verdicts.ts";

/**
 * Admits the charges of a stage, or throws Refusal. Where the core has answered all of them out of
 * the isolate's ledger, as it does for most, it returns undefined and nobody has to wait; else
 * a promise of the objects' answers. `upstream` is the number of the one that the request goes to,
 * or NONE where nobody knows yet.
 */
export function admit(
  exchange: Exchange,
  charges: readonly Charge[],
  upstream: number,
): Promise<void> | undefined {
  let asks = 0;
  let isRefused = false;
  for (const { verdict, shadow } of charges) {
    if (verdict === ChargeVerdict.ask) asks += 1;
    else isRefused ||= !shadow && isRefusing(verdict);
  }
  if (asks > 0 && !isRefused) return admitByObjects(exchange, charges, upstream);
  let refusing: PreparedLimit | undefined;
  for (const charge of charges) {
    const limit = noteKnown(exchange, charge);
    if (charge.verdict === ChargeVerdict.refused && !charge.shadow) refusing ??= limit;
  }
  if (refusing !== undefined) throw onDenyList(refusing);
  if (isRefused) throw quotaExceeded(exchange.verdicts);
  return undefined;
}

function isRefusing(verdict: ChargeVerdict): boolean {
  return verdict === ChargeVerdict.denied || verdict === ChargeVerdict.refused;
}

async function admitByObjects(
  exchange: Exchange,
  charges: readonly Charge[],
  upstream: number,
): Promise<void> {
  const calls = await askObjects(exchange, charges);
  exchange.holds ??= new Holds(exchange);
  exchange.holds.add(calls, upstream);
}

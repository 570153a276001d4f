// Features beside other engines: the same payload, the same users.
import { GrowthBookClient } from "@growthbook/growthbook";
import { instantiateSync } from "sluice/core";
import type { Core } from "sluice/core";
import type { Case } from "../harness/serve.ts";
import { flagd, growthBook, ours } from "./engines.ts";
import type { Engine, Payload, User } from "./engines.ts";
import { COUNTS, payload, users } from "./work.mjs";

const USERS = 64;
/** flagd takes a millisecond a flag to load. */
const MOST_FLAGD = 500;

const nth = <T>(list: readonly T[], i: number): T => {
  const one = list[i % list.length];
  if (one === undefined) throw new Error("nothing to take turns with");
  return one;
};

/** Cases of engines that decide the same for these features and users. */
function evaluation(
  group: string,
  engines: readonly Engine[],
  keys: readonly string[],
  people: readonly User[],
  once: (engine: Engine, user: User) => unknown,
): Case[] {
  return engines.map((engine) => ({
    group,
    by: engine.by,
    run(times) {
      let seen = 0;
      for (let i = 0; i < times; i++) {
        if (once(engine, nth(people, i)) !== undefined) seen++;
      }
      return seen;
    },
    result: () =>
      JSON.stringify(people.map((user) => keys.map((key) => engine.decided(key, user)))),
  }));
}

/** From bytes, whole; and what it takes in JavaScript to have the same as objects. */
function loading(core: Core, data: Payload): Case[] {
  const text = JSON.stringify(data);
  const bytes = new TextEncoder().encode(text);
  const contenders: [by: string, once: () => number][] = [
    [
      "sluice",
      () => {
        const features = core.compileFeatures(bytes);
        const { length } = features.issues;
        features.dispose();
        return length;
      },
    ],
    ["JSON.parse", () => (JSON.parse(text) as Payload).status - data.status],
    [
      "growthbook",
      () => {
        const parsed = JSON.parse(new TextDecoder().decode(bytes)) as Payload;
        const client = new GrowthBookClient({}).initSync({ payload: parsed });
        return client.getFeatures() === parsed.features ? 0 : 1;
      },
    ],
  ];
  return contenders.map(([by, once]) => ({
    group: `load/${String(Object.keys(data.features).length)}`,
    by,
    bytes: bytes.length,
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += once();
      return sum;
    },
    // Nothing is wrong in the payload, and all of it is there.
    result: () => String(once()),
  }));
}

/** The values of ours are those of GrowthBook's SDK, the variations included. */
function checkValues(ours: Engine, growthBook: Engine, people: readonly User[]): void {
  for (const user of people) {
    if (JSON.stringify(ours.all(user)) !== JSON.stringify(growthBook.all(user))) {
      throw new Error(`the values differ for ${JSON.stringify(user)}`);
    }
  }
}

export function makeCases(module: WebAssembly.Module): Case[] {
  const core = instantiateSync(module, { seed: new Uint8Array(16) });
  const people = users(USERS);
  return COUNTS.flatMap((count) => {
    // Objects as JSON.parse makes them, which is how an SDK gets them.
    const data = JSON.parse(JSON.stringify(payload(count))) as Payload;
    const keys = Object.keys(data.features).sort();
    const key = nth(keys, keys.length >> 1);
    const [own, peer] = [ours(core, data), growthBook(data)];
    checkValues(own, peer, people);
    const engines = [own, peer, ...(count <= MOST_FLAGD ? [flagd(data)] : [])];
    // Deciding feature by feature is slow where there are many.
    const some = keys.filter((_, i) => i % Math.ceil(count / 50) === 0);
    return [
      ...evaluation(`all/${String(count)}`, engines, some, people, (engine, user) =>
        engine.all(user),
      ),
      ...evaluation(`one/${String(count)}`, engines, [key], people, (engine, user) =>
        engine.one(key, user),
      ),
      ...loading(core, data),
    ];
  });
}

// The engines that decide the payload of work.mjs: ours, GrowthBook's own SDK, flagd's.
import { GrowthBookClient } from "@growthbook/growthbook";
import { FlagdCore } from "@openfeature/flagd-core";
import type { Core } from "sluice/core";
import { flagdConfiguration } from "./flagd.mjs";
import type { payload, users } from "./work.mjs";

export type Payload = ReturnType<typeof payload>;
export type User = ReturnType<typeof users>[number];

/** One that has its payload. */
export interface Engine {
  readonly by: string;
  /** Decides everything for a user and reads every value. */
  all(user: User): unknown[];
  /** The value of one feature. */
  one(key: string, user: User): unknown;
  /** What engines with another hash agree on: the value of a flag, or whether the user is in the experiment. */
  decided(key: string, user: User): unknown;
}

export function ours(core: Core, payload: Payload): Engine {
  const features = core.compileFeatures(JSON.stringify(payload));
  const keys = features.keys();
  // As a route does, which names its features once.
  const alone = new Map(keys.map((key) => [key, { keys: [key] }]));
  return {
    by: "sluice",
    all(user) {
      const results = features.evaluate(user);
      return keys.map((key) => results.value(key));
    },
    one: (key, user) => features.evaluate(user, alone.get(key)).value(key),
    decided(key, user) {
      const result = features.evaluate(user).get(key);
      return typeof result?.value === "boolean" ? result.value : result?.source === "experiment";
    },
  };
}

export function growthBook(payload: Payload): Engine {
  const client = new GrowthBookClient({}).initSync({ payload });
  const keys = Object.keys(payload.features).sort();
  return {
    by: "growthbook",
    all(user) {
      const context = { attributes: user };
      return keys.map((key): unknown => client.evalFeature(key, context).value);
    },
    one: (key, user): unknown => client.evalFeature(key, { attributes: user }).value,
    decided(key, user) {
      const { source, value } = client.evalFeature<unknown>(key, { attributes: user });
      return typeof value === "boolean" ? value : source === "experiment";
    },
  };
}

export function flagd(payload: Payload): Engine {
  // What it compiles conditions to workerd doesn't run: there it interprets them.
  const disableDynamicCodeGeneration = navigator.userAgent === "Cloudflare-Workers";
  const core = new FlagdCore(undefined, undefined, { disableDynamicCodeGeneration });
  core.setConfigurations(JSON.stringify(flagdConfiguration(payload)));
  const resolve = (key: string, user: User) =>
    payload.features[key]?.defaultValue === false
      ? core.resolveBooleanEvaluation(key, false, user)
      : core.resolveStringEvaluation(key, "control", user);
  return {
    by: "flagd",
    all: (user) => core.resolveAll(user).map(({ value }) => value),
    one: (key, user) => resolve(key, user).value,
    decided(key, user) {
      const { reason, value } = resolve(key, user);
      return typeof value === "boolean" ? value : reason === "TARGETING_MATCH";
    },
  };
}

// What the features part of the bench evaluates, as data: payloads of feature flags with two or three conditions
// each, and users.

/** Features of the payloads. */
export const COUNTS = [1, 500, 10_000];

const COUNTRIES = ["US", "DE", "FR", "GB", "NL", "JP", "BR", "IN"];
const PLANS = ["free", "pro", "team", "enterprise"];

/** Mulberry32: the same payload on every run. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Two or three conditions of the sorts that people write. */
function condition(random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const sorts = [
    () => ({ country: pick(COUNTRIES) }),
    () => ({ country: { $in: [pick(COUNTRIES), pick(COUNTRIES), pick(COUNTRIES)] } }),
    () => ({ plan: { $ne: pick(PLANS) } }),
    () => ({ age: { $gte: Math.floor(random() * 60) } }),
    () => ({ "device.os": pick(["ios", "android", "web"]) }),
    () => ({ appVersion: { $vgte: `${Math.floor(random() * 4)}.${Math.floor(random() * 20)}.0` } }),
    () => ({ tags: { $elemMatch: { $eq: pick(["beta", "vip", "staff"]) } } }),
    () => ({ email: { $regex: pick(["@example\\.com$", "^admin", "\\.org$"]) } }),
    () => ({ employee: random() < 0.5 }),
  ];
  const count = 2 + Math.floor(random() * 2);
  return Object.assign({}, ...Array.from({ length: count }, () => pick(sorts)()));
}

/**
 * A payload in GrowthBook's format. Half of the features are flags, the other half experiments.
 * @returns {{
 *   status: number, dateUpdated: string,
 *   features: Record<string, { defaultValue: boolean | string, rules: Record<string, unknown>[] }>,
 * }}
 */
export function payload(features, seed = 1) {
  const random = generator(seed);
  const entries = Array.from({ length: features }, (_, i) => {
    const key = `feature-${String(i).padStart(5, "0")}`;
    const rule =
      i % 2 === 0
        ? { id: `fr_${String(i)}`, condition: condition(random), force: true }
        : {
            id: `fr_${String(i)}`,
            key: `experiment-${String(i)}`,
            seed: `seed-${String(i)}`,
            hashAttribute: "id",
            hashVersion: 2,
            condition: condition(random),
            variations: ["control", "treatment"],
            weights: [0.5, 0.5],
            coverage: 1,
            meta: [{ key: "0" }, { key: "1" }],
            phase: "0",
          };
    return [key, { defaultValue: i % 2 === 0 ? false : "control", rules: [rule] }];
  });
  return {
    status: 200,
    features: Object.fromEntries(entries),
    dateUpdated: "2026-11-21T00:00:00Z",
  };
}

export function users(count, seed = 2) {
  const random = generator(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  return Array.from({ length: count }, (_, i) => ({
    id: `0192e4a1-7b3c-7000-8000-${String(i).padStart(12, "0")}`,
    country: pick(COUNTRIES),
    plan: pick(PLANS),
    age: Math.floor(random() * 80),
    device: { os: pick(["ios", "android", "web"]), model: "m1" },
    appVersion: `${Math.floor(random() * 4)}.${Math.floor(random() * 20)}.${Math.floor(random() * 9)}`,
    tags: random() < 0.5 ? ["beta", "early"] : [],
    email: `user${i}@example.${pick(["com", "org", "net"])}`,
    employee: random() < 0.1,
  }));
}

// What changes for whom when a rollout grows or a split changes: the same users before and after.

const payload = (rule) =>
  JSON.stringify({ features: { new: { defaultValue: "old", rules: [rule] } } });

const rollout = (coverage) =>
  payload({ force: "new", coverage, hashAttribute: "id", seed: "new", hashVersion: 2 });
const split = (coverage, weights) =>
  payload({ key: "new-test", hashVersion: 2, variations: ["a", "b"], weights, coverage });

const CHANGES = [
  { name: "rollout 10% → 20%", before: rollout(0.1), after: rollout(0.2), from: 0.1, to: 0.2 },
  { name: "rollout 50% → 100%", before: rollout(0.5), after: rollout(1), from: 0.5, to: 1 },
  { name: "rollout 20% → 10%", before: rollout(0.2), after: rollout(0.1), from: 0.1, to: 0.2 },
  {
    name: "experiment, weights 90/10 → 50/50",
    before: split(1, [0.9, 0.1]),
    after: split(1, [0.5, 0.5]),
    seed: "new-test",
    from: 0.5,
    to: 0.9,
  },
];

/** @param {any} core @param {number} users */
export function rollouts(core, users) {
  return CHANGES.map(({ name, before, after, seed = "new", from, to }) => {
    const [one, other] = [core.compileFeatures(before), core.compileFeatures(after)];
    const value = (features, id) => features.evaluate(JSON.stringify({ id })).value("new");
    let moved = 0;
    let between = 0;
    let wrong = 0;
    for (let user = 0; user < users; user++) {
      const id = `user-${user}`;
      const changed = value(one, id) !== value(other, id);
      const n = core.hash(seed, id, 2);
      // A rollout's coverage includes its bound, a variation's range doesn't.
      const isBetween = seed === "new" ? n > from && n <= to : n >= from && n < to;
      moved += changed ? 1 : 0;
      between += isBetween ? 1 : 0;
      wrong += changed === isBetween ? 0 : 1;
    }
    one.dispose();
    other.dispose();
    return { name, users, moved, between, wrong };
  });
}

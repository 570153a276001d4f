// The weights that a policy's feature payload gives to the variations of its experiments, as far as a test of
// the sample ratio can use them. Read out of the text when an operator asks: no request needs them.

/** Null: rules that differ, or weights that change by themselves, share the key. */
export type ExperimentWeights = ReadonlyMap<string, readonly number[] | null>;

type JsonObject = Readonly<Record<string, unknown>>;

/** Of the policy's own text, which has compiled. By the experiment's key. */
export function experimentWeights(policy: Uint8Array): ExperimentWeights {
  const weights = new Map<string, readonly number[] | null>();
  const payload = objectAt(
    objectAt(JSON.parse(new TextDecoder().decode(policy)), "features"),
    "payload",
  );
  for (const [feature, definition] of Object.entries(objectAt(payload, "features"))) {
    for (const rule of arrayAt(definition, "rules")) note(weights, rule, feature);
  }
  for (const experiment of arrayAt(payload, "experiments")) note(weights, experiment, undefined);
  return weights;
}

function note(
  weights: Map<string, readonly number[] | null>,
  experiment: unknown,
  feature: string | undefined,
): void {
  if (!isObject(experiment)) return;
  const { variations, key = feature } = experiment;
  if (typeof key !== "string" || !Array.isArray(variations)) return;
  const own = weightsOf(experiment, variations.length);
  const known = weights.get(key);
  const differs = known !== undefined && JSON.stringify(known) !== JSON.stringify(own);
  weights.set(key, differs ? null : own);
}

/** As GrowthBook's SDK takes them: ranges go before weights, and weights that aren't right are equal ones. */
function weightsOf(experiment: JsonObject, count: number): readonly number[] | null {
  if ("contextualBanditRef" in experiment) return null;
  const ranges = experiment["ranges"];
  if (Array.isArray(ranges)) {
    const widths = ranges.map((range: unknown) =>
      Array.isArray(range) ? Math.max(0, Number(range[1]) - Number(range[0])) : NaN,
    );
    const sum = widths.reduce((left, right) => left + right, 0);
    return widths.length === count && sum > 0 ? widths.map((width) => width / sum) : null;
  }
  const given: unknown = experiment["weights"];
  const equal = Array.from({ length: count }, () => 1 / count);
  if (!Array.isArray(given) || given.length !== count) return equal;
  const numbers = given.map(Number);
  const sum = numbers.reduce((left, right) => left + right, 0);
  return sum >= 0.99 && sum <= 1.01 ? numbers.map((weight) => weight / sum) : equal;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectAt(value: unknown, name: string): JsonObject {
  const member = isObject(value) ? value[name] : undefined;
  return isObject(member) ? member : {};
}

function arrayAt(value: unknown, name: string): readonly unknown[] {
  const member = isObject(value) ? value[name] : undefined;
  return Array.isArray(member) ? (member as readonly unknown[]) : [];
}

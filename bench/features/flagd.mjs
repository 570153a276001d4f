// The payload of work.mjs in flagd's format (JSON logic), condition by condition. Experiments get flagd's own hash.

const EMAILS = {
  "@example\\.com$": { ends_with: [{ var: "email" }, "@example.com"] },
  "\\.org$": { ends_with: [{ var: "email" }, ".org"] },
  "^admin": { starts_with: [{ var: "email" }, "admin"] },
};

const OPERATORS = {
  $in: (name, list) => ({ in: [name, list] }),
  $ne: (name, value) => ({ "!=": [name, value] }),
  $gte: (name, value) => ({ ">=": [name, value] }),
  $vgte: (name, version) => ({ sem_ver: [name, ">=", version] }),
  $elemMatch: (name, { $eq }) => ({ in: [$eq, name] }),
  $regex: (_, pattern) => EMAILS[pattern],
};

function logic([attribute, wanted]) {
  const name = { var: attribute };
  if (typeof wanted !== "object") return { "==": [name, wanted] };
  const [[operator, operand]] = Object.entries(wanted);
  const made = OPERATORS[operator]?.(name, operand);
  if (made === undefined) throw new Error(`no flagd logic for ${JSON.stringify(wanted)}`);
  return made;
}

function flag({ defaultValue, rules: [rule] }) {
  const condition = { and: Object.entries(rule.condition).map(logic) };
  const isExperiment = rule.variations !== undefined;
  const match = isExperiment
    ? {
        fractional: [
          { cat: [rule.seed, { var: "id" }] },
          ...rule.variations.map((name, i) => [name, Math.round(rule.weights[i] * 100)]),
        ],
      }
    : "on";
  return {
    state: "ENABLED",
    variants: isExperiment
      ? Object.fromEntries(rule.variations.map((name) => [name, name]))
      : { on: rule.force, off: defaultValue },
    defaultVariant: isExperiment ? defaultValue : "off",
    targeting: { if: [condition, match] },
  };
}

/** @param {ReturnType<typeof import("./work.mjs").payload>} payload */
export function flagdConfiguration({ features }) {
  return {
    flags: Object.fromEntries(Object.entries(features).map(([key, one]) => [key, flag(one)])),
  };
}

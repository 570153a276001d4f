// What this engine and the reference see differently, and who is right by which section of the specification. A case is
// compared with these when it was made as small as it gets, so what is left of its schema is what the difference is about.

import { isMultiple } from "./decimal.mjs";

/** Every value of a keyword in the schema. */
function* valuesOf(schema, keyword) {
  if (typeof schema !== "object" || schema === null) return;
  for (const [name, value] of Object.entries(schema)) {
    if (name === keyword) yield value;
    yield* valuesOf(value, keyword);
  }
}

function* numbersOf(value) {
  if (typeof value === "number") yield value;
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) yield* numbersOf(part);
  }
}

/** What the reference does: a remainder of doubles, with some tolerance. */
const roughly = (value, divisor) => {
  const remainder = value % divisor;
  const epsilon = 1.1920929e-7;
  return Math.abs(0 - remainder) < epsilon || Math.abs(divisor - remainder) < epsilon;
};

/**
 * @type {{ what: string, why: string,
 *   is: (one: { schema: any, instance: any, dialect: string, assertFormat: boolean, ours: unknown, theirs: unknown }) => boolean }[]}
 */
export const EXPLAINED = [
  {
    what: "multipleOf is exact",
    why: "Validation, section 6.2.1: the division results in an integer; the reference's remainder is one of doubles",
    is: ({ schema, instance }) =>
      [...valuesOf(schema, "multipleOf")].some(
        (divisor) =>
          typeof divisor === "number" &&
          [...numbersOf(instance)].some(
            (one) => isMultiple(one, divisor) !== roughly(one, divisor),
          ),
      ),
  },
  {
    what: "leap seconds in format time",
    why: "RFC 3339, section 5.6 and 5.7: time-second is 60 where 23:59:60 UTC is; the reference refuses them without a date",
    is: ({ schema, instance, ours, theirs }) =>
      [...valuesOf(schema, "format")].includes("time") &&
      ours !== theirs &&
      JSON.stringify(instance)?.includes(":60"),
  },
];

export const explanation = (one) => EXPLAINED.find(({ is }) => is(one));

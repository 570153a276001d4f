// What this engine and the reference see differently, and who is right by which section of the specification. A case is
// compared with these when it was made as small as it gets, so what is left of its schema is what the difference is about.

import { isMultiple } from "./decimal.mjs";
import { DIALECTS } from "./random_schema.mjs";
import { changed, MAPS, meaningful } from "./subschemas.mjs";

/** Every value of a keyword in a schema. */
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
function roughly(value, divisor) {
  const remainder = value % divisor;
  const tolerance = 1.1920929e-7;
  return Math.abs(remainder) < tolerance || Math.abs(divisor - remainder) < tolerance;
}

const dialectOf = ({ $schema }) =>
  Object.entries(DIALECTS).find(([, uri]) => uri === $schema)?.[0] ?? "2020-12";

/** Keywords for which the reference looks at another one beside them. */
const PAIRED = [
  "additionalItems", "additionalProperties", "contains", "else", "items", "then", "unevaluatedItems",
  "unevaluatedProperties",
]; // prettier-ignore

/**
 * @typedef {{
 *   schema: any, resources: Record<string, any>, instance: any, dialect: string, assertFormat: boolean,
 *   ours: unknown, theirs: unknown,
 *   accepts: (documents: { schema: any, resources: Record<string, any> }) => Promise<boolean>,
 * }} Case  `accepts`: whether the reference takes a schema
 * @type {{ what: string, why: string, is: (one: Case) => boolean | Promise<boolean> }[]}
 */
const EXPLAINED = [
  {
    what: "multipleOf is exact",
    why: "Validation 2020-12, 6.2.1: the division results in an integer; the reference's remainder is one of doubles",
    is: ({ schema, resources, instance }) =>
      [...valuesOf([schema, resources], "multipleOf")].some(
        (divisor) =>
          typeof divisor === "number" &&
          [...numbersOf(instance)].some(
            (one) => isMultiple(one, divisor) !== roughly(one, divisor),
          ),
      ),
  },
  {
    what: "draft 4's integers have no exponent",
    why: "draft 4, 3.5: an integer is a number without a fraction or exponent part; the reference has only doubles",
    is: ({ schema, resources, instance }) =>
      [schema, ...Object.values(resources)].some((one) => dialectOf(one) === "draft-04") &&
      [...valuesOf([schema, resources], "type")].flat().includes("integer") &&
      [...numbersOf(instance)].some((one) => String(one).includes("e")),
  },
  {
    what: "leap seconds in format time",
    why: "RFC 3339, 5.6 and 5.7: time-second is 60 at 23:59:60 UTC; the reference refuses it where there is no date",
    is: ({ schema, resources, instance }) =>
      [...valuesOf([schema, resources], "format")].includes("time") &&
      JSON.stringify(instance ?? null).includes(":60"),
  },
  {
    what: "an empty pattern matches every name",
    why: "ECMA-262, 22.2.2: the empty pattern matches; the reference joins patterns and takes the empty one for none",
    is: ({ schema, resources }) =>
      [...valuesOf([schema, resources], "patternProperties")].some((one) => "" in one) &&
      [...valuesOf([schema, resources], "additionalProperties")].length > 0,
  },
  {
    what: "contains evaluates nothing in 2019-09",
    why: "2019-09, 9.3.1.3 and 9.3.1.4: only items, additionalItems and unevaluatedItems tell unevaluatedItems",
    is: ({ schema, resources }) =>
      [schema, ...Object.values(resources)].some(
        (one) =>
          dialectOf(one) === "2019-09" &&
          [...valuesOf(one, "contains")].length > 0 &&
          [...valuesOf(one, "unevaluatedItems")].length > 0,
      ),
  },
  {
    what: "keywords belong together by the dialect they stand in",
    why: "2020-12, 9.3.3: a reference's dialect is its target's alone; the reference looks for `if` beside an `else` by the dialect that the else's $ref leads to",
    is: ({ schema, resources }) =>
      PAIRED.flatMap((name) => [...valuesOf([schema, resources], name)]).some((one) => {
        const target = Object.entries(resources).find(([uri]) => uri.endsWith(`/${one?.$ref}`));
        return target !== undefined && target[1].$schema !== schema.$schema;
      }),
  },
  {
    what: "loops are found when a schema is compiled",
    why: "2020-12, 9.4.1: a schema must not be run into an infinite loop; the reference does, if an instance gets there",
    is: ({ ours, theirs, because }) =>
      ours === "refused" && theirs === undefined && because.includes("reference_loop"),
  },
  {
    what: "a name in a map of schemas is no identifier",
    why: "draft-07, 8.2: $id is a keyword of schemas; the reference takes a definition that is called so for one",
    is: ({ schema, resources, ours, theirs }) =>
      ours === "refused" &&
      theirs === undefined &&
      MAPS.flatMap((name) => [...valuesOf([schema, resources], name)]).some(
        (map) => typeof (map?.id ?? map?.$id) === "string",
      ),
  },
  {
    what: "what says nothing of a value isn't checked",
    why: "7.8.1 and 8.2.3.1 (draft-07: 8.3): unknown keywords, titles and what stands beside a $ref up to draft-07; the reference checks them all by the meta-schema, and looks for references in them",
    is: async ({ schema, resources, ours, theirs, accepts }) =>
      ours === undefined &&
      theirs === "refused" &&
      (await accepts({
        schema: meaningful(schema, dialectOf(schema)),
        resources: Object.fromEntries(
          Object.entries(resources).map(([uri, one]) => [uri, meaningful(one, dialectOf(one))]),
        ),
      })),
  },
  {
    what: "lists that may be empty",
    why: "draft-07, 6.1.2: an enum should have an element, 6.4.1: items may be any array; only the meta-schemas ask for one",
    is: ({ schema, resources, ours, theirs, accepts }) => {
      const filled = (one) =>
        changed(one, dialectOf(one), ({ items, enum: list, ...rest }) => ({
          ...rest,
          ...(items === undefined || items?.length === 0 ? {} : { items }),
          ...(list === undefined || list?.length === 0 ? {} : { enum: list }),
        }));
      const others = Object.entries(resources).map(([uri, one]) => [uri, filled(one)]);
      return (
        ours === undefined &&
        theirs === "refused" &&
        accepts({ schema: filled(schema), resources: Object.fromEntries(others) })
      );
    },
  },
];

/** @param {Case & { because?: string }} one */
export async function explanation(one) {
  for (const known of EXPLAINED) if (await known.is(one)) return known;
  return undefined;
}

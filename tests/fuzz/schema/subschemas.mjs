// Where schemas stand in a schema, by dialect: through the keywords that hold some.

const ONE = {
  "draft-04": ["additionalItems", "additionalProperties", "items", "not"],
  "draft-06": ["contains", "propertyNames"],
  "draft-07": ["else", "if", "then"],
  "2019-09": ["contentSchema", "unevaluatedItems", "unevaluatedProperties"],
  "2020-12": [],
};
const LISTS = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/** Keywords whose values have schemas by names. */
export const MAPS = [
  "$defs",
  "definitions",
  "dependencies",
  "dependentSchemas",
  "patternProperties",
  "properties",
];
const ORDER = Object.keys(ONE);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const hidesBeside = (dialect) => ORDER.indexOf(dialect) < ORDER.indexOf("2019-09");

/**
 * The schema as `change` makes it, which gets each subschema that is an object, those within it changed before.
 * @param {(schema: any) => any} change
 */
export function changed(schema, dialect, change) {
  if (!isObject(schema)) return schema;
  const one = ORDER.slice(0, ORDER.indexOf(dialect) + 1).flatMap((name) => ONE[name]);
  const within = (value) => changed(value, dialect, change);
  const copy = { ...schema };
  for (const [name, value] of Object.entries(schema)) {
    if (one.includes(name) && isObject(value)) copy[name] = within(value);
    if (LISTS.includes(name) && Array.isArray(value)) copy[name] = value.map(within);
    if (MAPS.includes(name) && isObject(value)) {
      copy[name] = Object.fromEntries(
        Object.entries(value).map(([key, part]) => [key, within(part)]),
      );
    }
  }
  return change(copy);
}

const KNOWN = new Set(
  [
    ...Object.values(ONE).flat(), ...LISTS, ...MAPS,
    "$schema", "$id", "id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor",
    "const", "enum", "type", "required", "dependentRequired", "format", "pattern", "uniqueItems", "multipleOf", "maximum",
    "minimum", "exclusiveMaximum", "exclusiveMinimum", "maxLength", "minLength", "maxItems", "minItems", "maxProperties",
    "minProperties", "maxContains", "minContains",
  ],
); // prettier-ignore

/** Without what says nothing of a value: unknown keywords and annotations, and what a `$ref` hides. */
export const meaningful = (schema, dialect) =>
  changed(schema, dialect, (one) => {
    if (hidesBeside(dialect) && typeof one.$ref === "string") {
      const { $schema, $ref, definitions } = one;
      return JSON.parse(JSON.stringify({ $schema, $ref, definitions }));
    }
    return Object.fromEntries(Object.entries(one).filter(([name]) => KNOWN.has(name)));
  });

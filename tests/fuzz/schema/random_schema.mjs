// Random schemas of a dialect that end on every instance: a reference to the same value goes only to definitions that
// come later; where a keyword goes down into the instance, it may go anywhere.

import { FORMATS, FORMATS_SINCE, NAMES, NUMBERS, PATTERNS, TEXTS, value } from "./values.mjs";

export const DIALECTS = {
  "draft-04": "http://json-schema.org/draft-04/schema#",
  "draft-06": "http://json-schema.org/draft-06/schema#",
  "draft-07": "http://json-schema.org/draft-07/schema#",
  "2019-09": "https://json-schema.org/draft/2019-09/schema",
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
};
const ORDER = Object.keys(DIALECTS);
const since = (dialect, first) => ORDER.indexOf(dialect) >= ORDER.indexOf(first);

const TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"];
const DEFINITIONS = 4;

export const formatsOf = (dialect) =>
  ORDER.slice(0, ORDER.indexOf(dialect) + 1).flatMap((name) => FORMATS_SINCE[name]);

/** Keywords that say something of one kind of value alone; each makes its members. */
function assertions({ random, dialect }) {
  const { pick, below, chance, many } = random;
  const names = () => [...new Set(many(2, () => pick(NAMES)))];
  const bounds = (least, most) =>
    pick([
      () => ({ [least]: below(4) }),
      () => ({ [most]: below(4) }),
      () => ({ [least]: below(3), [most]: 1 + below(4) }),
    ]);
  const number = () => pick(NUMBERS);
  const exclusive =
    dialect === "draft-04"
      ? [
          () => ({ maximum: number(), exclusiveMaximum: chance(0.5) }),
          () => ({ minimum: number(), exclusiveMinimum: chance(0.5) }),
        ]
      : [() => ({ exclusiveMaximum: number() }), () => ({ exclusiveMinimum: number() })];
  const distinct = (list) => [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
  return [
    () => ({ type: pick(TYPES) }),
    () => ({ type: pick(TYPES) }),
    () => ({ type: [...new Set([pick(TYPES), pick(TYPES)])] }),
    () => ({ enum: distinct([value(random, 1), ...many(3, () => value(random, 1))]) }),
    ...(since(dialect, "draft-06") ? [() => ({ const: value(random) })] : []),
    () => ({ multipleOf: pick([1, 2, 3, 0.5, 0.1, 1.5, 1e-7, 10]) }),
    () => ({ maximum: number() }),
    () => ({ minimum: number() }),
    ...exclusive,
    () => bounds("minLength", "maxLength")(),
    () => ({ pattern: pick(PATTERNS) }),
    () => ({ pattern: pick(PATTERNS) }),
    () => ({ format: pick(formatsOf(dialect)) }),
    () => bounds("minItems", "maxItems")(),
    () => ({ uniqueItems: chance(0.8) }),
    () => bounds("minProperties", "maxProperties")(),
    () => ({ required: dialect === "draft-04" ? [pick(NAMES)] : names() }),
    ...(since(dialect, "2019-09")
      ? [() => ({ dependentRequired: { [pick(NAMES)]: names() } })]
      : [() => ({ dependencies: { [pick(NAMES)]: [pick(NAMES)] } })]),
    () => ({ title: "A title", default: value(random, 1) }),
  ];
}

/** A maker of schemas within one resource. */
class Maker {
  /**
   * @param {{ random: any, dialect: string, definitions: string[], dynamic: boolean }} options
   *   `definitions`: how each definition is referred to from here, in their order
   */
  constructor({ random, dialect, definitions, dynamic }) {
    this.random = random;
    this.dialect = dialect;
    this.definitions = definitions;
    this.dynamic = dynamic;
    this.assertions = assertions(this);
  }

  /** `after`: definitions from this number on may be applied to the same value. */
  schema(depth, after) {
    const { chance, below, pick } = this.random;
    if (since(this.dialect, "draft-06") && chance(0.06)) return chance(0.7);
    if (depth <= 0 || chance(0.25)) return Object.assign({}, ...this.some(1, 2, this.assertions));
    if (chance(0.12)) {
      const ref = this.reference(after, false);
      if (ref !== null) return chance(0.5) ? ref : { ...ref, ...pick(this.assertions)() };
    }
    const parts = this.some(0, 2, this.assertions);
    for (let i = 1 + below(3); i > 0; i--) parts.push(this.applicator(depth - 1, after));
    return Object.assign({}, ...parts);
  }

  some(least, most, list) {
    const { below, pick } = this.random;
    return Array.from({ length: least + below(most - least + 1) }, () => pick(list)());
  }

  /** A schema that is applied to a part of the instance. */
  child(depth) {
    const { chance } = this.random;
    if (chance(0.15)) {
      const ref = this.reference(0, true);
      if (ref !== null) return ref;
    }
    return this.schema(depth, 0);
  }

  reference(after, below) {
    const { pick, chance } = this.random;
    if (below && this.dynamic && chance(0.4)) {
      return this.dialect === "2020-12" ? { $dynamicRef: "#node" } : { $recursiveRef: "#" };
    }
    if (below && chance(0.3)) return { $ref: "#" };
    const usable = this.definitions.slice(after);
    return usable.length === 0 ? null : { $ref: pick(usable) };
  }

  list(depth, after, most = 3) {
    return Array.from({ length: 1 + this.random.below(most) }, () => this.schema(depth, after));
  }

  applicator(depth, after) {
    const { pick, below, chance } = this.random;
    const { dialect } = this;
    const child = () => this.child(depth);
    const same = () => this.schema(depth, after);
    const children = () => Array.from({ length: 1 + below(3) }, child);
    const members = (names, make) =>
      Object.fromEntries(this.random.many(3, () => [pick(names), make()]));
    const maybe = (name, make, p = 0.4) => (chance(p) ? { [name]: make() } : {});
    const dependent = since(dialect, "2019-09") ? "dependentSchemas" : "dependencies";
    const closed = () => (dialect === "draft-04" || chance(0.5) ? chance(0.3) : child());
    const tuple = () =>
      dialect === "2020-12"
        ? { prefixItems: children(), ...maybe("items", child) }
        : { items: children(), ...maybe("additionalItems", closed) };
    const choices = [
      () => ({ properties: members(NAMES, child), ...maybe("additionalProperties", closed) }),
      () => ({ properties: members(NAMES, child), ...maybe("required", () => [pick(NAMES)]) }),
      () => ({
        patternProperties: members(PATTERNS, child),
        ...maybe("additionalProperties", closed),
      }),
      () => ({ additionalProperties: closed() }),
      () => ({ items: child() }),
      tuple,
      () => ({ [dependent]: members(NAMES, same) }),
      () => ({ allOf: this.list(depth, after) }),
      () => ({ anyOf: this.list(depth, after) }),
      () => ({ oneOf: this.list(depth, after) }),
      () => ({ not: same() }),
    ];
    if (since(dialect, "draft-06")) {
      choices.push(
        () => ({ contains: child(), ...this.containsBounds() }),
        () => ({ propertyNames: this.schema(Math.min(depth, 1), after) }),
      );
    }
    if (since(dialect, "draft-07")) {
      choices.push(() => ({
        if: same(),
        ...maybe("then", same, 0.7),
        ...maybe("else", same, 0.7),
      }));
    }
    if (since(dialect, "2019-09")) {
      const unevaluated = () => (chance(0.6) ? false : child());
      const some = () =>
        Object.assign(
          {},
          ...this.some(0, 2, [
            () => ({ properties: members(NAMES, child) }),
            tuple,
            () => ({ allOf: this.list(depth, after) }),
            () => ({ anyOf: this.list(depth, after) }),
            () => ({ contains: child(), ...this.containsBounds() }),
            () => this.reference(after, false) ?? {},
          ]),
        );
      choices.push(
        () => ({ ...some(), unevaluatedProperties: unevaluated() }),
        () => ({ ...some(), unevaluatedItems: unevaluated() }),
      );
    }
    return pick(choices)();
  }

  containsBounds() {
    const { below, chance } = this.random;
    if (!since(this.dialect, "2019-09")) return {};
    return {
      ...(chance(0.4) ? { minContains: below(3) } : {}),
      ...(chance(0.4) ? { maxContains: below(3) } : {}),
    };
  }
}

const BASE = "https://test.example/";
const idOf = (dialect) => (dialect === "draft-04" ? "id" : "$id");

/** Objects take an identifier, booleans don't; and where $ref hides its siblings, one beside it would be nowhere. */
function holder(dialect, made) {
  if (typeof made === "boolean") return {};
  return !since(dialect, "2019-09") && "$ref" in made ? { allOf: [made] } : made;
}

/** A document of its own, of any dialect, that refers to nothing but itself. */
function external(random, uri, depth) {
  const dialect = random.pick(ORDER);
  const maker = new Maker({ random, dialect, definitions: [], dynamic: false });
  const made = holder(dialect, maker.schema(depth, 0));
  return { $schema: DIALECTS[dialect], [idOf(dialect)]: uri, ...made };
}

/**
 * A whole schema: definitions by pointer, by anchor, as resources of their own, and in documents of their own.
 * @returns {{ schema: any, resources: Record<string, any> }}
 */
export function randomSchema(random, dialect, depth = 3) {
  const { chance, pick } = random;
  const definitionsName = since(dialect, "2019-09") ? "$defs" : "definitions";
  const dynamic = since(dialect, "2019-09") && chance(0.4);
  const sorts = ["pointer", "pointer", "anchor", "resource", ...(chance(0.3) ? ["external"] : [])];
  const kinds = Array.from({ length: DEFINITIONS }, () => pick(sorts));
  // How the root names each, and how a resource within it does.
  const named = (root) =>
    kinds.map((kind, i) => {
      if (kind === "resource" || kind === "external") return `${kind}${i}`;
      return kind === "anchor" ? `${root}#def${i}` : `${root}#/${definitionsName}/d${i}`;
    });
  const marks = () => {
    if (!dynamic) return {};
    return dialect === "2020-12" ? { $dynamicAnchor: "node" } : { $recursiveAnchor: chance(0.8) };
  };
  const maker = new Maker({ random, dialect, definitions: named(""), dynamic });
  const inner = new Maker({ random, dialect, definitions: named("root"), dynamic });
  const resources = {};
  const definitions = {};
  kinds.forEach((kind, i) => {
    const make = (by) => holder(dialect, by.schema(depth - 1, i + 1));
    if (kind === "external") {
      resources[`${BASE}external${i}`] = external(random, `${BASE}external${i}`, depth - 1);
    } else if (kind === "resource") {
      definitions[`d${i}`] = { [idOf(dialect)]: `resource${i}`, ...marks(), ...make(inner) };
    } else if (kind === "anchor") {
      const anchor = since(dialect, "2019-09")
        ? { $anchor: `def${i}` }
        : { [idOf(dialect)]: `#def${i}` };
      definitions[`d${i}`] = { ...anchor, ...make(maker) };
    } else {
      definitions[`d${i}`] = maker.schema(depth - 1, i + 1);
    }
  });
  const schema = {
    $schema: DIALECTS[dialect],
    [idOf(dialect)]: `${BASE}root`,
    ...marks(),
    ...holder(dialect, maker.schema(depth, 0)),
    [definitionsName]: definitions,
  };
  return { schema, resources };
}

/** An instance that has to do with the schema now and then: its constants, its names, texts of its formats. */
export function randomInstance(random, { schema, resources }, depth = 3) {
  const { pick, chance, many, below } = random;
  const found = { values: [], names: [...NAMES], formats: [] };
  collect(schema, found);
  collect(resources, found);
  const texts = found.formats.flatMap((name) => FORMATS[name]);
  const make = (levels) => {
    if (found.values.length > 0 && chance(0.15)) return pick(found.values);
    if (texts.length > 0 && chance(0.3)) return pick(texts);
    if (levels > 0 && chance(0.35)) {
      return Object.fromEntries(many(4, () => [pick(found.names), make(levels - 1)]));
    }
    if (levels > 0 && chance(0.3)) {
      const items = many(4, () => make(levels - 1));
      return items.length > 0 && chance(0.2) ? [...items, items[below(items.length)]] : items;
    }
    return chance(0.5) ? value(random, 0) : pick(TEXTS);
  };
  return make(depth);
}

function collect(schema, found) {
  if (typeof schema !== "object" || schema === null) return;
  if (Array.isArray(schema)) {
    for (const one of schema) collect(one, found);
    return;
  }
  for (const [name, one] of Object.entries(schema)) {
    if (name === "const") found.values.push(one);
    else if (name === "enum" && Array.isArray(one)) found.values.push(...one);
    else if (name === "format") found.formats.push(one);
    else if (name === "required" && Array.isArray(one)) found.names.push(...one, ...one);
    else {
      if (name === "properties" && one !== null)
        found.names.push(...Object.keys(one), ...Object.keys(one));
      collect(one, found);
    }
  }
}

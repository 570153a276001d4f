// Schemas of the document made schemas of the policy: each that is referred to gets a name there.
import { from30 } from "./dialect-3-0.mjs";
import { convertDiscriminator } from "./discriminator.mjs";
import { convertFormat } from "./formats.mjs";
import { Names } from "./names.mjs";
import { DROPPED, PLAIN, SCHEMA, SCHEMAS, SCHEMAS_BY_NAME } from "./schema-keywords.mjs";
import { textOf } from "./source.mjs";
import { quoted } from "./sources.mjs";

const MAX_DEPTH = 128;
const MAX_SCHEMAS = 100_000; // objects that are converted, all together
const DIALECTS = [
  "https://spec.openapis.org/oas/3.1/dialect/base",
  "https://json-schema.org/draft/2020-12/schema",
];

/**
 * A schema means something else on its way in and out: what is readOnly needn't be there in a request, nor what is
 * writeOnly in a response.
 */
export const REQUEST = "request";
export const RESPONSE = "response";
const NOT_REQUIRED = { [REQUEST]: "readOnly", [RESPONSE]: "writeOnly" };

/** A reference to a schema whose name isn't known before all are converted. */
export class SchemaReference {
  constructor(entry, mode) {
    this.entry = entry;
    this.mode = mode;
  }
  /** Until then: which entry it is, so that texts can be compared. */
  toJSON() {
    return this.entry.name ?? `${this.entry.number}`;
  }
}

export class Schemas {
  #sources;
  #findings;
  #is30;
  #entries = new Map();
  #pending = [];
  #converted = 0;

  constructor(sources, findings, { is30, dialect }) {
    this.#sources = sources;
    this.#findings = findings;
    this.#is30 = is30;
    if (dialect?.present) this.#dialect(dialect, "the schemas are");
  }

  #dialect(node, what) {
    if (DIALECTS.includes(node.value)) return;
    this.#findings.warning(
      "unknown_dialect",
      node,
      `${what} read as of JSON Schema 2020-12, not of ${quoted(node.value)}`,
    );
  }

  /** A reference to the schema at a node, which is called `title` if nothing in the document names it. */
  refer(node, mode, title) {
    // One that only refers is what it refers to.
    let target = node;
    if (
      node.isObject &&
      typeof node.value.$ref === "string" &&
      (this.#is30 || Object.keys(node.value).length === 1)
    ) {
      target = this.#sources.target(node);
      if (target === undefined) return true;
    }
    let entry = this.#entries.get(target.key);
    if (entry === undefined) {
      entry = {
        number: this.#entries.size,
        node: target,
        title: this.#titleOf(target, target === node ? title : undefined),
        bodies: {},
      };
      this.#entries.set(target.key, entry);
    }
    return this.#inMode(entry, mode);
  }

  /** A reference to a schema that was made here, out of converted parts. */
  add(title, schema, mode, node) {
    const key = `${node.key} ${title}`;
    const entry = {
      number: this.#entries.size,
      node,
      title: { text: title, own: false },
      bodies: {},
    };
    entry.bodies[mode] = schema;
    this.#entries.set(key, entry);
    return new SchemaReference(entry, mode);
  }

  /** The schema at a node, converted in place. */
  convert(node, mode) {
    const schema = this.#convert(node, mode, 0);
    return schema;
  }

  /** All schemas by name, once every reference was made; `origins` has the node of each. */
  finish() {
    this.#drain();
    this.#split();
    const names = new Names();
    const entries = [...this.#entries.values()];
    // What the document calls by a name keeps it before others that happen to come to the same.
    for (const entry of entries.toSorted((a, b) => Number(b.title.own) - Number(a.title.own))) {
      entry.name = names.take(entry.title.text, "schema");
      if (entry.splits)
        entry.requestName = names.take(`${entry.name.slice(0, 56)}-request`, "schema");
    }
    const schemas = {};
    const origins = new Map();
    for (const entry of entries) {
      const modes = entry.splits ? [RESPONSE, REQUEST] : [Object.keys(entry.bodies)[0]];
      for (const mode of modes) {
        const name = nameIn(entry, mode);
        schemas[name] = named(entry.bodies[mode]);
        origins.set(name, entry.node);
      }
    }
    return { schemas, origins };
  }

  #titleOf(node, title) {
    const [section, kind, name] = node.keys;
    if (section === "components" && kind === "schemas" && node.keys.length === 3)
      return { text: name, own: true };
    const file = node.file.replace(/^.*[/\\]|\.[^.]*$/g, "");
    const structural = new Set(["components", "schemas", "properties", "$defs", "definitions"]);
    const telling = node.keys.filter((key) => !structural.has(key));
    if (title !== undefined) return { text: title, own: false };
    return { text: telling.length > 0 ? telling.slice(-3).join("-") : file, own: false };
  }

  #inMode(entry, mode) {
    if (!(mode in entry.bodies)) {
      entry.bodies[mode] = undefined;
      this.#pending.push([entry, mode]);
    }
    return new SchemaReference(entry, mode);
  }

  #drain() {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const [entry, mode] = next;
      entry.bodies[mode] = this.#convert(entry.node, mode, 0);
    }
  }

  /** Finds the entries that aren't the same both ways: by themselves, or for one that they refer to. */
  #split() {
    const both = [...this.#entries.values()].filter(
      ({ bodies }) => REQUEST in bodies && RESPONSE in bodies,
    );
    for (const entry of both) {
      entry.splits =
        JSON.stringify(entry.bodies[REQUEST]) !== JSON.stringify(entry.bodies[RESPONSE]);
      entry.refers = new Set(referencesIn(entry.bodies[REQUEST]));
    }
    for (let changed = true; changed;) {
      changed = false;
      for (const entry of both) {
        if (entry.splits || ![...entry.refers].some(({ splits }) => splits)) continue;
        entry.splits = true;
        changed = true;
      }
    }
  }

  #convert(node, mode, depth) {
    if (typeof node.value === "boolean") return node.value;
    if (!node.isObject) {
      this.#findings.error("invalid_schema", node, "this is no schema: anything is taken here");
      return true;
    }
    if (depth > MAX_DEPTH || ++this.#converted > MAX_SCHEMAS) {
      this.#findings.error(
        "too_large",
        node,
        depth > MAX_DEPTH
          ? "this schema is too deep: anything is taken here"
          : "these are too many schemas: anything is taken here",
      );
      return true;
    }
    const schema = {};
    if (typeof node.value.$ref === "string") {
      this.#reference(node, mode, schema);
      if (this.#is30) return "$ref" in schema ? schema : true;
    }
    for (const [key, child] of node.members) this.#keyword(key, child, mode, depth, schema);
    this.#examples(node, schema);
    this.#required(node, mode, schema);
    convertDiscriminator(schema, node, this.#sources, this.#findings);
    const whole = this.#is30 ? from30(schema, node, this.#findings) : schema;
    if (!this.#is30 && "nullable" in node.value) {
      this.#findings.warning(
        "unknown_keyword",
        node.at("nullable"),
        'nullable is of OpenAPI 3.0 and means nothing in 3.1: say "type": ["…", "null"]',
      );
    }
    convertFormat(schema, node, this.#findings);
    return whole;
  }

  #reference(node, mode, schema) {
    const target = this.#sources.target(node);
    if (target !== undefined) {
      const reference = this.refer(target, mode);
      if (reference !== true) schema.$ref = reference;
    }
    if (!this.#is30) return;
    const ignored = node.members
      .map(([key]) => key)
      .filter((key) => !["$ref", "description", "summary"].includes(key));
    if (ignored.length > 0) {
      this.#findings.warning(
        "ignored_beside_reference",
        node,
        `3.0 ignores what stands beside $ref (${ignored.join(", ")}): put the reference into an allOf`,
      );
    }
  }

  #keyword(key, child, mode, depth, schema) {
    const convert = (node) => this.#convert(node, mode, depth + 1);
    if (SCHEMA.has(key)) schema[key] = convert(child);
    else if (SCHEMAS.has(key)) schema[key] = child.elements.map(convert);
    else if (SCHEMAS_BY_NAME.has(key)) {
      schema[key] = Object.create(null);
      if (!child.isObject) return void delete schema[key];
      for (const name of Object.keys(child.value)) schema[key][name] = convert(child.at(name));
    } else if (PLAIN.has(key)) schema[key] = child.value;
    else if (key === "$schema") this.#dialect(child, "this schema is");
    else if (key === "$id") {
      this.#findings.warning(
        "unsupported_id",
        child,
        "schemas are found by where they stand: $id is left out",
      );
    } else if (!DROPPED.has(key)) {
      this.#findings.note(
        "unknown_keyword",
        child,
        `${quoted(key)} is no keyword of JSON Schema: it isn't checked`,
      );
    }
  }

  #examples(node, schema) {
    const { example } = node.value;
    if (example !== undefined && schema.examples === undefined) schema.examples = [example];
  }

  #required(node, mode, schema) {
    if (!Array.isArray(schema.required)) return;
    const absent = (name) => {
      const property = node.at("properties", textOf(name));
      const target = property.present ? this.#sources.follow(property) : undefined;
      return target?.isObject === true && target.value[NOT_REQUIRED[mode]] === true;
    };
    schema.required = schema.required.filter((name) => !absent(name));
    if (schema.required.length === 0) delete schema.required;
  }
}

function nameIn(entry, mode) {
  return entry.splits && mode === REQUEST ? entry.requestName : entry.name;
}

function* referencesIn(value) {
  if (value instanceof SchemaReference) yield value.entry;
  else if (typeof value === "object" && value !== null)
    for (const child of Object.values(value)) yield* referencesIn(child);
}

/** A copy in which references are names. */
export function named(value) {
  if (value instanceof SchemaReference) return nameIn(value.entry, value.mode);
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
  const copy = Object.create(null);
  for (const [key, child] of Object.entries(value)) copy[key] = named(child);
  return copy;
}

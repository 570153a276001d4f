// Parameters of an operation as schemas of the route's query and path.
import { quoted } from "./sources.mjs";
import { REQUEST } from "./schemas.mjs";

const TEXT = { type: "string" };

/** The parameters of an operation and of its path, an operation's own before the path's of the same name and place. */
export function parametersOf(pathItem, operation, sources, findings) {
  const found = new Map();
  for (const list of [pathItem.at("parameters"), operation.at("parameters")]) {
    for (const element of list.elements) {
      const parameter = sources.follow(element);
      if (!parameter?.isObject) continue;
      const { in: place, name } = parameter.value;
      if (typeof place === "string" && typeof name === "string") {
        found.set(`${place} ${name}`, parameter);
      } else {
        findings.warning(
          "invalid_parameter",
          parameter,
          'a parameter has a "name" and says what it is "in": this one is left out',
        );
      }
    }
  }
  return [...found.values()];
}

export class ParameterConverter {
  #schemas;
  #sources;
  #findings;

  constructor(schemas, sources, findings) {
    this.#schemas = schemas;
    this.#sources = sources;
    this.#findings = findings;
  }

  /** The query as an object; undefined if nothing is said of it. */
  query(parameters) {
    const properties = Object.create(null);
    const required = [];
    for (const parameter of parameters) {
      if (parameter.value.in !== "query") continue;
      const { name } = parameter.value;
      const schema = this.#queryParameter(parameter, name);
      if (schema === undefined) continue;
      properties[name] = schema;
      if (parameter.value.required === true) required.push(name);
    }
    return objectOf(properties, required);
  }

  /** The parameters of the path as an object; undefined if any text will do. `template` is convertPath's. */
  params(parameters, template, pathNode) {
    const properties = Object.create(null);
    for (const [name, { name: own, pattern }] of template) {
      if (pattern !== undefined) {
        properties[name] = { ...TEXT, pattern };
        continue;
      }
      const parameter = parameters.find(({ value }) => value.in === "path" && value.name === own);
      if (parameter === undefined) {
        this.#findings.warning(
          "unknown_parameter",
          pathNode,
          `nothing is said of the parameter {${own}}: any text is taken`,
        );
        continue;
      }
      const schema = this.#pathParameter(parameter, own);
      if (schema !== undefined && !isAnyText(schema)) properties[name] = schema;
    }
    return objectOf(properties, []);
  }

  /** What is said of headers and cookies, which no schema checks. */
  reportOthers(parameters) {
    for (const parameter of parameters) {
      const { in: place, name, required } = parameter.value;
      if (place === "query" || place === "path") continue;
      const what = required === true ? ", and may be missing" : "";
      this.#findings.warning(
        "unchecked_parameter",
        parameter,
        `the ${place} parameter ${quoted(name)} isn't checked${what}: it goes upstream as it is`,
      );
    }
  }

  #queryParameter(parameter, name) {
    const { style = "form", explode = style === "form", content } = parameter.value;
    const unchecked = (why) => {
      this.#findings.warning(
        "parameter_style",
        parameter,
        `the query parameter ${quoted(name)} ${why}: only that it is there is checked`,
      );
      return {};
    };
    if (content !== undefined) return unchecked("has a media type of its own");
    const node = parameter.at("schema");
    if (!node.present) return {};
    const types = this.#typesOf(node);
    if (style === "deepObject" || (types.includes("object") && explode)) {
      this.#findings.warning(
        "parameter_style",
        parameter,
        `the query parameter ${quoted(name)} is spread over several: it isn't checked`,
      );
      return undefined;
    }
    if (
      style !== "form" ||
      (!explode && types.some((type) => type === "array" || type === "object"))
    ) {
      return unchecked(
        `has the style ${quoted(style)}${explode ? "" : " without explode"}, several values in one`,
      );
    }
    const schema = this.#schemaOf(node, parameter, name);
    return parameter.value.allowEmptyValue === true
      ? { anyOf: [schema, { type: "string", const: "" }] }
      : schema;
  }

  #pathParameter(parameter, name) {
    const { style = "simple", content } = parameter.value;
    const node = parameter.at("schema");
    if (content === undefined && !node.present) return undefined;
    const types = node.present ? this.#typesOf(node) : [];
    if (
      content !== undefined ||
      style !== "simple" ||
      types.includes("array") ||
      types.includes("object")
    ) {
      this.#findings.warning(
        "parameter_style",
        parameter,
        `the path parameter ${quoted(name)} is written in a way that isn't taken apart: any text is taken`,
      );
      return undefined;
    }
    return this.#schemaOf(node, parameter, name);
  }

  #schemaOf(node, parameter, name) {
    const schema = this.#schemas.convert(node, REQUEST);
    if (typeof schema !== "object") return schema;
    if ("$ref" in schema) return { ...schema, ...this.#typesBesideNull(node) };
    if (isUntypedNumber(schema)) {
      this.#findings.warning(
        "parameter_type",
        parameter,
        `the schema of ${quoted(name)} has no "type": its values count as text`,
      );
    }
    // Text is never null.
    if (isAnythingOrNull(schema)) return schema.anyOf[0];
    if (!Array.isArray(schema.type)) return schema;
    const rest = schema.type.filter((type) => type !== "null");
    return { ...schema, type: rest.length === 1 ? rest[0] : rest };
  }

  /** What keeps the text "null" of a parameter from being null, where the schema that is referred to takes that. */
  #typesBesideNull(node) {
    const { type, nullable } = this.#sources.follow(node)?.value ?? {};
    const types = [type].flat().filter((one) => typeof one === "string");
    const rest = types.filter((one) => one !== "null");
    const takesNull = rest.length < types.length || nullable === true;
    if (!takesNull || rest.length === 0) return {};
    return { type: rest.length === 1 ? rest[0] : rest };
  }

  /** The types that a schema names, itself or in what it is put together of. */
  #typesOf(node, seen = new Set()) {
    const target = this.#sources.follow(node);
    if (!target?.isObject || seen.has(target.key)) return [];
    seen.add(target.key);
    const own = [target.value.type].flat().filter((type) => type !== undefined && type !== "null");
    const parts = ["allOf", "anyOf", "oneOf"].flatMap((key) => target.at(key).elements);
    return [...own, ...parts.flatMap((part) => this.#typesOf(part, seen))];
  }
}

/** What dialect-3-0.mjs makes of a nullable schema without a type. */
function isAnythingOrNull({ anyOf, ...others }) {
  return anyOf?.length === 2 && anyOf[1].type === "null" && Object.keys(others).length === 0;
}

/** Whether a schema says something of numbers, but not that it means them. */
function isUntypedNumber(schema) {
  const says = (...keys) => keys.some((key) => key in schema);
  return (
    says("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf") &&
    !says("type", "enum", "const", "allOf", "anyOf", "oneOf")
  );
}

function isAnyText(schema) {
  const { type, title: _title, description: _description, examples: _examples, ...rest } = schema;
  return type === "string" && Object.keys(rest).length === 0;
}

function objectOf(properties, required) {
  if (Object.keys(properties).length === 0) return undefined;
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}) };
}

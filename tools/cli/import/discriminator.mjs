// `discriminator`: which branch of a oneOf or anyOf is meant, as JSON Schema says it.
import { quoted } from "./sources.mjs";

const MAX_DEPTH = 16;
const NAMED = /^#\/components\/schemas\/([^/]+)$/;

/**
 * Gives each branch of `schema`, converted from `node`, the values of the property by which it is meant, where its own
 * schema doesn't say them. Those that can't be told are reported.
 */
export function convertDiscriminator(schema, node, sources, findings) {
  const discriminator = node.at("discriminator");
  if (!discriminator.present) return;
  const keyword = ["oneOf", "anyOf"].find((one) => Array.isArray(schema[one]));
  const property = discriminator.value?.propertyName;
  const report = (level, message) =>
    findings[level]("unsupported_discriminator", discriminator, message);
  if (keyword === undefined) {
    return report(
      "note",
      "a discriminator without oneOf or anyOf says which schema is meant, but not that others are wrong: it isn't checked",
    );
  }
  if (typeof property !== "string") return report("warning", "a discriminator names a property");
  for (const [index, branch] of node.at(keyword).elements.entries()) {
    const target = sources.follow(branch);
    if (target === undefined || tells(target, property, sources, 0)) continue;
    const names = namesOf(branch, discriminator.value.mapping);
    const converted = schema[keyword][index];
    if (names.length === 0 || typeof converted !== "object") {
      report(
        "warning",
        `branch ${index} of ${keyword} has no name, nor a const or enum for ${quoted(property)}: it isn't told from others by it`,
      );
      continue;
    }
    const tag = names.length === 1 ? { const: names[0] } : { enum: names };
    schema[keyword][index] = withTag(converted, property, tag);
  }
}

function withTag(schema, property, tag) {
  if (schema.properties !== undefined) return { allOf: [schema, withTag({}, property, tag)] };
  const properties = Object.create(null);
  properties[property] = tag;
  return { ...schema, properties };
}

/** Those that the mapping has for a branch, else its schema's name. */
function namesOf(branch, mapping) {
  const reference = branch.value?.$ref;
  if (typeof reference !== "string") return [];
  const name = NAMED.exec(reference)?.[1] ?? reference.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
  const isObject = typeof mapping === "object" && mapping !== null;
  const mapped = isObject
    ? Object.entries(mapping).flatMap(([value, meant]) =>
        meant === reference || meant === name ? [value] : [],
      )
    : [];
  return mapped.length > 0 || name === "" ? mapped : [name];
}

/** Whether a schema says itself which values the property may have. */
function tells(node, property, sources, depth) {
  if (!node.isObject || depth > MAX_DEPTH) return false;
  const own = node.at("properties", property);
  const target = own.present ? sources.follow(own) : undefined;
  if (target?.isObject && ("const" in target.value || "enum" in target.value)) return true;
  return node.at("allOf").elements.some((part) => {
    const followed = sources.follow(part);
    return followed !== undefined && tells(followed, property, sources, depth + 1);
  });
}

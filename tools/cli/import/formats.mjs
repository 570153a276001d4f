// Formats that OpenAPI has beside those of JSON Schema.
import { isRaw } from "./source.mjs";

const BOUNDS = {
  int32: [-2147483648, 2147483647],
  int64: [JSON.rawJSON("-9223372036854775808"), JSON.rawJSON("9223372036854775807")],
};

const KNOWN = new Set(
  `date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri iri-reference
   uuid uri-template json-pointer relative-json-pointer regex`.split(/\s+/),
);
/** Hints for people and generators, which no value can violate. */
const HINTS = new Set(["float", "double", "password", "binary", "byte"]);

/** Integers of 32 and 64 bits become bounds; what no validator knows goes. */
export function convertFormat(schema, node, findings) {
  const { format } = schema;
  if (format === undefined || KNOWN.has(format)) return;
  delete schema.format;
  const bounds = BOUNDS[format];
  if (bounds !== undefined) {
    if (![schema.type].flat().some((type) => type === "integer" || type === "number")) return;
    bound(schema, "minimum", "exclusiveMinimum", bounds[0]);
    bound(schema, "maximum", "exclusiveMaximum", bounds[1]);
  } else if (format === "byte" && schema.type === "string") {
    schema.contentEncoding ??= "base64";
  } else if (!HINTS.has(format)) {
    findings.note(
      "unknown_format",
      node.at("format"),
      `the format ${JSON.stringify(format)} is none of JSON Schema: it isn't checked`,
    );
  }
}

function bound(schema, inclusive, exclusive, value) {
  const own = schema[inclusive] ?? schema[exclusive];
  if (typeof own !== "number" && !isRaw(own)) schema[inclusive] = value;
}

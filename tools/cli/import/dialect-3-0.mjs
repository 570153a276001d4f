// What OpenAPI 3.0 says otherwise than JSON Schema 2020-12 (its Schema Object extends a draft of "Wright 00").

/** Makes `schema`, converted but for this, one of 2020-12. `node` is where it stands. */
export function from30(schema, node, findings) {
  exclusive(schema, "minimum", "exclusiveMinimum");
  exclusive(schema, "maximum", "exclusiveMaximum");
  const nullable = node.value.nullable === true;
  return nullable ? withNull(schema, node, findings) : schema;
}

// A boolean beside the bound, there; a bound of its own, here.
function exclusive(schema, bound, keyword) {
  if (schema[keyword] === true && schema[bound] !== undefined) {
    schema[keyword] = schema[bound];
    delete schema[bound];
  } else if (typeof schema[keyword] === "boolean") {
    delete schema[keyword];
  }
}

function withNull(schema, node, findings) {
  if (typeof schema.type !== "string") {
    // By the specification nullable means nothing without a type; whoever writes it means it.
    findings.note(
      "nullable_without_type",
      node.at("nullable"),
      "3.0 ignores nullable where no type stands beside it; null is taken here",
    );
    return { anyOf: [schema, { type: "null" }] };
  }
  schema.type = [schema.type, "null"];
  if (Array.isArray(schema.enum) && !schema.enum.includes(null))
    schema.enum = [...schema.enum, null];
  return schema;
}

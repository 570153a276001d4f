// What each keyword of a schema holds, so that what is below it can be converted.

const list = (text) => text.trim().split(/\s+/);

export const SCHEMA = new Set(
  list(
    "additionalProperties items unevaluatedProperties unevaluatedItems contains propertyNames not if then else contentSchema",
  ),
);
export const SCHEMAS = new Set(list("allOf anyOf oneOf prefixItems"));
export const SCHEMAS_BY_NAME = new Set(list("properties patternProperties dependentSchemas"));
export const PLAIN = new Set(
  list(`type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems
        minItems uniqueItems maxContains minContains maxProperties minProperties required dependentRequired format
        contentEncoding contentMediaType title description default deprecated readOnly writeOnly examples
        $dynamicRef $dynamicAnchor`),
);
/** Said elsewhere or of no use to a validator. */
export const DROPPED = new Set(
  list("$ref $defs definitions $anchor $comment xml externalDocs example nullable discriminator"),
);

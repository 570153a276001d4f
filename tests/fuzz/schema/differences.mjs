// What this engine and the reference see differently, and who is right by which section of the specification. A case is
// here only when it was made as small as it gets, so what is left of its schema is what the difference is about.

/** Whether a name is anywhere in the schema. */
const has = (schema, name) => JSON.stringify(schema).includes(`${JSON.stringify(name)}:`);
const formatIs = (schema, name) =>
  JSON.stringify(schema).includes(`"format":${JSON.stringify(name)}`);

/**
 * @type {{ what: string, why: string,
 *   is: (one: { schema: any, instance: any, dialect: string, assertFormat: boolean, ours: unknown, theirs: unknown }) => boolean }[]}
 */
export const EXPLAINED = [];

export const explanation = (one) => EXPLAINED.find(({ is }) => is(one));
export { has, formatIs };

// Writes the meta-schemas of the drafts of JSON Schema as rows of a C++ table, {uri, text}, without
// blanks and without what only people read. They come from the npm packages that ship them.
//
//   node tools/embed-meta-schemas.mjs <output> <file.json>...

import { readFileSync, writeFileSync } from "node:fs";

const [output, ...files] = process.argv.slice(2);
if (output === undefined || files.length === 0) {
  console.error("usage: node tools/embed-meta-schemas.mjs <output> <file.json>...");
  process.exit(2);
}

/** Names of members that say nothing about validity. Only where they stand beside keywords. */
const COMMENTS = new Set(["$comment", "description"]);

/** A schema without comments; the names in `properties` and the like are no keywords. */
function withoutComments(schema, isSchema = true) {
  if (Array.isArray(schema)) return schema.map((element) => withoutComments(element));
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.entries(schema)
    .filter(([name, value]) => !(isSchema && COMMENTS.has(name) && typeof value === "string"))
    .map(([name, value]) => {
      const holdsNames = isSchema && /^(properties|definitions|\$defs|\$vocabulary)$/.test(name);
      return [name, withoutComments(value, !holdsNames)];
    });
  return Object.fromEntries(members);
}

/** What the packages lack: it differs from its neighbour in its name only. */
function formatAssertion(schemas) {
  const annotation = schemas.find((schema) => schema.$id?.endsWith("/meta/format-annotation"));
  const text = JSON.stringify(annotation).replaceAll("format-annotation", "format-assertion");
  return JSON.parse(text);
}

const schemas = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
schemas.push(formatAssertion(schemas));
const rows = schemas.map((schema) => {
  const uri = (schema.$id ?? schema.id).replace(/#$/, "");
  const text = JSON.stringify(withoutComments(schema));
  if (text.includes(')json"')) throw new Error(`${uri}: can't be a raw string`);
  return `{"${uri}",\n R"json(${text})json"},\n`;
});
writeFileSync(output, rows.join(""));

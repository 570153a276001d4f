// Writes worker-shim/core/abi.generated.ts from wasm/abi/sluice.h, so that the numbers and
// signatures of the boundary have one source.
//
//   node tools/generate-abi.mjs            write the file
//   node tools/generate-abi.mjs --check    exit 1 if the file is not what would be written
//   node tools/generate-abi.mjs --exports  print the names of the exported functions, one a line
//
// It understands just the form that the header states: `enum sluice_x { SLUICE_X_Y = number, };`,
// `typedef struct sluice_x { type name; } sluice_x;` and `SLUICE_EXPORT type name(type name, …);`.
// Anything else in those places is an error, never skipped.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HEADER = new URL("../wasm/abi/sluice.h", import.meta.url);
const OUTPUT = new URL("../worker-shim/core/abi.generated.ts", import.meta.url);
const WIDTH = 100;

class HeaderError extends Error {}

/** "NOT_FOUND" → "notFound" */
function camel(name) {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, c) => c.toUpperCase());
}

/** "charge_mode" → "ChargeMode" */
function pascal(name) {
  const word = camel(name);
  return word[0].toUpperCase() + word.slice(1);
}

/** A C comment's text as lines without decoration. */
function commentLines(comment) {
  return comment
    .replace(/^\/\*+/, "")
    .replace(/\*+\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .filter((line, index, all) => line !== "" || (index > 0 && index < all.length - 1));
}

function jsdoc(lines, indent) {
  if (lines.length === 0) return "";
  if (lines.length === 1) return `${indent}/** ${lines[0].trim()} */\n`;
  return `${indent}/**\n${lines.map((l) => `${indent} * ${l}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

function parseEnums(source) {
  const enums = [];
  const pattern = /(\/\*(?:[^*]|\*(?!\/))*\*\/\s*)?^enum sluice_(\w+) \{([^}]*)\};/gm;
  for (const [, comment, name, body] of source.matchAll(pattern)) {
    const members = [];
    const rest = body.replace(
      /(SLUICE_\w+)\s*=\s*(0x[0-9A-Fa-f]+|\d+),[ \t]*(\/\*(?:[^*]|\*(?!\/))*\*\/)?/g,
      (_, member, number, gloss) => {
        members.push({ name: member, number, gloss: gloss ? commentLines(gloss).join(" ") : "" });
        return "";
      },
    );
    if (rest.trim() !== "")
      throw new HeaderError(`enum sluice_${name}: can't read «${rest.trim()}»`);
    enums.push({ name, members, doc: comment ? commentLines(comment.trim()) : [] });
  }
  return enums;
}

/** Size and alignment on wasm32 of the types that structs of the header use. */
function wasm32Layout(type, structs) {
  if (type.endsWith("*")) return { size: 4, align: 4 };
  if (type === "uint32_t") return { size: 4, align: 4 };
  if (type === "double") return { size: 8, align: 8 };
  const struct = structs.get(type);
  if (!struct) throw new HeaderError(`no wasm32 layout for the type «${type}»`);
  return struct;
}

function parseStructs(source) {
  const structs = new Map();
  for (const [, name, body] of source.matchAll(/typedef struct (\w+) \{([^}]*)\} \1;/g)) {
    let offset = 0;
    let align = 1;
    const fields = [];
    for (const declaration of body
      .split(";")
      .map((d) => d.trim())
      .filter(Boolean)) {
      const match = /^(?:const )?(\w+(?:\*| \*)?) ?(\w+)$/.exec(declaration);
      if (!match) throw new HeaderError(`struct ${name}: can't read «${declaration}»`);
      const layout = wasm32Layout(match[1], structs);
      offset = Math.ceil(offset / layout.align) * layout.align;
      const inner = structs.get(match[1]);
      if (inner) {
        for (const f of inner.fields) {
          fields.push({ name: camel(`${match[2]}_${f.name}`), offset: offset + f.offset });
        }
      } else {
        fields.push({ name: camel(match[2]), offset });
      }
      offset += layout.size;
      align = Math.max(align, layout.align);
    }
    structs.set(name, { fields, align, size: Math.ceil(offset / align) * align });
  }
  return structs;
}

function parseFunctions(source) {
  const functions = [];
  const pattern = /(\/\*(?:[^*]|\*(?!\/))*\*\/\s*)?^SLUICE_EXPORT ([^;()]+?)(\w+)\(([^)]*)\);/gm;
  for (const [, comment, type, name, list] of source.matchAll(pattern)) {
    const parameters = list.replace(/\s+/g, " ").trim();
    const names =
      parameters === "void"
        ? []
        : parameters.split(", ").map((parameter) => {
            const match = /^(?:const (?:uint8_t|sluice_\w+)\* ?|uint32_t |double )(\w+)$/.exec(
              parameter,
            );
            if (!match) throw new HeaderError(`${name}: i32 and f64 only, not «${parameter}»`);
            return camel(match[1]);
          });
    if (!/^(uint32_t|uint8_t\*|const sluice_\w+\*) ?$/.test(type)) {
      throw new HeaderError(`${name}: can't return «${type}»`);
    }
    functions.push({ name, parameters: names, doc: comment ? commentLines(comment.trim()) : [] });
  }
  const declared = source.match(/^SLUICE_EXPORT\b/gm)?.length ?? 0;
  if (declared !== functions.length) {
    throw new HeaderError(`${declared} exports declared, ${functions.length} understood`);
  }
  return functions;
}

function constant(name, number, gloss) {
  return `${gloss ? `/** ${gloss} */\n` : ""}export const ${name} = ${number.toLowerCase()};\n`;
}

function renderEnum({ name, members, doc }) {
  if (name === "constant") {
    return members.map((m) => constant(m.name.replace(/^SLUICE_/, ""), m.number, m.gloss)).join("");
  }
  const own = `SLUICE_${name.toUpperCase()}_`;
  const prefix = members.every((m) => m.name.startsWith(own.slice(0, -1))) ? own : "SLUICE_";
  const isFrame = members.some((m) => m.name === `${prefix.slice(0, -1)}_WORDS`);
  const typeName = pascal(name) + (isFrame ? "Word" : "");
  let text = jsdoc(doc, "");
  let counts = "";
  text += `export const ${typeName} = {\n`;
  for (const member of members) {
    if (!member.name.startsWith(prefix)) {
      throw new HeaderError(`enum sluice_${name}: ${member.name} lacks the prefix ${prefix}`);
    }
    const short = member.name.slice(prefix.length);
    if (isFrame && short === "WORDS") {
      counts += constant(`${name.toUpperCase()}_WORDS`, member.number, "Number of fixed words.");
      continue;
    }
    if (isFrame && !short.startsWith("WORD_")) {
      throw new HeaderError(`enum sluice_${name}: ${member.name} is no word`);
    }
    if (member.gloss) text += `  /** ${member.gloss} */\n`;
    text += `  ${camel(isFrame ? short.slice("WORD_".length) : short)}: ${member.number},\n`;
  }
  text += `} as const;\n`;
  if (!isFrame) {
    text += `export type ${typeName} = (typeof ${typeName})[keyof typeof ${typeName}];\n`;
  }
  return text + counts;
}

function renderStruct(name, { fields, size }) {
  const typeName = pascal(name.replace(/^sluice_/, ""));
  const lines = fields.map((f) => `  ${f.name}: ${f.offset},\n`).join("");
  return (
    `/** Byte offsets in a ${name} on wasm32 (${size} bytes). */\n` +
    `export const ${typeName}Offset = {\n${lines}} as const;\n`
  );
}

function renderFunction({ name, parameters, doc }) {
  const typed = parameters.map((parameter) => `${parameter}: number`);
  const line = `  ${name}(${typed.join(", ")}): number;\n`;
  const text =
    line.length <= WIDTH + 1
      ? line
      : `  ${name}(\n${typed.map((t) => `    ${t},\n`).join("")}  ): number;\n`;
  return jsdoc(doc, "  ") + text;
}

function render(source) {
  const enums = parseEnums(source);
  const structs = parseStructs(source);
  const functions = parseFunctions(source);
  const parts = [
    "// Made by tools/generate-abi.mjs from wasm/abi/sluice.h. Don't edit.\n",
    ...enums.map(renderEnum),
    renderStruct("sluice_result", structs.get("sluice_result")),
    "/** What the module exports. Pointers, handles and lengths are numbers: u32 come back signed. */\n" +
      "export interface CoreExports {\n" +
      "  readonly memory: WebAssembly.Memory;\n" +
      "  /** Runs the module's constructors; once, before anything else. */\n" +
      "  _initialize(): void;\n" +
      functions.map(renderFunction).join("") +
      "}\n",
    "/** Names of the exported functions, as the header declares them. */\n" +
      `export const EXPORTED_FUNCTIONS = [\n${functions.map((f) => `  "${f.name}",\n`).join("")}] as const;\n`,
  ];
  return { text: parts.join("\n"), functions };
}

function main(mode) {
  const { text, functions } = render(readFileSync(HEADER, "utf8"));
  if (mode === "--exports") {
    process.stdout.write(functions.map((f) => `${f.name}\n`).join(""));
    return 0;
  }
  if (mode === "--check") {
    let current = "";
    try {
      current = readFileSync(OUTPUT, "utf8");
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    if (current === text) return 0;
    console.error(`${fileURLToPath(OUTPUT)} is stale: run node tools/generate-abi.mjs`);
    return 1;
  }
  if (mode !== undefined) {
    console.error("usage: node tools/generate-abi.mjs [--check | --exports]");
    return 2;
  }
  writeFileSync(OUTPUT, text);
  return 0;
}

try {
  process.exitCode = main(process.argv[2]);
} catch (error) {
  if (!(error instanceof HeaderError)) throw error;
  console.error(`${fileURLToPath(HEADER)}: ${error.message}`);
  process.exitCode = 2;
}

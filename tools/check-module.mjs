#!/usr/bin/env node
// Checks a built core module from outside and prints its size. Run after each link.
//
//   tools/check-module.mjs MODULE.wasm --header=wasm/abi/sluice.h --budget=wasm/abi/size-budget.json
//                          [--toolchain=wasi] [--allow=LIST.json]
//
// - imports: none, but for those that the list names ({"imports": ["module.name"]}), which the loader stubs to abort;
// - exports: memory, _initialize and exactly the functions that the header declares with SLUICE_EXPORT, but for those
//   that the list names ({"exports": ["name"]});
// - size: the module gzipped, against budget[toolchain].gzipBytes, and its first memory against initialMemoryBytes.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

const options = new Map();
let path;
for (const arg of process.argv.slice(2)) {
  const option = /^--([a-z-]+)=(.*)$/.exec(arg);
  if (option) options.set(option[1], option[2]);
  else path = arg;
}
if (path === undefined || !options.has("header") || !options.has("budget")) {
  console.error(
    "usage: check-module.mjs MODULE.wasm --header=FILE --budget=FILE [--toolchain=NAME] [--allow=FILE]",
  );
  process.exit(2);
}
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** The functions that the header declares with SLUICE_EXPORT. */
function declaredExports(file) {
  const text = readFileSync(file, "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, " ")
    .replace(/\/\/.*$/gm, " ")
    .replace(/^[ \t]*#(?:.*\\\n)*.*$/gm, " ");
  return [...text.matchAll(/\bSLUICE_EXPORT\b[^;(]*?\b(\w+)\s*\(/g)].map((match) => match[1]);
}

/** The first memory's initial size in bytes, from the module's memory section. */
function initialMemory(bytes) {
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = leb();
    if (id === 5) {
      leb(); // how many memories
      leb(); // limits' flags
      return leb() * 65536;
    }
    at += size;
  }
  return 0;
}

const bytes = readFileSync(path);
const module = new WebAssembly.Module(bytes);
const toolchain = options.get("toolchain") ?? "wasi";
const budget = readJson(options.get("budget"))[toolchain];
const failures = [];

const allowed = options.has("allow")
  ? readJson(options.get("allow"))
  : { imports: [], exports: [] };
const imports = WebAssembly.Module.imports(module).map(
  ({ module: from, name }) => `${from}.${name}`,
);
const forbidden = imports.filter((name) => !allowed.imports.includes(name));
if (forbidden.length > 0) failures.push(`imports that are not allowed: ${forbidden.join(", ")}`);

const expected = new Set(["memory", "_initialize", ...declaredExports(options.get("header"))]);
const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
const missing = [...expected].filter((name) => !exported.has(name));
const extra = [...exported].filter(
  (name) => !expected.has(name) && !allowed.exports.includes(name),
);
if (missing.length > 0)
  failures.push(`declared in the header but not exported: ${missing.join(", ")}`);
if (extra.length > 0) failures.push(`exported but not declared in the header: ${extra.join(", ")}`);
if (expected.size === 2) failures.push(`no SLUICE_EXPORT found in ${options.get("header")}`);

const gzipBytes = gzipSync(bytes, { level: 9 }).length;
const memoryBytes = initialMemory(bytes);
const number = (value) => value.toLocaleString("en-US");
let line = `${basename(path)} (${toolchain}): ${number(bytes.length)} bytes, gzip ${number(gzipBytes)}`;
if (budget) {
  line += ` of ${number(budget.gzipBytes)} (${((100 * gzipBytes) / budget.gzipBytes).toFixed(1)}%)`;
  line += `, initial memory ${number(memoryBytes)} of ${number(budget.initialMemoryBytes)}`;
  if (gzipBytes > budget.gzipBytes) {
    failures.push(
      `gzip ${number(gzipBytes)} bytes is over the budget of ${number(budget.gzipBytes)}`,
    );
  }
  if (memoryBytes > budget.initialMemoryBytes) {
    failures.push(
      `a fresh instance has ${number(memoryBytes)} bytes of memory; the budget is ${number(budget.initialMemoryBytes)}`,
    );
  }
} else {
  failures.push(`no budget for ${toolchain} in ${options.get("budget")}`);
}
console.log(`${line}, ${imports.length} imports, ${exported.size} exports`);
for (const failure of failures) console.error(`check-module: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);

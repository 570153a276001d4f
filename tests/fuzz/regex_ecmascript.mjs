// Random patterns and texts, given to this engine (regex_verdicts.cc) and to V8, most with the flag
// u, some as schemas take them (u, but lenient), some with none or with i: any difference in what is
// a pattern and in what matches is printed and fails.
//
//   node tests/fuzz/regex_ecmascript.mjs [cases] [seed]
//
// REGEX_VERDICTS names the program (build/asan/fuzz/regex_verdicts). Not compared: patterns with
// modifiers, which are refused, and what takes a budget's all; without u, and where leniency counts,
// also surrogates, and letters whose cases aren't one to one; nor what V8 gets wrong, which is said
// where it is left out.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CASES = Number(process.argv[2] ?? 100_000);
const SEED = Number(process.argv[3] ?? 1);
const PROGRAM =
  process.env.REGEX_VERDICTS ??
  fileURLToPath(new URL("../../build/asan/fuzz/regex_verdicts", import.meta.url));
const BATCH = 5000;
const PROPERTIES = 10;

/** Mulberry32: what a run does depends on its seed alone. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const random = generator(SEED);
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (p) => random() < p;

const CHARACTERS = ["a", "b", "c", "A", "1", "-", "_", "/", " ", "é", "ß", "🐲", "\n", "\u2028", "ſ", "\u0378", "Ж", "١", "x"]; // prettier-ignore
const ATOMS = [
  "a", "b", "c", "A", "1", "-", "/", "é", "🐲", ".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S",
  "\\n", "\\x61", "\\u0062", "\\u{1f432}", "\\ud83d\\udc32", "\\ud83d", "\\cJ", "\\0", "\\/",
  "\\.", "^", "$", "\\b", "\\B", "[]", "[^]", "[a-c]", "[^a]", "[^a-c\\d]", "[\\w-]", "[a\\-c]",
  "[é-🐲]", "[^é]", "[\\s\\S]", "[\\b]", "[🐲b]", "\\p{L}", "\\p{Lu}", "\\P{ASCII}",
  "\\p{Letter}", "\\p{digit}", "\\p{Script=Cyrillic}", "\\p{scx=Latn}", "\\p{Emoji}",
  "[\\p{Ll}\\P{L}]", "[^\\p{Alphabetic}]", "\\p{Cn}", "\\1", "\\2", "\\3", "\\k<n>",
]; // prettier-ignore
const QUANTIFIERS = ["*", "+", "?", "{2}", "{0}", "{1,2}", "{2,}", "{0,1}", "{0,3}", "{02}"];
// What isn't a pattern, or only just.
const FAULTS = [
  "\\a", "\\-", "{", "}", "]", "a{,2}", "a{1", "(", ")", "[", "*", "\\u{110000}", "\\u12", "\\x1",
  "\\c1", "\\00", "\\9", "(?", "(?<", "(?<n>", "(?<1>a)", "\\k", "\\k<z>", "[b-a]", "[\\w-z]",
  "\\p{l}", "\\p{Script=Nix}", "\\p", "\\", "a**", "a{2,1}", "(?=a)*", "(?<=a)+", "^*", "\\b+",
  "(?i)a", "(?P<n>a)", "(?#a)", "(?<é𝒜>a)", "(?<$a1>b)", "(?<a-b>c)", "\\p{Lu", "[a-\\d]",
  "[\\d-a-z]", "(?:", "|", "||", "(|a)", "(?<\\u0061>a)", "(?<z>a)(?<z>b)", "(?:(?<z>a)|(?<z>b))\\k<z>", "\\p{L=Lu}", "\\p{sc=Grek}",
]; // prettier-ignore

// Names come once but for FAULTS: V8 takes some that the specification's early error is about, as
// (?<m>(?<m>a)|b).
const named = new Set();
function term(depth) {
  let text;
  let repeats = true;
  const kind = random();
  if (depth > 0 && kind < 0.3) {
    const open = pick(["(", "(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<n>", "(?<m>"]);
    const start = named.has(open) ? "(" : open;
    if (open.endsWith(">")) named.add(open);
    text = `${start}${pattern(depth - 1)})`;
    repeats = !/^\(\?(?:<?[=!])/u.test(text);
  } else {
    text = chance(0.01) ? pick(FAULTS) : pick(ATOMS);
    repeats = !["^", "$", "\\b", "\\B"].includes(text);
  }
  if (!repeats || chance(0.6)) return text;
  return text + pick(QUANTIFIERS) + (chance(0.3) ? "?" : "");
}

function pattern(depth) {
  const alternatives = Array.from({ length: chance(0.75) ? 1 : 2 + below(2) }, () =>
    Array.from({ length: below(4) + (depth > 1 ? 1 : 0) }, () => term(depth)).join(""),
  );
  return alternatives.join("|");
}

/** Of the kind that schemas have, and SimplePattern takes. */
const simple = () =>
  (chance(0.6) ? "^" : "") +
  Array.from(
    { length: 1 + below(4) },
    () =>
      pick(ATOMS.slice(0, 26).concat(ATOMS.slice(30, 46))) + (chance(0.5) ? pick(QUANTIFIERS) : ""),
  ).join("") +
  (chance(0.6) ? "$" : "");

function nextPattern() {
  named.clear();
  if (chance(0.3)) return simple();
  if (chance(0.1)) return pick(FAULTS) + (chance(0.5) ? pattern(1) : "");
  return pattern(2 + below(2));
}

const nextText = () => Array.from({ length: below(9) }, () => pick(CHARACTERS)).join("");

const NOTHING = "nothing";
/** Text that only the flag u refuses. */
const LOOSE = [
  "]", "{", "}", "a{,2}", "a{1", "{a}", "\\-", "\\_", "\\%", "\\ ", "\\é", "[\\-\\_]", "[\\w-z]", "[a-\\d]",
  "[\\d-a-z]", "[^\\s-\\w]", "[a-c]]", "${{a}}",
]; // prettier-ignore
function loosePattern() {
  named.clear();
  return Array.from({ length: 1 + below(4) }, () => (chance(0.4) ? pick(LOOSE) : pattern(1))).join(
    "",
  );
}

// What V8 reads otherwise without u, or takes though it isn't lenient's: other escapes of letters and
// digits than these, and lookaheads that are repeated.
const KNOWN = /\\(?:[dDwWsSbtnvfr]|x[\da-f]{2}|u[\da-f]{4}|0(?!\d)|c[a-z]|[^\da-z])/giu;
const isComparable = (source) =>
  !/\\/u.test(source.replaceAll(KNOWN, "")) && !/\(\?[=!].*\)[*+?{]/su.test(source);

/** What V8 says with u or, where that is no pattern, without; nothing of what can't be compared. */
function askLenient(source, text) {
  const strict = ask(["u", source, text]);
  return strict ?? (isComparable(source) ? ask(["", source, text]) : NOTHING);
}

/** Whether it is a pattern and, if so, whether it matches. */
function ask([flags, source, text]) {
  if (flags === "l") return askLenient(source, text);
  try {
    return new RegExp(source, flags).test(text) ? "1" : "0";
  } catch {
    return undefined;
  }
}

const hex = (text) => Buffer.from(text).toString("hex");
const counts = {
  properties: 0, patterns: 0, linear: 0, backtracking: 0, exhausted: 0, faulty: 0, withoutU: 0, lenient: 0,
}; // prettier-ignore
let failed = 0;

/** What in the verdicts on a pattern with flag u V8 doesn't say. */
function problemsWithU(expected, [syntax, linear, backtracking]) {
  const problems = [];
  if (syntax !== (expected === undefined ? "0" : "1")) problems.push(`syntax ${syntax}`);
  if (expected === undefined) {
    counts.faulty++;
    if (linear !== "-" || backtracking !== "-") problems.push("compiled what is no pattern");
    return problems;
  }
  counts.patterns++;
  if (linear === "x" || backtracking === "x") counts.exhausted++;
  if ("01".includes(linear)) counts.linear++;
  if ("01".includes(linear) && linear !== expected) problems.push(`linear ${linear}`);
  if ("01".includes(backtracking)) counts.backtracking++;
  if (backtracking === "-") problems.push("the backtracking matcher refuses it");
  if ("01".includes(backtracking) && backtracking !== expected) {
    problems.push(`backtracking ${backtracking}`);
  }
  return problems;
}

function compare(asked, verdict) {
  const expected = ask(asked);
  const [flags, source, text] = asked;
  let problems = [];
  if (expected === NOTHING) return;
  if (flags === "l" && expected !== undefined) counts.lenient++;
  if (flags === "u" || flags === "l") {
    problems = problemsWithU(expected, verdict);
  } else {
    counts.withoutU++;
    // A refusal may be of what isn't linear.
    if ("01".includes(verdict[1]) && verdict[1] !== expected) problems.push(`says ${verdict[1]}`);
  }
  if (problems.length === 0) return;
  failed++;
  console.error(
    `/${source}/${flags} on ${JSON.stringify(text)}: V8 says ${expected ?? "no pattern"}, ` +
      problems.join(", "),
  );
}

/** What the program says to [flags, pattern, text], three characters each. */
function verdictsOn(cases) {
  const input = cases
    .map(([flags, source, text]) => `${flags || "-"} ${hex(source)} ${hex(text)}\n`)
    .join("");
  const run = spawnSync(PROGRAM, { input, encoding: "latin1", maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  return run.stdout.trimEnd().split("\n");
}

/** Every code point is asked for: those that have the property, and those that don't. */
function compareProperty(expression) {
  const texts = ["", ""];
  const property = new RegExp(`\\p{${expression}}`, "u");
  for (let point = 0; point < 0x110000; point++) {
    const text = String.fromCodePoint(point);
    if (point < 0xd800 || point > 0xdfff) texts[property.test(text) ? 1 : 0] += text;
  }
  const cases = [
    ["u", `^\\P{${expression}}*$`, texts[0]],
    ["u", `^\\p{${expression}}*$`, texts[1]],
  ];
  verdictsOn(cases).forEach((verdict, i) => {
    if (verdict[1] === "1") return;
    failed++;
    console.error(`${cases[i][1]} doesn't match what V8 says it does (${verdict})`);
  });
}

const tables = readFileSync(
  new URL("../../wasm/regex/unicode_tables.inc", import.meta.url),
  "utf8",
);
const properties = [...tables.matchAll(/^ +"([^\\]+)\\000/gmu)].map(([, names]) =>
  names.split(" "),
);
const scripts = tables.slice(tables.indexOf("kScripts"));
for (const names of properties) {
  if (CASES < 100_000 && !chance(PROPERTIES / properties.length)) continue;
  const isScript = scripts.includes(`"${names.join(" ")}\\`);
  compareProperty(
    (isScript ? pick(["sc=", "scx=", "Script=", "Script_Extensions="]) : "") + pick(names),
  );
  counts.properties++;
}

for (let done = 0; done < CASES && failed < 20; done += BATCH) {
  const cases = [];
  while (cases.length < BATCH) {
    const flags = pick(["u", "u", "u", "u", "", "i", "l", "l"]);
    const raw = flags === "l" ? loosePattern() : nextPattern();
    // V8 looks inside of a surrogate pair, where no match begins: /(?!\1)()/u and /\B/u match "a🐲a".
    const pairs = flags === "u" && !/\\B|\(\?<?!.*\\[1-9k]/su.test(raw);
    const fitting = (text) => (pairs ? text : text.replaceAll(/🐲|𝒜|\\ud83d|[ßſ]/gu, "é"));
    const source = fitting(raw);
    for (let i = 0; i < 5; i++) cases.push([flags, source, fitting(nextText())]);
  }
  const verdicts = verdictsOn(cases);
  cases.forEach((asked, i) => compare(asked, verdicts[i]));
}
console.log(`${JSON.stringify(counts)} (seed ${SEED})`);
if (failed > 0) process.exitCode = 1;

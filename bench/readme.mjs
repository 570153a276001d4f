// The README's figures come from bench/results/latest.json: between <!-- bench:start --> and <!-- bench:end -->.
//
//   node bench/readme.mjs           writes them
//   node bench/readme.mjs --check   exit 1 if they are others

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { featuresTable } from "./features/report.mjs";
import { RESULTS, ROOT } from "./harness/paths.mjs";
import { jsonTable } from "./json/report.mjs";
import { edgeTable } from "./report.mjs";
import { schemaReadmeTable } from "./schema/report.mjs";

const START = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

function figures({ date, machine, edge, startup, json, features, schema, goals }) {
  const storefront = startup.policies.find(({ name }) => name === "storefront");
  const missed = goals
    .filter(({ reached }) => !reached)
    .map(({ text, value }) => `${text}: ${value}`);
  return [
    edgeTable(edge),
    "",
    `One run on ${date}: ${machine.cores} × ${machine.cpu}, ${machine.workerd}; medians of ${edge.rounds} interleaved rounds (± half the distance of the quartiles).`,
    `A cold isolate has instance and storefront policy ready after ${storefront.coldMs.median.toFixed(1)} ms of CPU; the module has ${(startup.module.gzipBytes / 1000).toFixed(0)} KB gzip.`,
    "Unguarded: without deadlines, a cap on bodies that are held, and the removal of hop-by-hop headers that the first three have.",
    "",
    jsonTable(json),
    "",
    "JSON: times as fast as JavaScript written by hand (TextDecoder, JSON.parse, code, JSON.stringify, TextEncoder), ASCII and UTF-8 order listings.",
    "",
    featuresTable(features),
    "",
    "Features: times as fast, the same payload with two or three conditions a feature and the same users; flagd's engine interprets conditions in workerd, where it may not compile them.",
    "",
    schemaReadmeTable(schema),
    "",
    "JSON Schema: times as fast, from bytes to the verdict; ata-validator interpreted, as it runs on Workers, Ajv as code generated before; compiling up to the first verdict.",
    "More in [bench/results/report.md](bench/results/report.md).",
    ...(missed.length === 0
      ? []
      : ["", "Goals that this run missed:", "", ...missed.map((one) => `- ${one}`)]),
  ].join("\n");
}

const file = join(ROOT, "README.md");
const readme = readFileSync(file, "utf8");
const start = readme.indexOf(START);
const end = readme.indexOf(END);
if (start < 0 || end < start) {
  console.error(`README.md has no ${START} … ${END}`);
  process.exit(2);
}
const wanted = `${START}\n${figures(JSON.parse(readFileSync(join(RESULTS, "latest.json"), "utf8")))}\n`;
const actual = readme.slice(start, end);
if (process.argv.includes("--check")) {
  if (actual !== wanted) {
    console.error(
      "README.md's figures are not those of bench/results/latest.json: run node bench/readme.mjs",
    );
    process.exit(1);
  }
} else if (actual !== wanted) {
  writeFileSync(file, readme.slice(0, start) + wanted + readme.slice(end));
}

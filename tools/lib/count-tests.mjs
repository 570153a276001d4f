// Adds up what the stages of tools/test left in their result files and prints the closing line
// "N passed, N failed[, N skipped]". Its arguments are the stages that failed: one without a failed
// test to show for it (it didn't build, say) counts as one failure. Exits 1 if anything failed.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const build = join(root, "build");
const failedStages = process.argv.slice(2);

/** passed, failed and skipped of a JUnit file; GoogleTest, node:test and vitest write much the same one. */
function countJunit(file) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const text = readFileSync(file, "utf8");
  for (const [, attributes, body] of text.matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    if (/<(failure|error)\b/.test(body ?? "")) count.failed++;
    else if (/<skipped\b/.test(body ?? "") || /status="notrun"|result="skipped"/.test(attributes))
      count.skipped++;
    else count.passed++;
  }
  return count;
}

function countCases(file) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const line of readFileSync(file, "utf8").split("\n")) if (line in count) count[line]++;
  return count;
}

const filesIn = (folder, suffix) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(suffix))
        .map((name) => join(folder, name))
    : [];

const results = join(build, "test-results");
const stages = new Map();
for (const file of filesIn(results, ".xml"))
  stages.set(file.slice(results.length + 1, -4), [countJunit(file)]);
for (const file of filesIn(results, ".cases"))
  stages.set(file.slice(results.length + 1, -6), [countCases(file)]);
for (const name of ["asan", "wasi"]) {
  const files = existsSync(join(results, `${name}.ran`))
    ? filesIn(join(build, name, "test-results"), ".xml")
    : [];
  if (files.length > 0) stages.set(name, files.map(countJunit));
}
for (const name of failedStages) if (!stages.has(name)) stages.set(name, []);

const total = { passed: 0, failed: 0, skipped: 0 };
console.log("\ntests");
for (const [name, counts] of stages) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const count of counts) for (const key of Object.keys(sum)) sum[key] += count[key];
  if (failedStages.includes(name) && sum.failed === 0) sum.failed = 1;
  for (const key of Object.keys(total)) total[key] += sum[key];
  console.log(
    `${String(sum.passed).padStart(9)} passed  ${sum.failed} failed  ${sum.skipped} skipped  ${name}`,
  );
}
if (failedStages.length > 0) console.log(`\nfailed: ${failedStages.join(", ")}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || failedStages.length > 0 ? 1 : 0;

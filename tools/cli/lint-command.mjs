// `sluice lint`: what the core says of a policy, which is what the gateway will say of it.
import { readArguments } from "./arguments.mjs";
import { loadCore } from "./core.mjs";
import { SourceText, excerpt } from "./excerpt.mjs";
import { readBytes } from "./files.mjs";
import { count, harmless } from "./terminal.mjs";

const MAX_POLICY_BYTES = 4 << 20;
const BACKTRACKING = "backtracking_pattern";
const USAGE = "usage: sluice lint POLICY.json [--json]";

export const lintHelp = ({ bold }) => `${bold("sluice lint")} POLICY.json [--json]

Compiles the policy with the core that the gateway runs, and shows every fault where it is. Warnings
don't keep a policy from being published. Patterns that need the budgeted matcher
("schemaOptions": { "patterns": "budgeted" }) are listed.

  --json    one object: { "file", "valid", "faults", "warnings", "budgetedPatterns" }

Exit codes: 0 no faults and no warnings, 1 some, 2 the file can't be read.
`;

export async function lintCommand(args, { out, errors }) {
  const { file, values } = readArguments(args, { json: { type: "boolean" } }, USAGE);
  const bytes = await readBytes(file, MAX_POLICY_BYTES);
  const result = lint(await loadCore(), bytes);
  if (values.json) out.json({ file, ...result.told });
  else show(file, bytes, result, out, errors);
  return result.told.faults.length + result.told.warnings.length > 0 ? 1 : 0;
}

/** What the core says of the policy, with lines and columns. */
export function lint(core, bytes) {
  const source = new SourceText(bytes);
  const placed = ({ code, pointer = "", byteOffset, message }) => ({
    code,
    message,
    pointer,
    ...(byteOffset === undefined ? {} : { byteOffset, ...source.position(byteOffset) }),
  });
  try {
    const policy = core.compilePolicy(bytes);
    const { description } = policy;
    policy.dispose();
    const notes = description.warnings.map(placed);
    const budgetedPatterns = notes.filter(({ code }) => code === BACKTRACKING);
    const warnings = notes.filter(({ code }) => code !== BACKTRACKING);
    return {
      description,
      told: { valid: true, faults: [], warnings, budgetedPatterns },
      faultCount: 0,
    };
  } catch (error) {
    if (error.name !== "SluiceError") throw error;
    const { issues = [error], issueCount = issues.length } = error;
    const faults = issues.map(placed);
    return {
      told: { valid: false, faults, warnings: [], budgetedPatterns: [] },
      faultCount: issueCount,
    };
  }
}

function show(file, bytes, { description, told, faultCount }, out, errors) {
  const source = new SourceText(bytes);
  const each = (list, terminal, colour, what) => {
    for (const { code, message, pointer, byteOffset, line, column } of list) {
      const where = line === undefined ? file : `${file}:${line}:${column}`;
      terminal.write(
        `${terminal.bold(where)} ${colour(what)} ${terminal.dim(code)}\n  ${harmless(message)}\n`,
      );
      if (byteOffset !== undefined)
        terminal.write(`${excerpt(source, byteOffset, terminal, colour)}\n`);
      if (pointer !== "") terminal.write(`  ${terminal.dim(`at ${harmless(pointer)}`)}\n`);
      terminal.write("\n");
    }
  };
  each(told.faults, errors, errors.red, "fault");
  each(told.warnings, errors, errors.yellow, "warning");
  if (told.budgetedPatterns.length > 0) {
    out.write(`Patterns that need the budgeted matcher, which takes steps and may give up:\n`);
    for (const { pointer, message } of told.budgetedPatterns) {
      out.write(`  ${harmless(pointer)}  ${out.dim(harmless(message))}\n`);
    }
    out.write("\n");
  }
  if (!told.valid) {
    const more =
      faultCount > told.faults.length ? ` (the first ${told.faults.length} are shown)` : "";
    errors.write(`${errors.red("✖")} ${count(faultCount, "fault")}${more}\n`);
    return;
  }
  const parts = ["route", "upstream", "limit", "schema"]
    .map((noun) => [description[`${noun}s`].length, noun])
    .filter(([number]) => number > 0)
    .map(([number, noun]) => count(number, noun));
  const warned = told.warnings.length > 0 ? `, ${count(told.warnings.length, "warning")}` : "";
  out.write(`${out.green("✔")} ${file}: ${parts.join(", ") || "empty"}; no faults${warned}\n`);
}

// The core has the last word on a policy before it is written.
import { CliError } from "../error.mjs";

const MAX_ROUNDS = 8;

/**
 * The policy, which the core compiles. A schema or a route that it refuses is taken out, and that is a finding; so is
 * each pattern that only the budgeted matcher can run. Throws CliError if nothing helps.
 */
export function compileImported(core, { policy, findings, origins }) {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const issues = issuesOf(core, policy);
    if (issues.length === 0) return policy;
    if (allowPatterns(policy, issues, findings, origins)) continue;
    if (!takeOut(policy, issues, findings, origins)) return refuse(issues);
  }
  return refuse(issuesOf(core, policy));
}

function issuesOf(core, policy) {
  try {
    core.compilePolicy(JSON.stringify(policy)).dispose();
    return [];
  } catch (error) {
    if (error.name !== "SluiceError") throw error;
    return (
      error.issues ?? [{ code: error.code, pointer: error.location ?? "", message: error.message }]
    );
  }
}

/** Turns the budgeted matcher on where a pattern needs it. */
function allowPatterns(policy, issues, findings, origins) {
  const patterns = issues.filter(({ code }) => code === "unsupported_pattern");
  if (patterns.length === 0 || policy.schemaOptions?.patterns === "budgeted") return false;
  for (const { pointer, message } of patterns) {
    findings.warning(
      "budgeted_pattern",
      origins.of(pointer),
      `${message}. It runs on the budgeted matcher, which may give up: then a value isn't valid`,
    );
  }
  const { version, upstreams, schemas, ...rest } = policy;
  for (const key of Object.keys(policy)) delete policy[key];
  Object.assign(policy, {
    version,
    upstreams,
    schemaOptions: { patterns: "budgeted" },
    schemas,
    ...rest,
  });
  return true;
}

/** Replaces the schemas at fault by one that takes anything. */
function takeOut(policy, issues, findings, origins) {
  let changed = false;
  for (const { pointer, code, message } of issues) {
    const [, section, name] = pointer.split("/");
    if (section !== "schemas" || typeof policy.schemas?.[name] !== "object") continue;
    findings.error(
      code,
      origins.of(pointer),
      `${message}: anything is taken in the place of the schema "${name}"`,
    );
    policy.schemas[name] = true;
    changed = true;
  }
  return changed;
}

function refuse(issues) {
  const told = issues
    .slice(0, 5)
    .map(({ pointer, message }) => `\n  ${pointer || "/"}: ${message}`);
  throw new CliError(`the core refuses the policy that came of the document:${told.join("")}`);
}

// The core has the last word on a policy before it is written.
import { CliError } from "../error.mjs";

const MAX_ROUNDS = 32;
const PATTERN_FAULTS = ["invalid_pattern", "unsupported_pattern"];
const BACKTRACKING = "backtracking_pattern";
const LENIENT = "lenient_pattern";
/** What the pattern alone is at fault for. The linear matcher's programs have a size. */
const isOfPattern = ({ code, pointer }) =>
  PATTERN_FAULTS.includes(code) || (code === "budget_exceeded" && pointer.endsWith("/pattern"));

/**
 * The policy, which the core compiles. A pattern that it refuses is taken out, and a schema that it refuses for another
 * reason; that is a finding, and so is each pattern that only the budgeted matcher can run, or that needs leniency. Throws CliError if nothing helps.
 */
export function compileImported(core, { policy, findings, origins }) {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { issues, notes } = compile(core, policy);
    if (issues.length === 0) {
      report(notes, policy, findings, origins);
      return policy;
    }
    if (!allowPatterns(policy, issues) && !takeOut(policy, issues, findings, origins)) {
      return refuse(issues);
    }
  }
  return refuse(compile(core, policy).issues);
}

function compile(core, policy) {
  try {
    const compiled = core.compilePolicy(JSON.stringify(policy));
    const { warnings } = compiled.description;
    compiled.dispose();
    return { issues: [], notes: warnings };
  } catch (error) {
    if (error.name !== "SluiceError") throw error;
    const { issues = [{ code: error.code, pointer: "", message: error.message }] } = error;
    return { issues };
  }
}

/** Turns the budgeted matcher on where there are patterns that the linear one refuses. */
function allowPatterns(policy, issues) {
  if (policy.schemaOptions !== undefined) return false;
  if (!issues.some(isOfPattern)) return false;
  const { version, upstreams, schemas, routes } = policy;
  for (const key of Object.keys(policy)) delete policy[key];
  Object.assign(policy, {
    version,
    upstreams,
    schemaOptions: { patterns: "budgeted" },
    schemas,
    routes,
  });
  return true;
}

/** Says which patterns the budgeted matcher is for, and which aren't as they should be. */
function report(notes, policy, findings, origins) {
  const backtracking = notes.filter(({ code }) => code === BACKTRACKING);
  if (backtracking.length === 0) delete policy.schemaOptions;
  for (const { pointer, message } of backtracking) {
    findings.warning(
      "budgeted_pattern",
      origins.of(pointer),
      `${message}, within a budget: a value that takes more isn't valid`,
    );
  }
  for (const { code, pointer, message } of notes) {
    if (code === LENIENT) findings.note(code, origins.of(pointer), message);
  }
}

/** Replaces the schemas at fault by one that takes anything, and leaves out the patterns and the routes at fault. */
function takeOut(policy, issues, findings, origins) {
  const routes = new Set();
  const schemas = new Set();
  let patterns = 0;
  for (const issue of issues) {
    const { pointer, code, message } = issue;
    if (isOfPattern(issue) && dropPattern(policy, pointer)) {
      findings.error(code, origins.of(pointer), `${message}: any text is taken here`);
      patterns += 1;
      continue;
    }
    const [, section, name] = pointer.split("/");
    if (section === "routes" && policy.routes[Number(name)] !== undefined) {
      findings.error(code, origins.of(pointer), `${message}: the operation is left out`);
      routes.add(Number(name));
    }
    if (section !== "schemas" || typeof policy.schemas?.[name] !== "object") continue;
    findings.error(
      code,
      origins.of(pointer),
      `${message}: anything is taken in the place of the schema "${name}"`,
    );
    schemas.add(name);
  }
  for (const name of schemas) policy.schemas[name] = true;
  policy.routes = policy.routes.filter((_, number) => !routes.has(number));
  origins.leaveOut(routes);
  return schemas.size + routes.size + patterns > 0;
}

/** A text that isn't held to its form is less of a loss than a schema. False if it isn't a "pattern". */
function dropPattern(policy, pointer) {
  const keys = pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (keys[0] !== "schemas" || keys.pop() !== "pattern") return false;
  let schema = policy;
  for (const key of keys) {
    if (typeof schema !== "object" || schema === null || !Object.hasOwn(schema, key)) return false;
    schema = schema[key];
  }
  if (typeof schema?.pattern !== "string") return false;
  delete schema.pattern;
  return true;
}

function refuse(issues) {
  const told = issues
    .slice(0, 5)
    .map(({ pointer, message }) => `\n  ${pointer || "/"}: ${message}`);
  throw new CliError(`the core refuses the policy that came of the document:${told.join("")}`);
}

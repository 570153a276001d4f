// Random schemas and instances over five drafts, validated by this engine and by @hyperjump/json-schema, the slow
// reference; Ajv, @cfworker/json-schema and ata-validator say what they think where the two differ. A difference that
// schema/differences.mjs doesn't explain is made small, printed, and fails.
//
//   node tests/fuzz/schema_hyperjump.mjs [evaluations] [seed] [engine]
//
// An engine other than "sluice" takes its place: that the others' known faults are found shows that this finds faults.

import { choices } from "./random.mjs";
import { explanation } from "./schema/differences.mjs";
import { ENGINES } from "./schema/engines.mjs";
import { minimise } from "./schema/minimise.mjs";
import { broken } from "./schema/broken_schema.mjs";
import { DIALECTS, randomInstance, randomSchema } from "./schema/random_schema.mjs";

const EVALUATIONS = Number(process.argv[2] ?? 50_000);
const SEED = Number(process.argv[3] ?? 1);
const ENGINE = process.argv[4] ?? "sluice";
const INSTANCES = 16;
/** Of how many schemas one is broken, to see whether it is refused. */
const BROKEN = 3;
/** How many unexplained differences are enough to look at. */
const MOST = 5;
const WITNESSES = ["ajv", "cfworker", "ata"].filter((name) => name !== ENGINE);

const random = choices(SEED);
const counts = { evaluations: 0, valid: 0, schemas: 0, refused: 0 };
const explained = new Map();
/** By schema and instance, made small. */
const unexplained = new Map();

/** What an engine says: true, false, undefined for nothing, or why it refuses the schema or can't tell. */
async function ask(name, documents, options, instances) {
  let validate;
  try {
    validate = await ENGINES[name](documents, options);
  } catch (error) {
    const loop = error instanceof RangeError;
    const codes = (error.issues ?? []).map(({ code }) => code);
    return { refused: [...codes, String(error.message ?? error)].join(": "), loop };
  }
  if (validate === undefined) return { verdicts: instances.map(() => undefined) };
  try {
    return {
      verdicts: instances.map((instance) => {
        try {
          return validate(instance);
        } catch (error) {
          return String(error.message);
        }
      }),
    };
  } finally {
    validate.dispose?.();
  }
}

/** The reference doesn't look for loops; they end its stack. */
function outcome({ refused, loop, verdicts }) {
  if (refused === undefined) return verdicts[0];
  return loop ? "loop" : "refused";
}
const isRefusal = (told) => told === "refused" || told === "loop";

async function outcomes({ instance, ...documents }, options) {
  const instances = instance === undefined ? [] : [instance];
  const [ours, theirs] = [
    await ask(ENGINE, documents, options, instances),
    await ask("hyperjump", documents, options, instances),
  ];
  return { ours: outcome(ours), theirs: outcome(theirs), because: ours.refused ?? theirs.refused };
}

/** Makes a difference small, and either counts it as explained or keeps it. */
async function report(found, options, first) {
  const small = await minimise(found, async (smaller) => {
    const { ours, theirs } = await outcomes(smaller, options);
    return ours === first.ours && theirs === first.theirs;
  });
  const { because } = await outcomes(small, options);
  const accepts = async (documents) =>
    (await ask("hyperjump", documents, options, [])).refused === undefined;
  const explaining = await explanation({ ...small, ...options, ...first, because, accepts });
  if (explaining !== undefined) {
    explained.set(explaining.what, (explained.get(explaining.what) ?? 0) + 1);
    return;
  }
  const key = JSON.stringify(small);
  if (unexplained.has(key)) return;
  const told = { [ENGINE]: first.ours, hyperjump: first.theirs, because };
  for (const name of WITNESSES) {
    const instances = small.instance === undefined ? [] : [small.instance];
    told[name] = outcome(await ask(name, small, options, instances));
  }
  unexplained.set(key, { ...options, ...small, ...told });
}

/** An instance's verdict, or whether the schema is taken: the two have to agree. */
async function compare(documents, options, instances) {
  const [ours, theirs] = [
    await ask(ENGINE, documents, options, instances),
    await ask("hyperjump", documents, options, instances),
  ];
  counts.schemas++;
  if (theirs.refused !== undefined) counts.refused++;
  if (ours.refused !== undefined || theirs.refused !== undefined) {
    counts.evaluations++;
    const [a, b] = [outcome(ours), outcome(theirs)];
    if (isRefusal(a) === isRefusal(b)) return;
    const told = (one) => (isRefusal(one) ? one : undefined);
    await report(documents, options, { ours: told(a), theirs: told(b) });
    return;
  }
  for (const [i, instance] of instances.entries()) {
    counts.evaluations++;
    const [a, b] = [ours.verdicts[i], theirs.verdicts[i]];
    if (a === undefined) continue;
    if (b === true) counts.valid++;
    if (a === b) continue;
    // Its other instances would tell the same.
    await report({ ...documents, instance }, options, { ours: a, theirs: b });
    return;
  }
}

while (counts.evaluations < EVALUATIONS && unexplained.size < MOST) {
  const dialect = random.pick(Object.keys(DIALECTS));
  const options = { dialect, assertFormat: random.chance(0.5) };
  const documents = randomSchema(random, dialect);
  if (random.below(BROKEN) === 0) {
    await compare(broken(random, documents), options, []);
  } else {
    const instances = Array.from({ length: INSTANCES }, () => randomInstance(random, documents));
    await compare(documents, options, instances);
  }
}

for (const [what, times] of explained) console.log(`explained ${times} times: ${what}`);
const summary = `${counts.evaluations} evaluations of ${counts.schemas} schemas (seed ${SEED}; ${counts.valid} valid, ${counts.refused} schemas refused)`;
if (unexplained.size > 0) {
  for (const one of unexplained.values()) console.error(JSON.stringify(one, null, 1));
  console.error(`differences that nobody explains, after ${summary}`);
  process.exit(1);
}
console.log(`${summary}: no difference that isn't explained`);

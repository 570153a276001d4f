// Makes a case smaller as long as it stays what it is.

const isContainer = (value) => typeof value === "object" && value !== null;

/** Values that are one step simpler: a part of it, or it without one of its parts, or with a simpler part. */
function* simpler(value, keep) {
  if (!isContainer(value)) {
    if (typeof value === "string" && value !== "" && !keep.has(value)) {
      const letters = Array.from(value);
      yield letters.slice(0, letters.length >> 1).join("");
      yield letters.slice(1).join("");
    }
    return;
  }
  for (const part of Object.values(value))
    if (isContainer(part) || typeof part === "boolean") yield part;
  for (const name of Object.keys(value)) {
    if (keep.has(name)) continue;
    if (Array.isArray(value)) yield value.toSpliced(Number(name), 1);
    else {
      const { [name]: _, ...rest } = value;
      yield rest;
    }
  }
  for (const [name, part] of Object.entries(value)) {
    if (keep.has(name)) continue;
    for (const one of simpler(part, keep)) {
      yield Array.isArray(value) ? value.with(Number(name), one) : { ...value, [name]: one };
    }
  }
}

// A part of an identifier would be another one.
const KEEP = new Set(["$schema", "$id", "id"]);
const NOTHING = new Set();

/** A schema stays an object, and of its dialect. */
function* simplerSchemas(schema) {
  for (const one of simpler(schema, KEEP)) {
    if (isContainer(one) && !Array.isArray(one)) yield { $schema: schema.$schema, ...one };
  }
}

function* steps({ schema, resources, instance }) {
  for (const one of simplerSchemas(schema)) yield { schema: one, resources, instance };
  for (const [uri, resource] of Object.entries(resources)) {
    const { [uri]: _, ...others } = resources;
    yield { schema, resources: others, instance };
    for (const one of simplerSchemas(resource)) {
      yield { schema, resources: { ...others, [uri]: one }, instance };
    }
  }
  if (instance === undefined) return;
  for (const one of simpler(instance, NOTHING)) yield { schema, resources, instance: one };
}

/**
 * @param {{ schema: any, resources: Record<string, any>, instance?: any }} found
 * @param {(one: typeof found) => Promise<boolean>} holds whether it is still that case
 */
export async function minimise(found, holds, attempts = 3000) {
  for (let changed = true; changed && attempts > 0;) {
    changed = false;
    const length = (one) => JSON.stringify(one).length;
    for (const step of [...steps(found)].sort((a, b) => length(a) - length(b))) {
      if (attempts-- <= 0) break;
      if (!(await holds(step))) continue;
      found = step;
      changed = true;
      break;
    }
  }
  return found;
}

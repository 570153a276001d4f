// Makes a case smaller as long as it stays what it is.

const isContainer = (value) => typeof value === "object" && value !== null;

/** Values that are one step simpler: a part of it, or it without one of its parts, or with a simpler part. */
function* simpler(value, keep) {
  if (!isContainer(value)) {
    if (typeof value === "string" && value.length > 1 && !keep.has(value)) {
      yield value.slice(0, value.length >> 1);
      yield value.slice(1);
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

const KEEP = new Set(["$schema"]);
const NOTHING = new Set();

/**
 * @param {{ schema: any, instance: any }} found
 * @param {(schema: any, instance: any) => Promise<boolean>} holds whether it is still that case
 */
export async function minimise({ schema, instance }, holds, attempts = 3000) {
  for (let changed = true; changed && attempts > 0;) {
    changed = false;
    const steps = [
      ...(function* () {
        for (const one of simpler(schema, KEEP)) {
          if (isContainer(one) && !Array.isArray(one))
            yield { schema: { $schema: schema.$schema, ...one }, instance };
        }
        if (instance !== undefined)
          for (const one of simpler(instance, NOTHING)) yield { schema, instance: one };
      })(),
    ].sort((a, b) => JSON.stringify(a).length - JSON.stringify(b).length);
    for (const step of steps) {
      if (attempts-- <= 0) break;
      if (!(await holds(step.schema, step.instance))) continue;
      ({ schema, instance } = step);
      changed = true;
      break;
    }
  }
  return { schema, instance };
}

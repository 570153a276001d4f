// A schema with one fault that its meta-schema, or what it means, doesn't allow; now and then it is none.

/** Values that some keyword doesn't take. */
const JUNK = [null, true, -1, 1.5, 3, "", "x", "(", "#/$defs/none", "no anchor#", [], {}, [[]], [1], ["a", "a"], { a: 1 }, { a: [1] }, { "(": {} }]; // prettier-ignore

/** Names whose values identify or refer: breaking these is another matter than a wrong value. */
const KEPT = new Set(["$schema", "$id", "id", "$anchor", "$recursiveAnchor", "$dynamicAnchor"]);

function placesOf(schema, found = []) {
  for (const [name, value] of Object.entries(schema)) {
    if (KEPT.has(name)) continue;
    found.push([schema, name]);
    if (
      typeof value === "object" &&
      value !== null &&
      name !== "enum" &&
      name !== "const" &&
      name !== "default"
    ) {
      placesOf(value, found);
    }
  }
  return found;
}

export function broken(random, { schema, resources }) {
  const copy = structuredClone(schema);
  const [holder, name] = random.pick(placesOf(copy));
  holder[name] = random.pick(JUNK);
  return { schema: copy, resources };
}

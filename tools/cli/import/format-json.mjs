const WIDTH = 100;

/** JSON as people write it: what fits into a line is in one. Numbers that keep their text keep it. */
export function formatJson(value) {
  return `${format(value, "", 0)}\n`;
}

/** `used`: characters that stand before the value in its line. */
function format(value, indent, used) {
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value))
    return JSON.stringify(value);
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? "[]" : "{}";
  const entries = isArray
    ? value.map((child) => ["", child])
    : Object.entries(value).map(([key, child]) => [`${JSON.stringify(key)}: `, child]);
  if (entries.length === 0) return open + close;
  const flat = oneLine(value, WIDTH - used);
  if (flat !== undefined) return flat;
  const inner = `${indent}  `;
  const lines = entries.map(
    ([key, child]) => `${inner}${key}${format(child, inner, inner.length + key.length + 1)}`,
  );
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** The value in one line of at most `most` characters, or undefined. */
function oneLine(value, most) {
  if (most < 2) return undefined;
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) {
    const text = JSON.stringify(value);
    return text.length <= most ? text : undefined;
  }
  const isArray = Array.isArray(value);
  let text = isArray ? "[" : "{ ";
  let first = true;
  for (const key of Object.keys(value)) {
    const name = isArray ? "" : `${JSON.stringify(key)}: `;
    const child = oneLine(value[key], most - text.length - name.length - 2);
    if (child === undefined) return undefined;
    text += `${first ? "" : ", "}${name}${child}`;
    first = false;
  }
  if (first) return isArray ? "[]" : "{}";
  text += isArray ? "]" : " }";
  return text.length <= most ? text : undefined;
}

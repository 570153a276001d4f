// Lines for a person: aligned, and coloured only on a terminal.
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = paint("1");
export const dim = paint("2");
const red = paint("31");
const green = paint("32");

let unexpected = 0;

export function line(...parts) {
  console.log(parts.join(""));
}

export function fail(message) {
  console.error(red(`tools/dev: ${message}`));
}

/** "name       1.2 s    ", in the columns of tools/dev. */
export function seconds(name, begun) {
  const tenths = ((performance.now() - begun) / 1000).toFixed(1);
  return `${name.padEnd(10)} ${tenths.padStart(6)} s    `;
}

export function title(text) {
  line("");
  line(bold(text));
}

export function command(text) {
  line(dim(`  $ ${text}`));
}

/** One result. `right` says whether it is what the policy promises. */
export function result(right, label, text) {
  if (!right) unexpected += 1;
  line(`    ${right ? green("✓") : red("✗ unexpected:")} ${label.padEnd(14)} ${text}`);
}

export function unexpectedCount() {
  return unexpected;
}

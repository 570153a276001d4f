const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 };

/**
 * A stream for people, with colours where it is a terminal that has them (https://no-color.org, FORCE_COLOR).
 */
export class Terminal {
  #stream;
  #colours;

  constructor(stream, env) {
    this.#stream = stream;
    this.#colours = env.FORCE_COLOR
      ? env.FORCE_COLOR !== "0"
      : stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
    for (const [name, code] of Object.entries(STYLES)) {
      this[name] = (text) => (this.#colours ? `\x1b[${code}m${text}\x1b[0m` : text);
    }
  }

  write(text) {
    this.#stream.write(text);
  }

  json(value) {
    this.write(`${JSON.stringify(value, null, 2)}\n`);
  }
}

/** "1 fault", "3 faults". */
export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural}`;
}

/** What a file or a document says, for a terminal: without what moves its cursor or colours it. */
export function harmless(text) {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    "\ufffd",
  );
}

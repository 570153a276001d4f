// Where in a text something is, and what it looks like there.
import { harmless } from "./terminal.mjs";

const WIDTH = 96;

/** The text's lines, found by byte offset. */
export class SourceText {
  #bytes;
  #starts = [0];

  constructor(bytes) {
    this.#bytes = bytes;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1))
      this.#starts.push(at + 1);
  }

  /** Line and column, from 1; columns count characters. */
  position(offset) {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: [...this.#text(this.#starts[low], offset)].length + 1 };
  }

  /** Characters of the token that begins at the offset: a string, a number, a word; of all else the first one. */
  tokenLength(offset) {
    const { line } = this.position(offset);
    const rest = this.#text(offset, this.#end(line));
    const [token = ""] = /^(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)/.exec(rest) ?? [];
    return Math.max(1, [...token].length);
  }

  line(number) {
    return this.#text(this.#starts[number - 1], this.#end(number)).trimEnd();
  }

  #end(line) {
    return this.#starts[line] ?? this.#bytes.length;
  }
  #text(start, end) {
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }
}

/** The line with the token underlined; of a long line the part around it. */
export function excerpt(source, offset, terminal, underline = terminal.red) {
  const { line, column } = source.position(offset);
  const characters = [...harmless(source.line(line).replaceAll("\t", " "))];
  const start = column + 20 > WIDTH ? column - Math.floor(WIDTH / 2) : 0;
  const cut = characters.slice(start, start + WIDTH).join("");
  const shown = `${start > 0 ? "…" : ""}${cut}${start + WIDTH < characters.length ? "…" : ""}`;
  const before = column - 1 - start + (start > 0 ? 1 : 0);
  const length = Math.min(source.tokenLength(offset), WIDTH - before);
  const gutter = String(line).padStart(5);
  const bar = terminal.dim("│");
  return [
    `${terminal.dim(gutter)} ${bar} ${shown}`,
    `${" ".repeat(5)} ${bar} ${" ".repeat(Math.max(0, before))}${underline("^".repeat(Math.max(1, length)))}`,
  ].join("\n");
}

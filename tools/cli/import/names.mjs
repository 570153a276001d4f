// Names as a policy has them, made of what a document calls things.

const MAX_LENGTH = 64;

/** A name of [A-Za-z][A-Za-z0-9_-]{0,63} that is as near to the text as can be. */
export function nameOf(text, fallback) {
  const plain = text
    .normalize("NFKD")
    .replace(/-*[^A-Za-z0-9_-]+-*/g, "-")
    .replace(/^[^A-Za-z]+|[-_]+$/g, "");
  return (plain === "" ? fallback : plain).slice(0, MAX_LENGTH);
}

/** Names that are each given once. */
export class Names {
  #taken = new Set();

  take(text, fallback) {
    const name = nameOf(text, fallback);
    for (let number = 1; ; number++) {
      const suffix = number === 1 ? "" : `-${number}`;
      const candidate = name.slice(0, MAX_LENGTH - suffix.length) + suffix;
      if (this.#taken.has(candidate)) continue;
      this.#taken.add(candidate);
      return candidate;
    }
  }
}

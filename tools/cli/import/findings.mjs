/**
 * What of a document couldn't be carried over, or not as it stands. `error`: something is left out that requests would
 * need; `warning`: something isn't checked that the document says; `note`: good to know.
 */
export class Findings {
  #list = [];
  #seen = new Set();

  add(level, code, node, message) {
    const { line, column } = node?.position ?? {};
    const place =
      node === undefined
        ? {}
        : { file: node.file, pointer: node.pointer, ...(line ? { line, column } : {}) };
    const key = `${code} ${node?.key ?? ""} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#list.push({ level, code, message, ...place });
  }
  error(code, node, message) {
    this.add("error", code, node, message);
  }
  warning(code, node, message) {
    this.add("warning", code, node, message);
  }
  note(code, node, message) {
    this.add("note", code, node, message);
  }

  /** The worst first; of one level in the order of finding. */
  get list() {
    const order = ["error", "warning", "note"];
    return this.#list.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  }
}

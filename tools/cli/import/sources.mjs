// The document and the files that it refers to. Nothing is ever fetched.
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { CliError } from "../error.mjs";
import { Source } from "./source.mjs";

const MAX_BYTES = 16 << 20; // of all files together
const MAX_FILES = 256;
const MAX_HOPS = 64;

export class Sources {
  #files = new Map();
  #bytes = 0;
  #findings;
  #folders;

  /** Files are taken from the document's folder and from the working directory, and what is below them. */
  constructor(path, findings) {
    this.#findings = findings;
    this.#folders = [dirname(resolve(path)), process.cwd()].map((folder) => real(folder) ?? folder);
    this.root = this.#load(resolve(path), path).root;
  }

  /** What a node means: itself, or what its $ref leads to, which is undefined (and reported) if that is nothing. */
  follow(node) {
    let at = node;
    for (let hops = 0; at.isObject && typeof at.value.$ref === "string"; hops++) {
      if (hops === MAX_HOPS) {
        this.#findings.error(
          "reference_loop",
          node,
          `the reference ${quoted(node.value.$ref)} leads in circles`,
        );
        return undefined;
      }
      const next = this.target(at);
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  /** What the node's own $ref points to; undefined, and reported, if that is nothing. */
  target(node) {
    const reference = node.value.$ref;
    const hash = reference.indexOf("#");
    const path = hash < 0 ? reference : reference.slice(0, hash);
    const fragment = hash < 0 ? "" : reference.slice(hash + 1);
    const source = path === "" ? node.source : this.#external(node, path);
    if (source === undefined) return undefined;
    const found = this.#inside(source, fragment);
    if (found?.value === undefined) {
      this.#findings.error(
        "unresolved_reference",
        node.at("$ref"),
        `${quoted(reference)} leads to nothing`,
      );
      return undefined;
    }
    return found;
  }

  #inside(source, fragment) {
    let pointer;
    try {
      pointer = decodeURIComponent(fragment);
    } catch {
      return undefined;
    }
    if (pointer === "") return source.root;
    if (!pointer.startsWith("/")) return source.anchor(pointer);
    const keys = pointer
      .slice(1)
      .split("/")
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    return source.root.at(...keys);
  }

  #external(node, path) {
    const fail = (message) => {
      this.#findings.error(
        "unresolved_reference",
        node.at("$ref"),
        `${quoted(node.value.$ref)}: ${message}`,
      );
    };
    if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(path))
      return fail("only files are read, never the network");
    let file;
    try {
      file = resolve(dirname(node.source.path), decodeURIComponent(path));
    } catch {
      return fail("this is no path");
    }
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const found = real(file);
    if (found === undefined) return fail("there is no such file");
    if (!this.#folders.some((folder) => found.startsWith(folder + sep))) {
      return fail("it lies neither in the document's folder nor in the working directory");
    }
    try {
      return this.#load(file, relative(process.cwd(), file));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return fail(error.message);
    }
  }

  #load(file, shown) {
    if (this.#files.size === MAX_FILES) throw new CliError(`more than ${MAX_FILES} files`);
    const source = new Source(shown, this.#read(file, shown));
    source.path = file;
    this.#files.set(file, source);
    return source;
  }

  #read(file, shown) {
    try {
      this.#bytes += statSync(file).size;
      if (this.#bytes > MAX_BYTES)
        throw new CliError(`the document has over ${MAX_BYTES >> 20} MiB`);
      return readFileSync(file, "utf8");
    } catch (error) {
      if (error instanceof CliError) throw error;
      const reason = error.code === "ENOENT" ? "there is no such file" : error.message;
      throw new CliError(`${shown} can't be read: ${reason}`);
    }
  }
}

function real(path) {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

export function quoted(text) {
  return JSON.stringify(text);
}

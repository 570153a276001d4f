// Text of YAML or JSON, with a place for everything in it.
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";
import { CliError } from "../error.mjs";

// Aliases that unfold to more than this many times what is written are an attack.
const MAX_ALIASES = 100;
const NUMBERS = new Set(["tag:yaml.org,2002:int", "tag:yaml.org,2002:float"]);
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Numbers that a double can't hold keep their text. */
function exactNumbers(tags) {
  return tags.map((tag) =>
    NUMBERS.has(tag.tag)
      ? { ...tag, resolve: (text, ...rest) => exact(text, tag.resolve(text, ...rest)) }
      : tag,
  );
}

function exact(text, value) {
  if (typeof value !== "number" || !JSON_NUMBER.test(text)) return value;
  return Number.isSafeInteger(value) ||
    (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) && text.length < 17)
    ? value
    : JSON.rawJSON(text);
}

export class Source {
  #document;
  #lines = new LineCounter();
  #anchors;

  constructor(file, text) {
    this.file = file;
    this.#document = parse(file, text, this.#lines);
    refuseLoops(file, this.#document, this.#lines);
    try {
      this.value = this.#document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      throw new CliError(`${file}: ${error.message}`);
    }
  }

  get root() {
    return new Node(this, [], this.value);
  }

  /** The schema that has this $anchor. */
  anchor(name) {
    this.#anchors ??= anchorsIn(this.root);
    return this.#anchors.get(name);
  }

  /** Line and column, from 1, of what the keys lead to; of the nearest thing above it that is written. */
  position(keys) {
    let node = this.#document.contents;
    let at = node;
    for (const key of keys) {
      if (isAlias(node)) node = node.resolve(this.#document);
      if (isMap(node)) {
        const pair = node.items.find((item) => keyText(item.key) === key);
        if (pair === undefined) break;
        at = pair.key;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        at = node;
      } else {
        break;
      }
    }
    const offset = at?.range?.[0];
    if (offset === undefined) return undefined;
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

/** A way down that never ends begins with such an alias: all that walks the document relies on there being none. */
function refuseLoops(file, document, lines) {
  visit(document, {
    Alias(_, alias, above) {
      const isAnchor = above.some(({ anchor }) => anchor === alias.source);
      if (!isAnchor || !above.includes(alias.resolve(document))) return;
      const { line, col } = lines.linePos(alias.range[0]);
      throw new CliError(
        `${file}:${line}:${col}: the alias *${alias.source} stands inside of what it stands for`,
      );
    },
  });
}

function anchorsIn(root) {
  const anchors = new Map();
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.isObject && typeof node.value.$anchor === "string")
      anchors.set(node.value.$anchor, node);
    for (const [, child] of node.members) pending.push(child);
    pending.push(...node.elements);
  }
  return anchors;
}

function keyText(key) {
  return isScalar(key) ? String(key.value) : undefined;
}

function parse(file, text, lineCounter) {
  let document;
  try {
    document = parseDocument(text, {
      lineCounter,
      customTags: exactNumbers,
      merge: true,
      prettyErrors: false,
    });
  } catch (error) {
    throw new CliError(`${file} can't be read as YAML or JSON: ${error.message}`);
  }
  const [fault] = document.errors;
  if (fault === undefined) return document;
  const { line, col } = lineCounter.linePos(fault.pos[0]);
  throw new CliError(`${file}:${line}:${col}: ${fault.message}`);
}

/** A value and where it stands. */
export class Node {
  constructor(source, keys, value) {
    this.source = source;
    this.keys = keys;
    this.value = value;
  }

  get file() {
    return this.source.file;
  }
  get pointer() {
    return this.keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  }
  /** Tells it from all other places. */
  get key() {
    return `${this.file}#${this.pointer}`;
  }
  get position() {
    return this.source.position(this.keys);
  }

  get present() {
    return this.value !== undefined && this.value !== null;
  }
  get isObject() {
    return (
      typeof this.value === "object" &&
      this.value !== null &&
      !Array.isArray(this.value) &&
      !isRaw(this.value)
    );
  }

  /** What is below; its value is undefined where there is nothing. */
  at(...keys) {
    let { value } = this;
    for (const key of keys) {
      const below = typeof value === "object" && value !== null && Object.hasOwn(value, key);
      value = below ? value[key] : undefined;
    }
    return new Node(this.source, [...this.keys, ...keys.map(String)], value);
  }

  /** The members of an object, but for extensions (x-…); none of anything else. */
  get members() {
    if (!this.isObject) return [];
    return Object.keys(this.value)
      .filter((key) => !key.startsWith("x-"))
      .map((key) => [key, this.at(key)]);
  }

  get elements() {
    return Array.isArray(this.value) ? this.value.map((_, index) => this.at(index)) : [];
  }
}

/** What stands where a text should: of an object its JSON, since it may say what becomes of it as a text. */
export function textOf(value) {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** A number that keeps its text. */
export function isRaw(value) {
  return JSON.isRawJSON(value);
}

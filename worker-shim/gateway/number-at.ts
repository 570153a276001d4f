const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Longer than any number that counts something; what is longer is no count. */
const MOST_DIGITS = 32;
/** An array's index as RFC 6901, section 4, has it. */
const INDEX = /^(?:0|[1-9]\d{0,9})$/;

/** The tokens of a JSON Pointer (RFC 6901), which was checked when the policy was compiled. */
export function pointerTokens(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/**
 * Looks for the number at a JSON Pointer in a document that passes in pieces: nothing of it is
 * held but where the reader is and, on the way along the pointer, a member's name. Of members of
 * one name the last counts, as for JSON.parse. It doesn't validate: of a text that is no JSON it
 * says anything, but always in one step a byte and in memory of the pointer's size.
 */
export class NumberAt {
  readonly #tokens: readonly string[];
  readonly #indexes: readonly number[];
  readonly #longestName: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #depth = 0;
  /** How many of the open containers lie on the pointer's path. */
  #onPath = 0;
  /** Of those on the path: whether they are objects, and the elements passed of those that aren't. */
  readonly #isObject: boolean[] = [];
  readonly #passed: number[] = [];
  #inString = false;
  #escaped = false;
  /** The string that begins next is a member's name of a container on the path. */
  #nameComes = false;
  /** The name's text so far; undefined outside of one, and once it is too long to be the token. */
  #name: string | undefined;
  #readsName = false;
  /** The value that begins next is the one that the next token names. */
  #matches: boolean;
  #digits: string | undefined;
  #value: number | undefined;

  /** At most `maxBytes` of the document are looked at; in a longer one nothing is found. */
  constructor(tokens: readonly string[], maxBytes: number) {
    this.#tokens = tokens;
    this.#indexes = tokens.map((token) => (INDEX.test(token) ? Number(token) : -1));
    // Every UTF-16 unit may be written as six bytes.
    this.#longestName = Math.max(0, ...tokens.map(({ length }) => length)) * 6;
    this.#maxBytes = maxBytes;
    this.#matches = tokens.length === 0;
  }

  push(chunk: Uint8Array, from = 0, to = chunk.length): void {
    this.#bytes += to - from;
    if (this.#bytes > this.#maxBytes) return;
    let at = from;
    while (at < to) {
      if (this.#inString) at = this.#skipString(chunk, at, to);
      else this.#take(chunk[at++] as number);
    }
  }

  /** The number, if the document was whole and has it. Begins anew. */
  end(): number | undefined {
    this.#endNumber();
    const whole = this.#depth === 0 && !this.#inString && this.#bytes <= this.#maxBytes;
    const value = whole ? this.#value : undefined;
    this.#bytes = 0;
    this.#depth = this.#onPath = 0;
    this.#inString = this.#escaped = this.#nameComes = this.#readsName = false;
    this.#name = this.#value = undefined;
    this.#matches = this.#tokens.length === 0;
    return value;
  }

  #take(byte: number): void {
    // Of blanks, colons, and the letters of numbers and literals only a wanted number's matter.
    if (this.#digits !== undefined) {
      if (isOfNumber(byte)) {
        this.#digits += this.#digits.length > MOST_DIGITS ? "" : String.fromCharCode(byte);
        return;
      }
      this.#endNumber();
    }
    switch (byte) {
      case QUOTE:
        this.#beginString();
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#open(byte === OPEN_BRACE);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#close();
        break;
      case COMMA:
        this.#next();
        break;
      default:
        if (this.#matches && beginsNumber(byte)) this.#beginNumber(byte);
    }
  }

  #beginNumber(byte: number): void {
    this.#matches = false;
    if (this.#depth === this.#tokens.length) this.#digits = String.fromCharCode(byte);
  }

  #endNumber(): void {
    if (this.#digits === undefined) return;
    const value = this.#digits.length > MOST_DIGITS ? NaN : Number(this.#digits);
    this.#value = Number.isFinite(value) ? value : undefined;
    this.#digits = undefined;
  }

  #beginString(): void {
    this.#inString = true;
    this.#readsName = this.#nameComes;
    this.#name = this.#nameComes ? "" : undefined;
    this.#nameComes = this.#matches = false;
  }

  #skipString(chunk: Uint8Array, from: number, to: number): number {
    let at = from;
    let escaped = this.#escaped;
    for (; at < to; at++) {
      const byte = chunk[at];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) break;
    }
    this.#escaped = escaped;
    if (this.#name !== undefined) this.#addToName(chunk, from, at);
    if (at === to) return at;
    this.#inString = false;
    if (this.#readsName) this.#endName();
    return at + 1;
  }

  /** Bytes as Latin-1: a character may lie across two chunks. */
  #addToName(chunk: Uint8Array, from: number, to: number): void {
    let name = this.#name ?? "";
    if (name.length + to - from > this.#longestName) {
      this.#name = undefined;
      return;
    }
    for (let at = from; at < to; at++) name += String.fromCharCode(chunk[at] as number);
    this.#name = name;
  }

  #endName(): void {
    this.#readsName = false;
    this.#matches = this.#name !== undefined && nameOf(this.#name) === this.#token();
    this.#name = undefined;
    if (this.#matches) this.#value = undefined;
  }

  #token(): string | undefined {
    return this.#tokens[this.#onPath - 1];
  }

  #open(isObject: boolean): void {
    // The document itself lies on every path.
    const entered = this.#depth === 0 || this.#matches;
    if (entered && this.#depth === this.#onPath && this.#depth < this.#tokens.length) {
      this.#isObject[this.#onPath] = isObject;
      this.#passed[this.#onPath] = 0;
      this.#onPath += 1;
      this.#value = undefined;
    }
    this.#depth += 1;
    this.#nameComes = isObject && this.#depth === this.#onPath;
    this.#matches = !isObject && this.#isWantedElement();
  }

  #close(): void {
    if (this.#onPath === this.#depth && this.#onPath > 0) this.#onPath -= 1;
    this.#depth -= 1;
    this.#nameComes = this.#matches = false;
  }

  #next(): void {
    this.#matches = false;
    if (this.#depth === 0 || this.#depth !== this.#onPath) return;
    const level = this.#onPath - 1;
    if (this.#isObject[level] === true) {
      this.#nameComes = true;
    } else {
      this.#passed[level] = (this.#passed[level] ?? 0) + 1;
      this.#matches = this.#isWantedElement();
    }
  }

  #isWantedElement(): boolean {
    const level = this.#onPath - 1;
    return this.#depth === this.#onPath && this.#passed[level] === this.#indexes[level];
  }
}

function beginsNumber(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d;
}

function isOfNumber(byte: number): boolean {
  // + . E e
  return beginsNumber(byte) || byte === 0x2b || byte === 0x2e || byte === 0x45 || byte === 0x65;
}

/** What the bytes between a name's quotes say; undefined if they are no JSON string. */
function nameOf(latin1: string): string | undefined {
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(latin1)) return latin1;
  try {
    const bytes = Uint8Array.from(latin1, (unit) => unit.charCodeAt(0));
    const name: unknown = JSON.parse(`"${new TextDecoder().decode(bytes)}"`);
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

import { FeaturesWord } from "./abi.generated.ts";
import { SluiceError } from "./errors.ts";
import type { NamedAttribute } from "./feature-attributes.ts";
import type { Instance } from "./instance.ts";
import { readText } from "./text.ts";

const PAIR_BYTES = 8;

/** Some of a payload's features. */
export interface Selection {
  readonly keys: readonly string[];
  readonly numbers: Uint32Array;
  /** Where in the results a feature is, by its key. */
  readonly positions: ReadonlyMap<string, number>;
  /** The key at position 0. */
  readonly first: string | undefined;
  /** What these features look at; asked for at first use. */
  attributes: readonly NamedAttribute[] | undefined;
}

/** Lists of keys whose selections are kept. */
const KEPT_SELECTIONS = 16;

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * The same string as engines keep names of properties: once. What is decoded from bytes is another
 * each time, which Map and property look-up compare or look up letter by letter.
 */
function internalized(text: string): string {
  const [name = text] = Object.keys({ [text]: 0 });
  return name;
}

/** Where texts lie: the core's memory, or a copy of what a compiled payload had of it. */
interface TextMemory {
  wordAt(address: number): number;
  textAt(address: number, length: number): string;
}

/** Bytes as they lay at `begin`. */
class KeptMemory implements TextMemory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #begin: number;

  constructor(bytes: Uint8Array, begin: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#begin = begin;
  }

  wordAt(address: number): number {
    return this.#view.getUint32(address - this.#begin, true);
  }

  textAt(address: number, length: number): string {
    return readText(this.#bytes, address - this.#begin, length);
  }
}

const NO_MEMORY: TextMemory = {
  wordAt: staleHandle,
  textAt: staleHandle,
};

function staleHandle(): never {
  throw new SluiceError("stale_handle", "this object was disposed of");
}

/**
 * What a compiled payload shows: keys, and JSON texts by number. All are decoded on access, out of
 * the core's memory while the payload is there, and out of a copy afterwards.
 */
export class FeatureTexts {
  readonly #instance: Instance;
  #memory: TextMemory;
  /** As the core gave them: addresses and counts. */
  readonly #words: readonly number[];
  #attributes: readonly NamedAttribute[] | undefined;
  /** True if some experiment has URL targets. */
  readonly needsUrl: boolean;
  #keys: readonly string[] | undefined;
  #numbers: ReadonlyMap<string, number> | undefined;
  #selection: Selection | undefined;
  readonly #selections: Selection[] = [];
  #oldest = 0;
  /** Values that aren't objects, so that they can be given out twice; holes where not yet. */
  readonly #values: unknown[];
  #isShared = false;

  constructor(instance: Instance, words: readonly number[]) {
    this.#instance = instance;
    this.#memory = instance;
    this.#words = words;
    this.needsUrl = this.#word(FeaturesWord.needsUrl) === 1;
    this.#values = new Array<unknown>(this.#word(FeaturesWord.textCount));
  }

  /** Results will need the texts as long as they live. */
  share(): this {
    this.#isShared = true;
    return this;
  }

  /** Before the payload goes. */
  part(): void {
    if (this.#memory !== this.#instance) return;
    const begin = this.#word(FeaturesWord.pool);
    this.#memory = this.#isShared
      ? new KeptMemory(this.#instance.bytesAt(begin, this.#word(FeaturesWord.end) - begin), begin)
      : NO_MEMORY;
  }

  get featureCount(): number {
    return this.#word(FeaturesWord.featureCount);
  }

  key(feature: number): string {
    const row = this.#word(FeaturesWord.featureBytes);
    return this.#text(this.#word(FeaturesWord.features) + feature * row);
  }

  keys(): string[] {
    this.#keys ??= Array.from({ length: this.featureCount }, (_, feature) =>
      internalized(this.key(feature)),
    );
    return [...this.#keys];
  }

  numberOf(key: string): number | undefined {
    this.#numbers ??= new Map(this.keys().map((name, feature) => [name, feature]));
    return this.#numbers.get(key);
  }

  /** Of those keys that there are. Lists that were asked for are kept: they come again. */
  select(keys: readonly string[]): Selection {
    const last = this.#selection;
    if (last !== undefined && isSame(last.keys, keys)) return last;
    const known = this.#selections.find((selection) => isSame(selection.keys, keys));
    if (known !== undefined) return (this.#selection = known);
    const made = this.#makeSelection(keys);
    this.#selections[this.#oldest] = made;
    this.#oldest = (this.#oldest + 1) % KEPT_SELECTIONS;
    return (this.#selection = made);
  }

  #makeSelection(keys: readonly string[]): Selection {
    const positions = new Map<string, number>();
    const numbers: number[] = [];
    for (const key of keys) {
      const number = this.numberOf(key);
      if (number === undefined || positions.has(key)) continue;
      positions.set(key, numbers.length);
      numbers.push(number);
    }
    const [first] = positions.keys();
    return {
      keys: [...keys],
      numbers: Uint32Array.from(numbers),
      positions,
      first,
      attributes: undefined,
    };
  }

  /** All attributes that anything looks at, by number. */
  attributes(): readonly NamedAttribute[] {
    return (this.#attributes ??= this.#list(FeaturesWord.attributes).map((name, number) => ({
      number,
      name: internalized(name),
    })));
  }

  patterns(): string[] {
    return this.#list(FeaturesWord.patterns);
  }

  /** The value of a text, null where there is none; objects are the caller's own. */
  value(text: number): unknown {
    if (text < 0) return null;
    const known = this.#values[text];
    if (known !== undefined) return known;
    const value: unknown = JSON.parse(
      this.#text(this.#word(FeaturesWord.texts) + text * PAIR_BYTES),
    );
    if (typeof value !== "object" || value === null) this.#values[text] = value;
    return value;
  }

  #list(table: number): string[] {
    const at = this.#word(table);
    return Array.from({ length: this.#word(table + 1) }, (_, i) => this.#text(at + i * PAIR_BYTES));
  }

  #word(index: number): number {
    return this.#words[index] as number;
  }

  #text(pair: number): string {
    const memory = this.#memory;
    const at = this.#word(FeaturesWord.pool) + memory.wordAt(pair);
    return memory.textAt(at, memory.wordAt(pair + 4));
  }
}

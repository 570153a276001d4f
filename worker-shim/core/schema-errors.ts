import { ABSENT, ERROR_WORDS, ERRORS_WORDS, ErrorWord, ErrorsWord } from "./abi.generated.ts";
import { readText } from "./text.ts";

/** One fault of a document. */
export interface SchemaError {
  /** JSON Pointer of what is wrong, in the document. */
  readonly instanceLocation: string;
  /** JSON Pointer of the keyword that says so, by the way that evaluation took. */
  readonly keywordLocation: string;
  /** The keyword's URI, where a `$ref` was on that way and its schema has one. */
  readonly absoluteKeywordLocation?: string;
  readonly keyword: string;
  /** What was wrong and what would be right. */
  readonly message: string;
  /** Of what is wrong, in the document's UTF-8 text. */
  readonly byteOffset: number;
  /** What would be right, in words or as JSON text; `actual`: what is there. Long ones are cut. */
  readonly expected?: string;
  readonly actual?: string;
}

/**
 * The texts of a frame, one behind the other. They are decoded together: parts of a string cost
 * next to nothing. Only where they aren't ASCII, lengths in bytes are none in characters.
 */
class Texts {
  readonly #bytes: Uint8Array;
  readonly #begin: number;
  readonly #all: string;
  readonly #isAscii: boolean;
  #next = 0;

  constructor(bytes: Uint8Array, begin: number, length: number) {
    this.#bytes = bytes;
    this.#begin = begin;
    this.#all = readText(bytes, begin, length);
    this.#isAscii = this.#all.length === length;
  }

  take(length: number): string {
    const from = this.#next;
    const to = from + length;
    this.#next = to;
    return this.#isAscii
      ? this.#all.substring(from, to)
      : readText(this.#bytes, this.#begin + from, length);
  }
}

/** The frame of `SchemaOutput.errorFrame` in `length` bytes at `at`. */
export function readErrors(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
): SchemaError[] {
  const count = view.getUint32(at + ErrorsWord.count * 4, true);
  const first = at + ERRORS_WORDS * 4;
  const begin = first + count * ERROR_WORDS * 4;
  const texts = new Texts(bytes, begin, at + length - begin);
  const errors: SchemaError[] = [];
  for (let i = 0; i < count; i++) errors.push(readError(view, first + i * ERROR_WORDS * 4, texts));
  return errors;
}

type Unfinished = { -readonly [Key in keyof SchemaError]: SchemaError[Key] };

function readError(view: DataView, at: number, texts: Texts): SchemaError {
  const word = (number: number): number => view.getUint32(at + number * 4, true);
  const byteOffset = word(ErrorWord.byteOffset);
  const instanceLocation = texts.take(word(ErrorWord.instanceLocation));
  const keywordLocation = texts.take(word(ErrorWord.keywordLocation));
  const absolute = word(ErrorWord.absoluteLocation);
  const absoluteKeywordLocation = absolute === ABSENT ? undefined : texts.take(absolute);
  const keyword = texts.take(word(ErrorWord.keyword));
  const message = texts.take(word(ErrorWord.message));
  const error: Unfinished =
    absoluteKeywordLocation === undefined
      ? { instanceLocation, keywordLocation, keyword, message, byteOffset }
      : {
          instanceLocation,
          keywordLocation,
          absoluteKeywordLocation,
          keyword,
          message,
          byteOffset,
        };
  const expected = word(ErrorWord.expected);
  if (expected !== ABSENT) error.expected = texts.take(expected);
  const actual = word(ErrorWord.actual);
  if (actual !== ABSENT) error.actual = texts.take(actual);
  return error;
}

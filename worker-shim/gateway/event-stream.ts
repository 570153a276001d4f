// Server-sent events as https://html.spec.whatwg.org/multipage/server-sent-events.html parses them
// (sections 9.2.5 and 9.2.6), as far as looking into their data needs.

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BYTE_ORDER_MARK = "\xef\xbb\xbf";
const NEW_LINE = new Uint8Array([LF]);
/** The longest name of a field that means something here: "event". */
const LONGEST_FIELD = 5;
/** Events of longer types are of none that a policy can name. */
const LONGEST_TYPE = 256;

/** Gets the events of a stream while it passes; data comes in the pieces that it arrives in. */
export interface EventSink {
  data(chunk: Uint8Array, from: number, to: number): void;
  /** An event is complete. Its type is "message" where the stream says none. */
  dispatch(type: string): void;
}

/**
 * Follows the bytes of an event stream and holds none of them but the name of a field and the type
 * of an event. An event that the stream ends in is not dispatched, as the standard has it.
 */
export class EventStreamParser {
  readonly #sink: EventSink;
  /** Of the byte order mark that the stream may begin with; undefined past it. */
  #mark: number | undefined = 0;
  #afterCr = false;
  #line: "name" | "value" | "data" | "event" | "ignored" = "name";
  #name = "";
  /** A blank after the colon doesn't belong to the value. */
  #mayHaveBlank = false;
  #hasData = false;
  #type = "";

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    let at = this.#skipByteOrderMark(chunk);
    while (at < chunk.length) {
      const byte = chunk[at] as number;
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        at += 1;
      } else if (byte === LF || byte === CR) {
        this.#afterCr = byte === CR;
        this.#endLine();
        at += 1;
      } else {
        this.#afterCr = false;
        at = this.#line === "name" ? this.#takeName(byte, at) : this.#takeValue(chunk, at);
      }
    }
  }

  #skipByteOrderMark(chunk: Uint8Array): number {
    for (let at = 0; at < chunk.length && this.#mark !== undefined; at++) {
      if (this.#mark < BYTE_ORDER_MARK.length) {
        if (chunk[at] === BYTE_ORDER_MARK.charCodeAt(this.#mark)) {
          this.#mark += 1;
          continue;
        }
        this.#name = BYTE_ORDER_MARK.slice(0, this.#mark);
      }
      this.#mark = undefined;
      return at;
    }
    return this.#mark === undefined ? 0 : chunk.length;
  }

  #takeName(byte: number, at: number): number {
    if (byte === COLON) {
      // A line that begins with the colon is a comment: a field without a name.
      this.#line = this.#field();
      this.#mayHaveBlank = true;
    } else if (this.#name.length <= LONGEST_FIELD) {
      this.#name += String.fromCharCode(byte);
    }
    return at + 1;
  }

  #field(): "data" | "event" | "ignored" {
    if (this.#name === "data") {
      this.#hasData = true;
      return "data";
    }
    if (this.#name !== "event") return "ignored";
    this.#type = "";
    return "event";
  }

  #takeValue(chunk: Uint8Array, from: number): number {
    const begin = this.#mayHaveBlank && chunk[from] === SPACE ? from + 1 : from;
    this.#mayHaveBlank = false;
    let end = begin;
    while (end < chunk.length && chunk[end] !== LF && chunk[end] !== CR) end += 1;
    if (this.#line === "data") this.#sink.data(chunk, begin, end);
    else if (this.#line === "event") this.#addToType(chunk, begin, end);
    return end;
  }

  /** Bytes as Latin-1: a character may lie across two chunks. */
  #addToType(chunk: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to && this.#type.length <= LONGEST_TYPE; at++) {
      this.#type += String.fromCharCode(chunk[at] as number);
    }
  }

  #endLine(): void {
    if (this.#line === "name") {
      if (this.#name === "") this.#dispatch();
      // A line without a colon is a field with an empty value.
      else this.#line = this.#field();
    }
    if (this.#line === "data") this.#sink.data(NEW_LINE, 0, 1);
    this.#line = "name";
    this.#name = "";
    this.#mayHaveBlank = false;
  }

  #dispatch(): void {
    if (this.#hasData) this.#sink.dispatch(typeOf(this.#type));
    this.#hasData = false;
    this.#type = "";
  }
}

function typeOf(latin1: string): string {
  if (latin1 === "") return "message";
  const bytes = Uint8Array.from(latin1, (unit) => unit.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

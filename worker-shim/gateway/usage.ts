import { EventStreamParser, type EventSink } from "./event-stream.ts";
import { JSON_TYPE } from "./media.ts";
import { NumberAt, pointerTokens } from "./number-at.ts";

/** Where an answer says what it cost. */
export interface UsageSource {
  /** JSON Pointer into the JSON body, or into the data of the last event that has it. */
  readonly from: string;
  /** Events of this type only; null for all. Says nothing for a body that is no event stream. */
  readonly event: string | null;
}

/** More units than this no limit has. */
const MOST_UNITS = 1_000_000_000;
const EVENT_STREAM = /^\s*text\/event-stream\s*(?:;|$)/i;

/** Reads off a body that passes what it says it cost. */
export interface UsageReader {
  push(chunk: Uint8Array): void;
  /** At the body's end: the units, if it said so. */
  end(): number | undefined;
  /** At its premature end: the units that it has told of so far. */
  soFar(): number | undefined;
}

/**
 * The reader for a body of this type; undefined where it can't tell a cost. Of a document, or the
 * data of an event, at most `maxBytes` are looked at.
 */
export function usageReader(
  headers: Headers,
  source: UsageSource,
  maxBytes: number,
): UsageReader | undefined {
  const type = headers.get("content-type") ?? "";
  const number = (): NumberAt => new NumberAt(pointerTokens(source.from), maxBytes);
  if (EVENT_STREAM.test(type)) return new EventsUsage(number(), source.event);
  return JSON_TYPE.test(type) ? new DocumentUsage(number()) : undefined;
}

class DocumentUsage implements UsageReader {
  readonly #number: NumberAt;

  constructor(number: NumberAt) {
    this.#number = number;
  }

  push(chunk: Uint8Array): void {
    this.#number.push(chunk);
  }

  end(): number | undefined {
    return unitsOf(this.#number.end());
  }

  /** Half a document says nothing. */
  soFar(): undefined {
    return undefined;
  }
}

class EventsUsage implements UsageReader, EventSink {
  readonly #number: NumberAt;
  readonly #event: string | null;
  readonly #parser = new EventStreamParser(this);
  #units: number | undefined;

  constructor(number: NumberAt, event: string | null) {
    this.#number = number;
    this.#event = event;
  }

  push(chunk: Uint8Array): void {
    this.#parser.push(chunk);
  }

  data(chunk: Uint8Array, from: number, to: number): void {
    this.#number.push(chunk, from, to);
  }

  dispatch(type: string): void {
    const units = unitsOf(this.#number.end());
    if (units !== undefined && (this.#event === null || this.#event === type)) this.#units = units;
  }

  end(): number | undefined {
    return this.#units;
  }

  soFar(): number | undefined {
    return this.#units;
  }
}

/** A part of a unit counts as one; less than nothing is no cost. */
function unitsOf(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : Math.min(Math.ceil(value), MOST_UNITS);
}

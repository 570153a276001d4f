import { describe, expect, it } from "vitest";
import { EventStreamParser } from "../../worker-shim/gateway/event-stream.ts";
import { usageReader, type UsageSource } from "../../worker-shim/gateway/usage.ts";
import { bytesOf } from "./support.ts";

interface Event {
  readonly type: string;
  readonly data: string;
}

function eventsOf(stream: Uint8Array, pieces: number): Event[] {
  const events: Event[] = [];
  const parts: number[] = [];
  const parser = new EventStreamParser({
    data: (chunk, from, to) => void parts.push(...chunk.subarray(from, to)),
    dispatch(type) {
      const text = new TextDecoder("utf-8", { ignoreBOM: true, fatal: false }).decode(
        Uint8Array.from(parts),
      );
      // The standard takes the line feed of the last line off.
      events.push({ type, data: text.slice(0, -1) });
      parts.length = 0;
    },
  });
  for (let at = 0; at < stream.length; at += pieces) parser.push(stream.subarray(at, at + pieces));
  return events;
}

// The standard's own examples (section 9.2.6), and what its grammar has beside them.
const STREAMS: [stream: string, ...events: Event[]][] = [
  ["data: YHOO\ndata: +2\ndata: 10\n\n", { type: "message", data: "YHOO\n+2\n10" }],
  [
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    { type: "message", data: "first event" },
    { type: "message", data: "second event" },
    { type: "message", data: " third event" },
  ],
  ["data\n\ndata\ndata\n\ndata:", { type: "message", data: "" }, { type: "message", data: "\n" }],
  [
    "data:test\n\ndata: test\n\n",
    { type: "message", data: "test" },
    { type: "message", data: "test" },
  ],
  [
    "event: add\ndata: 1\n\ndata: 2\n\n",
    { type: "add", data: "1" },
    { type: "message", data: "2" },
  ],
  ["data: 1\nevent: late\n\n", { type: "late", data: "1" }],
  ["event: a\nevent: b\ndata: 1\n\n", { type: "b", data: "1" }],
  ["event: a\nevent\ndata: 1\n\n", { type: "message", data: "1" }],
  ["event: lost\n\ndata: 1\n\n", { type: "message", data: "1" }],
  ["data: a\r\ndata: b\rdata: c\n\r\n", { type: "message", data: "a\nb\nc" }],
  ["data: a\r\rdata: b\r\n\r\n", { type: "message", data: "a" }, { type: "message", data: "b" }],
  ["\ufeffdata: marked\n\n", { type: "message", data: "marked" }],
  ["\ufeff\ufeffdata: twice\n\n"],
  ["dat: x\ndatax: y\nDATA: z\n data: w\n\n"],
  ["event: grün😀\ndata: é:\u2028 x\n\n", { type: "grün😀", data: "é:\u2028 x" }],
  ["data: unfinished\n"],
];

describe("an event stream", () => {
  it.each(STREAMS)("%j", (stream, ...events) => {
    const bytes = bytesOf(stream);
    for (const pieces of [1, 2, 3, 1000]) expect(eventsOf(bytes, pieces)).toEqual(events);
  });

  it("that begins with half a byte order mark has a field of that name", () => {
    expect(eventsOf(new Uint8Array([0xef, ...bytesOf("data: x\n\n")]), 1)).toEqual([]);
    expect(eventsOf(new Uint8Array([0xef, 0xbb, ...bytesOf("\ndata: x\n\n")]), 2)).toHaveLength(1);
  });

  it("takes names and types of any length in little memory", () => {
    const long = "x".repeat(100_000);
    expect(eventsOf(bytesOf(`${long}: 1\nevent: ${long}\ndata: 1\n\n`), 777)[0]).toMatchObject({
      data: "1",
    });
  });
});

function read(type: string, source: UsageSource, ...chunks: string[]): (number | undefined)[] {
  const reader = usageReader(new Headers({ "content-type": type }), source, 1000);
  if (reader === undefined) return [];
  for (const chunk of chunks) reader.push(bytesOf(chunk));
  return [reader.soFar(), reader.end()];
}

const tokens: UsageSource = { from: "/usage/total_tokens", event: null };
const delta = { from: "/usage/output_tokens", event: "message_delta" };
const JSON_BODY = '{"id":"x","usage":{"total_tokens":137}}';

describe("usage", () => {
  it("is read off a JSON body when it is whole", () => {
    expect(read("application/json", tokens, JSON_BODY)).toEqual([undefined, 137]);
    expect(read("application/vnd.x+json; charset=utf-8", tokens, JSON_BODY)).toEqual([
      undefined,
      137,
    ]);
    expect(read("application/json", tokens, JSON_BODY.slice(0, -1))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("is not looked for in other bodies", () => {
    expect(read("text/plain", tokens, JSON_BODY)).toEqual([]);
    expect(usageReader(new Headers(), tokens, 1000)).toBeUndefined();
  });

  it("is the last event's that has it", () => {
    const stream = [
      'data: {"choices":[{"delta":"hi"}],"usage":null}\n\n',
      'data: {"usage":{"total_tokens":5}}\n\n',
      'data: {"usage":{"total_to',
      'kens":9}}\n\ndata: [DO',
      "NE]\n\n",
    ];
    expect(read("text/event-stream; charset=utf-8", tokens, ...stream)).toEqual([9, 9]);
  });

  it("is that of events of the type that is asked for", () => {
    const stream = [
      'event: message_start\ndata: {"usage":{"output_tokens":1}}\n\n',
      'event: message_delta\ndata: {"usage":{"output_tokens":15}}\n\n',
      'event: message_stop\ndata: {"usage":{"output_tokens":99}}\n\n',
    ];
    expect(read("text/event-stream", delta, ...stream)).toEqual([15, 15]);
  });

  it("of an event that didn't end is not there", () => {
    expect(read("text/event-stream", tokens, `data: ${JSON_BODY}\n`)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("is skipped in events that are too long, not in those after them", () => {
    const long = `data: {"fill":"${"x".repeat(2000)}","usage":{"total_tokens":1}}\n\n`;
    expect(read("text/event-stream", tokens, long)).toEqual([undefined, undefined]);
    expect(read("text/event-stream", tokens, long, `data: ${JSON_BODY}\n\n`)).toEqual([137, 137]);
  });

  it.each([
    ["1.2", 2],
    ["0", 0],
    ["-0", 0],
    ["-1", undefined],
    ["1e300", 1_000_000_000],
    ["1e400", undefined],
  ])("%s is %s units", (number, units) => {
    const [, end] = read("application/json", { from: "", event: null }, number);
    expect(end === undefined ? end : end + 0).toBe(units);
  });
});

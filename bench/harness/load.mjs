// The load generator: a process of its own that keeps raw HTTP/1.1 connections busy, each with one
// request at a time (closed loop). It parses only what tells where an answer ends, so that it
// stays well under one core while workerd uses another.

import { fork } from "node:child_process";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";

const HEADER_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/** One keep-alive connection. */
class Connection {
  #socket;
  #onAnswer;
  /** Bytes of an answer that came in parts. */
  #pending = /** @type {Buffer | null} */ (null);
  #remaining = -1;
  #chunked = false;
  #status = 0;

  constructor(port, onAnswer, onError) {
    this.#onAnswer = onAnswer;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (data) => this.#read(data));
    this.#socket.on("error", onError);
    this.#socket.on("end", () => onError(new Error("the server closed a connection")));
  }

  ready() {
    return new Promise((resolve, reject) => {
      this.#socket.once("connect", resolve);
      this.#socket.once("error", reject);
    });
  }

  send(request) {
    this.#socket.write(request);
  }

  close() {
    this.#socket.removeAllListeners("end");
    this.#socket.destroy();
  }

  #read(data) {
    if (this.#remaining >= 0) {
      this.#remaining -= data.length;
      if (this.#remaining <= 0) this.#finish();
      return;
    }
    if (this.#pending !== null) data = Buffer.concat([this.#pending, data]);
    if (this.#chunked) return this.#readChunked(data);
    const end = data.indexOf(HEADER_END);
    if (end < 0) {
      this.#pending = data;
      return;
    }
    const head = data.latin1Slice(0, end + 2);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head);
    if (length !== null) {
      this.#pending = null;
      this.#remaining = Number(length[1]) - (data.length - end - 4);
      if (this.#remaining <= 0) this.#finish();
      return;
    }
    if (!/\r\ntransfer-encoding: *chunked\r\n/i.test(head))
      throw new Error(`an answer without length:\n${head}`);
    this.#chunked = true;
    this.#readChunked(data);
  }

  /** The bodies here are minified JSON: only the last chunk ends so. */
  #readChunked(data) {
    const { length } = data;
    if (
      length >= LAST_CHUNK.length &&
      data.subarray(length - LAST_CHUNK.length).equals(LAST_CHUNK)
    ) {
      this.#finish();
    } else {
      this.#pending = data;
    }
  }

  #finish() {
    this.#pending = null;
    this.#remaining = -1;
    this.#chunked = false;
    this.#onAnswer(this.#status);
  }
}

/** Sends `total` requests, in order over and over, from `offset` on. */
async function run({ port, requests, total, connections, offset = 0 }) {
  const latencies = new Float64Array(total);
  const sentAt = new Float64Array(connections);
  let sent = 0;
  let answered = 0;
  let errors = 0;
  let finish, fail;
  const done = new Promise((resolve, reject) => ([finish, fail] = [resolve, reject]));
  const open = Array.from(
    { length: connections },
    (_, index) =>
      new Connection(
        port,
        (status) => {
          latencies[answered++] = performance.now() - sentAt[index];
          if (status !== 200) errors += 1;
          if (answered === total) finish();
          else if (sent < total) next(index);
        },
        fail,
      ),
  );
  const next = (index) => {
    sentAt[index] = performance.now();
    open[index].send(requests[(offset + sent++) % requests.length]);
  };
  await Promise.all(open.map((connection) => connection.ready()));
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  for (let index = 0; index < Math.min(connections, total); index++) next(index);
  await done;
  const wallMs = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  for (const connection of open) connection.close();
  latencies.sort();
  const at = (p) => latencies[Math.min(total - 1, Math.ceil(p * total) - 1)];
  return {
    wallMs,
    errors,
    rps: (total / wallMs) * 1000,
    latencyMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99) },
    generatorLoad: (cpu.user + cpu.system) / 1000 / wallMs,
  };
}

if (process.argv[2] === "--load-process") {
  /** @type {Buffer[]} */
  let requests = [];
  process.on("message", async (message) => {
    try {
      if (message.requests !== undefined) {
        requests = message.requests.map((text) => Buffer.from(text, "latin1"));
        process.send?.({ ok: true });
      } else {
        process.send?.({ ok: true, result: await run({ ...message.run, requests }) });
      }
    } catch (error) {
      process.send?.({ ok: false, message: String(error?.stack ?? error) });
    }
  });
}

/** The generator as its parent sees it. */
export class LoadGenerator {
  #child = fork(fileURLToPath(import.meta.url), ["--load-process"]);

  #ask(message) {
    return new Promise((resolve, reject) => {
      this.#child.once("message", (reply) =>
        reply.ok ? resolve(reply.result) : reject(new Error(reply.message)),
      );
      this.#child.send(message);
    });
  }

  /** @param {string[]} requests whole HTTP/1.1 requests as text */
  prepare(requests) {
    return this.#ask({ requests });
  }

  /** @param {{ port: number, total: number, connections: number, offset?: number }} options */
  run(options) {
    return this.#ask({ run: options });
  }

  stop() {
    this.#child.disconnect();
  }
}

// Routes without a transform: what comes goes through as it comes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Gateway, storefrontPolicy, workerdMegabytes } from "./harness.mjs";

const BYTES = 200_000_000;
/** Buffers on the way (sockets, two proxies, streams) and the heaps' slack; far below the body. */
const ALLOWED_GROWTH_MB = 80;
/** Heaps and buffers grow to their working size first; what comes after must need no more. */
const WARM_UP_BYTES = 64_000_000;

let gateway;
before(async () => {
  gateway = await Gateway.start();
  await gateway.use(storefrontPolicy);
  await download(WARM_UP_BYTES);
  await upload(WARM_UP_BYTES);
});
after(() => gateway?.close());

/** Runs `work` and returns by how many megabytes workerd's memory grew at most meanwhile. */
async function peakGrowth(work) {
  const start = workerdMegabytes();
  assert.ok(start > 0, "workerd's memory can be read");
  let peak = start;
  let done = false;
  const finished = work().finally(() => {
    done = true;
  });
  while (!done) {
    await Promise.race([sleep(50), finished.catch(() => {})]);
    peak = Math.max(peak, workerdMegabytes());
  }
  await finished;
  return peak - start;
}

/** Reads a body of that size, with a pause after its first chunk. */
async function download(bytes, pauseMs = 0) {
  const response = await fetch(`${gateway.url}/bulk/orders.ndjson?mb=${bytes / 1e6}`);
  assert.equal(response.status, 200);
  let received = 0;
  for await (const chunk of response.body) {
    if (received === 0) await sleep(pauseMs);
    received += chunk.length;
  }
  assert.equal(received, bytes);
}

async function upload(bytes) {
  const chunk = new Uint8Array(64_000).fill(0x20);
  let left = bytes / chunk.length;
  const body = new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(chunk);
      else controller.close();
    },
  });
  const response = await fetch(`${gateway.url}/bulk/orders.ndjson`, {
    method: "POST",
    body,
    duplex: "half",
  });
  assert.deepEqual(await response.json(), { bytes });
}

test("200 MB down, to a client that pauses, in bounded memory", async () => {
  const growth = await peakGrowth(() => download(BYTES, 1_000));
  assert.ok(growth < ALLOWED_GROWTH_MB, `grew by ${growth.toFixed(0)} MB`);
});

test("200 MB up, in bounded memory", async () => {
  const growth = await peakGrowth(() => upload(BYTES));
  assert.ok(growth < ALLOWED_GROWTH_MB, `grew by ${growth.toFixed(0)} MB`);
});

test("server-sent events arrive one by one", async () => {
  const every = 250;
  const response = await fetch(`${gateway.url}/live/orders?count=4&every=${every}`);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const arrivals = [];
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    while (arrivals.length < text.split("\n\n").length - 1) arrivals.push(performance.now());
  }
  assert.equal(arrivals.length, 4, text);
  assert.match(text, /^id: 0\nevent: order\ndata: \{"id":"ord_0000"\}\n\nid: 1\n/);
  // Had anything gathered them, they would come together.
  const spread = arrivals.at(-1) - arrivals[0];
  assert.ok(spread > every * 2, `the first came ${spread.toFixed(0)} ms before the last`);
});

test("a client that leaves ends the upstream's stream too", async () => {
  const abort = new AbortController();
  const response = await fetch(`${gateway.url}/live/orders?count=1000&every=10`, {
    signal: abort.signal,
  });
  const reader = response.body.getReader();
  await reader.read();
  abort.abort();
  await assert.rejects(reader.read());
  await gateway.assertAlive();
});

test("a WebSocket says back what it is sent: text, binary, 1 MB, and the close code", async () => {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/live/echo`);
  socket.binaryType = "arraybuffer";
  const next = () =>
    new Promise((done, fail) => {
      socket.onmessage = ({ data }) => done(data);
      socket.onerror = () => fail(new Error("the socket failed"));
    });
  await new Promise((done, fail) => {
    socket.onopen = done;
    socket.onerror = () => fail(new Error("the socket did not open"));
  });
  for (const text of ["hello", "日本 🔌", "x".repeat(1_000_000)]) {
    socket.send(text);
    assert.equal(await next(), text);
  }
  socket.send(new Uint8Array([0, 255, 128]));
  assert.deepEqual(new Uint8Array(await next()), new Uint8Array([0, 255, 128]));
  const closed = new Promise((done) => {
    socket.onclose = ({ code }) => done(code);
  });
  socket.close(4001, "done");
  assert.equal(await closed, 4001);
});

test("an upgrade that the upstream refuses comes back as its answer", async () => {
  const { status, text } = await gateway.get("/live/echo");
  assert.equal(status, 426);
  assert.equal(text, "A WebSocket lives here.\n");
});

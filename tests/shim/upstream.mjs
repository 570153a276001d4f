// What the gateway's tests put behind it: each path does one thing that an upstream may do.

const encoder = new TextEncoder();
const json = (text, headers = {}, status = 200) =>
  new Response(text, { status, headers: { "content-type": "application/json", ...headers } });

const ORDER =
  '{"id": 12345678901234567890, "card": {"number": "4111"}, "items": [{"sku": "a", "cost": 1.0}], "note": "é€😀"}';

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number(`0x${digits}`));

const DIGESTS = {
  digest: "sha-256=x",
  "content-digest": "sha-256=:eA==:",
  "repr-digest": "sha-256=:eA==:",
};

const paths = {
  // Whatever the query says: status, headers (JSON), and a body as text or as hex digits.
  "/answer"(_request, url) {
    const { status = 200, headers = "{}", body = null, hex } = Object.fromEntries(url.searchParams);
    return new Response(hex === undefined ? body : bytesOf(hex), {
      status: Number(status),
      headers: JSON.parse(headers),
      // The bytes are in the coding that the headers name already.
      ...(hex !== undefined && { encodeBody: "manual" }),
    });
  },
  // JSON, with what came to ask for it in a header.
  "/seen": (request) =>
    json(ORDER, {
      etag: '"abc"',
      "last-modified": "Sat, 21 Nov 2026 07:00:00 GMT",
      "x-seen": JSON.stringify(Object.fromEntries(request.headers)),
    }),
  async "/echo"(request, url) {
    return Response.json({
      method: request.method,
      url: request.url,
      path: url.pathname,
      query: url.search,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    });
  },
  "/order": () =>
    json(ORDER, {
      etag: '"abc"',
      "accept-ranges": "bytes",
      "content-md5": "x",
      server: "stub",
      ...DIGESTS,
    }),
  "/order-conditional"(request) {
    const seen = { "x-if-none-match": request.headers.get("if-none-match") ?? "-", etag: '"abc"' };
    return request.headers.get("if-none-match") === '"abc"'
      ? new Response(null, { status: 304, headers: seen })
      : json(ORDER, seen);
  },
  "/problem": () =>
    json(
      '{"type": "about:blank", "secret": 1}',
      { "content-type": "application/problem+json" },
      404,
    ),
  "/broken-json": () => json('{"id": 1, "items": [}'),
  "/empty-json": () => json(""),
  "/no-content": () =>
    new Response(null, { status: 204, headers: { "content-type": "application/json" } }),
  "/html": () => new Response("<p>hi</p>", { headers: { "content-type": "text/html" } }),
  "/no-transform": () => json('{"id": 1, "x": 2}', { "cache-control": "no-transform" }),
  "/unknown-coding": () => json('{"id": 1, "x": 2}', { "content-encoding": "x-odd" }),
  "/gzip": () => json('{"id": 1, "x": 2}', { "content-encoding": "gzip", etag: '"e"' }),
  "/big"(_request, url) {
    const bytes = encoder.encode(
      JSON.stringify({ id: 1, fill: "x".repeat(Number(url.searchParams.get("size"))) }),
    );
    if (url.searchParams.has("length")) return json(bytes);
    // In pieces and without a length: only counting shows that it is too big.
    let at = 0;
    return json(
      new ReadableStream({
        pull(controller) {
          if (at >= bytes.length) return controller.close();
          controller.enqueue(bytes.subarray(at, (at += 1000)));
        },
      }),
    );
  },
  "/cookies"() {
    const response = json("{}", { "cache-control": "public, max-age=60, s-maxage=600" });
    response.headers.append("set-cookie", "a=1");
    response.headers.append("set-cookie", "b=2");
    return response;
  },
  "/redirect": () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
  "/slow": (_request, url) =>
    new Promise((done) =>
      setTimeout(() => done(new Response("late")), Number(url.searchParams.get("ms"))),
    ),
  // Headers and the beginning of a body, and then nothing more for a long time.
  "/stalled"() {
    let begun = false;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          if (begun) {
            await new Promise((done) => setTimeout(done, 1000));
            controller.close();
          } else {
            begun = true;
            controller.enqueue(encoder.encode('{"id":'));
          }
        },
      }),
      { headers: { "content-type": "application/json" } },
    );
  },
  "/events"() {
    let count = 0;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          if (count === 3) return controller.close();
          if (count > 0) await new Promise((done) => setTimeout(done, 100));
          controller.enqueue(encoder.encode(`data: ${count++}\n\n`));
        },
      }),
      { headers: { "content-type": "text/event-stream" } },
    );
  },
  // As /events, but with events of the query's own: "|" parts them; then it goes on or breaks off.
  "/stream"(_request, url) {
    const { events = "", type = "text/event-stream", then } = Object.fromEntries(url.searchParams);
    const parts = events.split("|").map((event) => `data: ${event}\n\n`);
    return new Response(
      new ReadableStream({
        async pull(controller) {
          const part = parts.shift();
          if (part !== undefined) return controller.enqueue(encoder.encode(part));
          if (then === "break") return controller.error(new Error("broken"));
          if (then !== "on") return controller.close();
          await new Promise((done) => setTimeout(done, 20));
          controller.enqueue(encoder.encode(": on\n\n"));
        },
      }),
      { headers: { "content-type": type } },
    );
  },
  "/socket"(request) {
    if (request.headers.get("upgrade") !== "websocket")
      return new Response("no upgrade came", { status: 426 });
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", ({ data }) => server.send(`echo ${data}`));
    return new Response(null, { status: 101, webSocket: client });
  },
};

export default {
  async fetch(request) {
    const url = new URL(request.url);
    const answer = paths[url.pathname];
    return answer === undefined
      ? new Response("nothing here", { status: 404 })
      : answer(request, url);
  },
};

/** What must go through a gateway as it comes: events, sockets, bodies larger than memory. */
import { orderById, orderId } from "./data.ts";

const encoder = new TextEncoder();

function amount(query: URLSearchParams, name: string, byDefault: number, most: number): number {
  const value = Number(query.get(name) ?? byDefault);
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), most) : byDefault;
}

/** Server-sent events: `count` orders, one each `every` milliseconds. */
export function liveOrders(query: URLSearchParams): Response {
  const count = amount(query, "count", 5, 1000);
  const every = amount(query, "every", 200, 10_000);
  let sent = 0;
  const events = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent === count) {
        controller.close();
        return;
      }
      if (sent > 0) await new Promise((resolve) => setTimeout(resolve, every));
      controller.enqueue(
        encoder.encode(`id: ${sent}\nevent: order\ndata: {"id":"${orderId(sent)}"}\n\n`),
      );
      sent += 1;
    },
  });
  return new Response(events, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

/** A WebSocket that says everything back. */
export function echoSocket(request: Request): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("A WebSocket lives here.\n", {
      status: 426,
      headers: { upgrade: "websocket" },
    });
  }
  const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", (event) => {
    server.send(event.data as string | ArrayBuffer);
  });
  server.addEventListener("close", ({ code }) => server.close(code === 1005 ? 1000 : code));
  return new Response(null, { status: 101, webSocket: client });
}

/** `mb` megabytes of orders, one a line, made as fast as they are read and no faster. */
export function exportOrders(query: URLSearchParams): Response {
  const length = amount(query, "mb", 1, 1024) * 1_000_000;
  const lines = Array.from({ length: 80 }, (_, index) => `${orderById(orderId(index)) ?? ""}\n`);
  const chunk = encoder.encode(lines.join(""));
  let left = length;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = chunk.subarray(0, Math.min(chunk.length, left));
      left -= part.length;
      if (part.length > 0) controller.enqueue(part);
      if (left === 0) controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}

/** Counts what it is sent. */
export async function importOrders(request: Request): Promise<Response> {
  let bytes = 0;
  if (request.body !== null) {
    for await (const chunk of request.body as ReadableStream<Uint8Array>) bytes += chunk.length;
  }
  return Response.json({ bytes });
}

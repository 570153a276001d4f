import { createExecutionContext } from "cloudflare:test";
import { expect, it } from "vitest";
import { createGateway } from "../../worker-shim/index.ts";
import { env, policyOf } from "./support.ts";

const gateway = createGateway({
  policy: policyOf([{ id: "all", match: { path: "/{rest...}" } }]),
});

function send(path: string, init: RequestInit = {}): Promise<Response> {
  return gateway.fetch(
    new Request(`https://shop.example.com${path}`, init),
    env,
    createExecutionContext(),
  );
}

it("passes server-sent events on as they come", async () => {
  const begun = Date.now();
  const response = await send("/events");
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const times: number[] = [];
  let text = "";
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(
    new TextDecoderStream(),
  )) {
    text += chunk;
    times.push(Date.now() - begun);
  }
  expect(text).toBe("data: 0\n\ndata: 1\n\ndata: 2\n\n");
  expect(times).toHaveLength(3);
  expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(120);
});

it("passes an upgrade to WebSocket, and its messages both ways", async () => {
  const response = await send("/socket", { headers: { upgrade: "websocket" } });
  expect(response.status).toBe(101);
  const socket = response.webSocket;
  if (socket === null) throw new Error("there is no socket");
  const answer = new Promise<unknown>((done) => {
    socket.addEventListener("message", ({ data }) => {
      done(data);
    });
  });
  socket.accept();
  socket.send("héllo 🔌");
  expect(await answer).toBe("echo héllo 🔌");
  socket.close();
});

it("passes no other upgrade", async () => {
  const response = await send("/socket", { headers: { upgrade: "h2c" } });
  expect(await response.text()).toBe("no upgrade came");
});

it("streams a request body without holding it", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const response = send("/echo", { method: "POST", body: readable });
  const writer = writable.getWriter();
  for (let part = 0; part < 4; part++)
    await writer.write(new TextEncoder().encode(`${String(part)};`));
  await writer.close();
  expect(await (await response).json()).toMatchObject({ body: "0;1;2;3;" });
});

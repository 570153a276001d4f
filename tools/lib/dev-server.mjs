// `wrangler dev` with the gateway and its upstream, as a child that can be waited for and that leaves nothing behind.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = resolve(import.meta.dirname, "../..");

/** Resolves if the port can be listened on, else rejects with a message for a person. */
export function assertPortIsFree(port) {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", ({ code }) => {
      const why = code === "EADDRINUSE" ? "is in use" : `can't be listened on (${code})`;
      fail(new Error(`port ${port} ${why}; choose another one with --port`));
    });
    probe.listen(port, "127.0.0.1", () => probe.close(done));
  });
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/**
 * Starts the Workers of `configs` (the first one takes the requests) and waits until they answer.
 * `state` is the directory of KV and Durable Objects; `vars` reach the Workers as bindings;
 * `onOutput` gets each piece of what wrangler prints. `stop()` ends everything that was started.
 */
export async function startDevServer({
  port,
  state,
  vars = {},
  configs,
  onOutput = () => {},
  timeoutMs = 60_000,
}) {
  await assertPortIsFree(port);
  const inspectorPort = await freePort();
  const child = spawn(
    process.execPath,
    [
      resolve(ROOT, "node_modules/wrangler/bin/wrangler.js"),
      "dev",
      "--local",
      ...configs.flatMap((config) => ["--config", resolve(ROOT, config)]),
      ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", String(inspectorPort)],
      ...["--persist-to", state, "--show-interactive-dev-session=false"],
      ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ],
    // A process group of its own: wrangler starts workerd, and both must go.
    { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-20_000);
      onOutput(text);
    });
  }
  let running = true;
  const exited = new Promise((done) => {
    child.once("error", (error) => done(`could not start: ${error.message}`));
    child.once("exit", (code, signal) => done(`exited with ${signal ?? code}`));
  }).then((how) => {
    running = false;
    return how;
  });

  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  // Whatever way this process ends, the group must not outlive it.
  const onExit = () => signal("SIGKILL");
  process.once("exit", onExit);
  const stop = async () => {
    signal("SIGTERM");
    await Promise.race([exited, sleep(5_000, undefined, { ref: false })]);
    signal("SIGKILL");
    await exited;
    process.off("exit", onExit);
  };

  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (!running) throw new Error(`wrangler dev ${await exited}\n${output}`);
    try {
      // Any answer will do: a gateway without a policy says 503.
      await (
        await fetch(`${url}/_sluice/health`, { signal: AbortSignal.timeout(2_000) })
      ).arrayBuffer();
      break;
    } catch {
      if (Date.now() > deadline) {
        await stop();
        throw new Error(`wrangler dev did not answer within ${timeoutMs / 1000} s\n${output}`);
      }
      await sleep(50);
    }
  }
  return { url, pid: child.pid, exited, output: () => output, stop };
}

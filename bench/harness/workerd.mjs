// Runs plain `workerd serve`: no proxy, no inspector, nothing in front of the Worker.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import workerdPath from "workerd";
import { BUILD } from "./paths.mjs";

const COMPATIBILITY_DATE = "2026-10-01";

/**
 * @typedef {{
 *   bundle: { dir: string, main: string, wasm: string[] },
 *   services?: Record<string, string>,      binding → service name
 *   objects?: Record<string, string>,       binding → class name
 * }} WorkerSpec
 */

/** Objects have SQLite on memory: a disk's speed is not what is measured. */
const STORAGE = existsSync("/dev/shm") ? "/dev/shm" : BUILD;

/** @param {string} text */
const quoted = (text) => JSON.stringify(text);

/** @param {string} name @param {WorkerSpec} spec */
function workerText(name, { bundle, services = {}, objects = {} }) {
  const at = (file) => `${basename(bundle.dir)}/${file}`;
  const modules = [
    `(name = "worker.mjs", esModule = embed ${quoted(at(basename(bundle.main)))})`,
    ...bundle.wasm.map((file) => `(name = ${quoted(file)}, wasm = embed ${quoted(at(file))})`),
  ];
  const bindings = [
    ...Object.entries(services).map(
      ([binding, service]) => `(name = ${quoted(binding)}, service = ${quoted(service)})`,
    ),
    ...Object.entries(objects).map(
      ([binding, cls]) => `(name = ${quoted(binding)}, durableObjectNamespace = ${quoted(cls)})`,
    ),
  ];
  const classes = [...new Set(Object.values(objects))];
  const storage =
    classes.length === 0
      ? ""
      : `
  durableObjectNamespaces = [
    ${classes.map((cls) => `(className = ${quoted(cls)}, uniqueKey = ${quoted(`${name}-${cls}`)}, enableSql = true, preventEviction = true)`).join(",\n    ")}
  ],
  durableObjectStorage = (localDisk = "storage"),`;
  return `(
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ["nodejs_compat"],
  modules = [
    ${modules.join(",\n    ")}
  ],
  bindings = [
    ${bindings.join(",\n    ")}
  ],${storage}
)`;
}

/**
 * @param {string} name
 * @param {Record<string, WorkerSpec>} workers  service name → Worker
 * @param {Record<string, { service: string, entrypoint?: string }>} sockets
 * @param {{ v8Flags?: string[], inspector?: boolean }} [options]  `inspector`: V8's, on the port of that name
 */
export async function startWorkerd(
  name,
  workers,
  sockets,
  { v8Flags = [], inspector = false } = {},
) {
  const services = Object.entries(workers).map(
    ([service, spec]) => `(name = ${quoted(service)}, worker = ${workerText(name, spec)})`,
  );
  const storage = mkdtempSync(join(STORAGE, "sluice-bench-"));
  services.push(`(name = "storage", disk = (path = ${quoted(storage)}, writable = true))`);
  const listeners = Object.entries(sockets).map(
    ([socket, { service, entrypoint }]) =>
      `(name = ${quoted(socket)}, address = "127.0.0.1:0", http = (), service = ` +
      `(name = ${quoted(service)}${entrypoint === undefined ? "" : `, entrypoint = ${quoted(entrypoint)}`}))`,
  );
  const text = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(",\n    ")}
  ],
  sockets = [
    ${listeners.join(",\n    ")}
  ],
  v8Flags = [${v8Flags.map(quoted).join(", ")}],
);
`;
  const file = join(BUILD, `${name}.capnp`);
  writeFileSync(file, text);

  const more = inspector ? ["--inspector-addr=127.0.0.1:0"] : [];
  const child = spawn(
    workerdPath.default ?? workerdPath,
    ["serve", "--control-fd=3", ...more, file],
    { stdio: ["ignore", "pipe", "pipe", "pipe"] },
  );
  child.once("exit", () => rmSync(storage, { recursive: true, force: true }));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk) => {
      output = (output + chunk).slice(-8192);
    });
  }
  const awaited = [...Object.keys(sockets), ...(inspector ? ["inspector"] : [])];
  const ports = await listening(child, awaited, () => output, name);
  return {
    name,
    pid: /** @type {number} */ (child.pid),
    ports,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await exited;
    },
  };
}

function listening(child, names, output, name) {
  return new Promise((resolve, reject) => {
    /** @type {Record<string, number>} */
    const ports = {};
    let buffered = "";
    const fail = (why) => {
      child.kill("SIGKILL");
      reject(new Error(`workerd (${name}) ${why}\n${output()}`));
    };
    const timer = setTimeout(() => fail("did not listen within 20 s"), 20_000);
    child.once("error", (error) => fail(`did not start: ${error.message}`));
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(`ended with ${code} before it listened`);
    });
    child.stdio[3].setEncoding("utf8");
    child.stdio[3].on("data", (chunk) => {
      buffered += chunk;
      const lines = buffered.split("\n");
      buffered = lines.pop() ?? "";
      for (const line of lines) {
        const { event, socket, port } = JSON.parse(line);
        if (event === "listen") ports[socket] = port;
        if (event === "listen-inspector") ports.inspector = port;
      }
      if (names.every((socket) => socket in ports)) {
        clearTimeout(timer);
        child.removeAllListeners("exit");
        resolve(ports);
      }
    });
  });
}

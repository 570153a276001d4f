// Plain workerd with storage on disk: nothing before it that retries, and a process that can be killed.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";
import workerd from "workerd";

/** A Worker bundled once, its objects' storage, and the process that runs it now. */
export class Workerd {
  #directory = mkdtempSync(join(tmpdir(), "sluice-workerd-"));
  #child;
  /** By socket name, of the running process. */
  urls = {};

  /**
   * `entry`: the Worker's module. `objects`: binding → class name. `sockets`: name → entrypoint, null for the default one.
   * `services`: binding → text of the module of a Worker.
   */
  static async create({ entry, objects, sockets = { http: null }, services = {} }) {
    const server = new Workerd();
    server.#sockets = Object.keys(sockets);
    const wasm = await bundle(entry, server.#directory);
    for (const [name, text] of Object.entries(services))
      writeFileSync(join(server.#directory, `${name}.mjs`), text);
    mkdirSync(join(server.#directory, "storage"));
    writeFileSync(
      join(server.#directory, "config.capnp"),
      configText({ wasm, objects, sockets, services, storage: join(server.#directory, "storage") }),
    );
    return server;
  }

  #sockets;

  /** Starts a process on what the last one left. */
  async start() {
    const child = spawn(
      workerd.default ?? workerd,
      ["serve", "--control-fd=3", join(this.#directory, "config.capnp")],
      { stdio: ["ignore", "pipe", "pipe", "pipe"] },
    );
    this.#child = child;
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output = (output + text).slice(-8_192)));
    this.output = () => output;
    this.urls = Object.fromEntries(
      Object.entries(await listening(child, this.#sockets, this.output)).map(([name, port]) => [
        name,
        `http://127.0.0.1:${port}`,
      ]),
    );
  }

  get pid() {
    return this.#child.pid;
  }

  /** Ends the process as a crash would. Its storage stays. */
  async kill() {
    if (this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode)
      return;
    const exited = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGKILL");
    await exited;
  }

  async dispose() {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Bundles `entry` as `directory`/worker.mjs. Returns the names of the Wasm modules left beside it. */
async function bundle(entry, directory) {
  const wasm = new Set();
  await build({
    entryPoints: [entry],
    outfile: join(directory, "worker.mjs"),
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "error",
    plugins: [
      {
        name: "wasm",
        setup(build) {
          build.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
            const name = basename(path);
            copyFileSync(resolve(resolveDir, path), join(directory, name));
            wasm.add(name);
            return { path: `./${name}`, external: true };
          });
        },
      },
    ],
  });
  return [...wasm];
}

const quoted = (text) => JSON.stringify(text);

function configText({ wasm, objects, sockets, services, storage }) {
  const modules = [
    '(name = "worker.mjs", esModule = embed "worker.mjs")',
    ...wasm.map((name) => `(name = ${quoted(name)}, wasm = embed ${quoted(name)})`),
  ];
  const bindings = [
    ...Object.entries(objects).map(
      ([binding, cls]) => `(name = ${quoted(binding)}, durableObjectNamespace = ${quoted(cls)})`,
    ),
    ...Object.keys(services).map(
      (binding) => `(name = ${quoted(binding)}, service = ${quoted(binding)})`,
    ),
  ];
  const namespaces = [...new Set(Object.values(objects))].map(
    (cls) => `(className = ${quoted(cls)}, uniqueKey = ${quoted(cls)}, enableSql = true)`,
  );
  const others = Object.keys(services).map(
    (name) =>
      `(name = ${quoted(name)}, worker = (compatibilityDate = "2026-10-01", modules = [(name = "worker.mjs", esModule = embed ${quoted(`${name}.mjs`)})]))`,
  );
  const listeners = Object.entries(sockets).map(
    ([name, entrypoint]) =>
      `(name = ${quoted(name)}, address = "127.0.0.1:0", http = (), service = (name = "main"${entrypoint === null ? "" : `, entrypoint = ${quoted(entrypoint)}`}))`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      compatibilityDate = "2026-10-01",
      modules = [${modules.join(", ")}],
      bindings = [${bindings.join(", ")}],
      durableObjectNamespaces = [${namespaces.join(", ")}],
      durableObjectStorage = (localDisk = "storage"),
    )),
    (name = "storage", disk = (path = ${quoted(storage)}, writable = true)),
    ${others.join(",\n    ")}
  ],
  sockets = [${listeners.join(", ")}],
);
`;
}

/** Ports by socket name, once all of `names` are listened on. */
function listening(child, names, output) {
  return new Promise((done, fail) => {
    const ports = {};
    let buffered = "";
    const failed = (why) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      fail(new Error(`workerd ${why}\n${output()}`));
    };
    const ended = (code) => failed(`ended with ${code} before it listened`);
    const timer = setTimeout(() => failed("did not listen within 20 s"), 20_000);
    child.once("error", (error) => failed(`did not start: ${error.message}`));
    child.once("exit", ended);
    child.stdio[3].setEncoding("utf8").on("data", (chunk) => {
      const lines = (buffered + chunk).split("\n");
      buffered = lines.pop();
      for (const line of lines) {
        const { event, socket, port } = JSON.parse(line);
        if (event === "listen") ports[socket] = port;
      }
      if (!names.every((name) => name in ports)) return;
      clearTimeout(timer);
      child.removeListener("exit", ended);
      done(ports);
    });
  });
}

#!/usr/bin/env node
// Runs a WASI command (a GoogleTest program) under Node: tools/run-wasi.mjs [--preopen=DIR]... PROGRAM.wasm [ARG]...
// The program sees the environment, the project, CONFORMANCE_DIR, a temporary directory that goes away with it (TMPDIR)
// and each --preopen, all under their own absolute paths. Its exit status is this process's.
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { WASI } from "node:wasi";

const args = process.argv.slice(2);
const directories = [resolve(import.meta.dirname, "..")];
while (args[0]?.startsWith("--preopen=")) {
  directories.push(resolve(args.shift().slice("--preopen=".length)));
}
if (args.length === 0) {
  process.stderr.write("usage: run-wasi.mjs [--preopen=DIR]... PROGRAM.wasm [ARG]...\n");
  process.exit(2);
}
const env = { ...process.env };
if (env.CONFORMANCE_DIR) {
  env.CONFORMANCE_DIR = resolve(env.CONFORMANCE_DIR);
  if (existsSync(env.CONFORMANCE_DIR)) directories.push(env.CONFORMANCE_DIR);
}
const temporary = mkdtempSync(join(tmpdir(), "sluice-wasi-"));
env.TMPDIR = env.TEST_TMPDIR = temporary;
directories.push(temporary);

let status = 1;
try {
  const wasi = new WASI({
    version: "preview1",
    args,
    env,
    preopens: Object.fromEntries(directories.map((directory) => [directory, directory])),
    returnOnExit: true,
  });
  const module = await WebAssembly.compile(readFileSync(args[0]));
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  status = wasi.start(instance);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
process.exit(status);

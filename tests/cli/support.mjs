import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { main } from "../../tools/cli/main.mjs";

/** Runs the command line: what it wrote, and its exit code. */
export async function sluice(...args) {
  const written = { stdout: "", stderr: "" };
  const stream = (name) => ({ write: (text) => (written[name] += text), isTTY: false });
  const io = { stdout: stream("stdout"), stderr: stream("stderr"), env: {} };
  return { code: await main(args, io), ...written };
}

/** A folder with these files, gone when the tests are over. */
export function folder(files) {
  const path = mkdtempSync(join(tmpdir(), "sluice-cli-"));
  after(() => rmSync(path, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(
      join(path, name),
      typeof content === "string" || content instanceof Uint8Array
        ? content
        : JSON.stringify(content),
    );
  }
  return path;
}

export const fixture = (name) => new URL(`fixtures/${name}`, import.meta.url).pathname;

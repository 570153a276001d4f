// The cases in a Node process of their own; asked over IPC. argv: bundled cases, core.wasm.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , casesFile, wasmFile] = process.argv;
const { makeCases } = await import(pathToFileURL(casesFile).href);
const cases = makeCases(new WebAssembly.Module(readFileSync(wasmFile)));

process.on("message", ({ ask, index, times }) => {
  try {
    const answer =
      ask === "list"
        ? cases.map(({ group, by, bytes, cannot }) => ({ group, by, bytes, cannot }))
        : ask === "result"
          ? cases[index].result()
          : cases[index].run(times);
    process.send?.({ answer });
  } catch (error) {
    process.send?.({ error: String(error?.stack ?? error) });
  }
});
process.send?.({ answer: "ready" });

import { SluiceError } from "./errors.ts";

// The module of wasi-sdk imports nothing. Emscripten's names a few functions that its libc refers
// to and the core never reaches; should one be reached all the same, throwing is the honest answer,
// and poisons the instance.
const STUBS: Readonly<Record<string, readonly string[]>> = {
  env: ["abort", "__main_argc_argv", "emscripten_memcpy_big", "__syscall_openat"],
  wasi_snapshot_preview1: [
    "proc_exit",
    "fd_close",
    "fd_write",
    "fd_seek",
    "fd_read",
    "environ_get",
    "environ_sizes_get",
    "clock_time_get",
  ],
};

function nothing(): void {
  // Emscripten tells its host here that the memory grew; views are taken afresh anyway.
}

/** The imports for `module`. Throws for one that is on no list, rather than let a stranger in. */
export function importsFor(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => void>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const growth = from === "env" && name === "emscripten_notify_memory_growth";
    if (kind !== "function" || !(growth || STUBS[from]?.includes(name))) {
      throw new SluiceError(
        "invalid_argument",
        `this is not Sluice's core: it imports ${from}.${name} (${kind})`,
      );
    }
    (imports[from] ??= {})[name] = growth
      ? nothing
      : () => {
          throw new Error(`the core called ${from}.${name}, which it never should`);
        };
  }
  return imports;
}

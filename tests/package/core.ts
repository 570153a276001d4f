// Compiled, never run: the declarations in dist/ as someone sees them who installed the package.
import { instantiate, SluiceError, type Json } from "sluice/core";

export async function run(wasm: WebAssembly.Module, body: Json): Promise<Uint8Array> {
  const core = await instantiate(wasm);
  const transform = core.compileTransform('[{"pick": ["$.id"]}]');
  try {
    return transform.apply(body);
  } catch (error) {
    if (error instanceof SluiceError && error.byteOffset !== undefined) return new Uint8Array();
    throw error;
  } finally {
    transform.dispose();
  }
}

export async function wrong(wasm: WebAssembly.Module): Promise<void> {
  const core = await instantiate(wasm);
  // @ts-expect-error: a program is not made of numbers.
  core.compileTransform(1);
}

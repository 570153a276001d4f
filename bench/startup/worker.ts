// What a cold isolate pays before its first decision: an instance of the module and a compiled policy.
import exampleStorefront from "bench:example-policy";
import thousandKeys from "bench:policy";
import { instantiateSync } from "sluice/core";
import wasm from "sluice/core.wasm";

const POLICIES: Readonly<Record<string, string>> = {
  storefront: exampleStorefront,
  "thousand-keys": thousandKeys,
};

function ready(policy: string): void {
  const core = instantiateSync(wasm, { seed: crypto.getRandomValues(new Uint8Array(16)) });
  core.compilePolicy(policy).dispose();
}

function freshMemoryBytes(): number {
  const { exports } = new WebAssembly.Instance(wasm, {});
  (exports["_initialize"] as () => void)();
  return (exports["memory"] as WebAssembly.Memory).buffer.byteLength;
}

export default {
  fetch(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/memory") return Response.json({ bytes: freshMemoryBytes() });
    if (pathname === "/ready") {
      const policy = POLICIES[searchParams.get("policy") ?? ""];
      if (policy === undefined) return new Response("no such policy", { status: 400 });
      const times = Number(searchParams.get("times"));
      for (let i = 0; i < times; i++) ready(policy);
    }
    return new Response("done");
  },
};

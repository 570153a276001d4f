export const ENVIRONMENT = "default";

/** Where the environment's bundle lies in KV. One value holds everything: one put is one switch. */
export function bundleKey(environment: string): string {
  return `bundle/${environment}`;
}

/** The bundle as KV has it here and now, or undefined if it has none. */
export async function readKv(
  kv: KVNamespace,
  environment: string,
): Promise<Uint8Array | undefined> {
  const value = await kv.get(bundleKey(environment), "arrayBuffer");
  return value === null ? undefined : new Uint8Array(value);
}

import { waitUntil } from "cloudflare:workers";
import { refreshMs, type GatewayEnv } from "../env.ts";
import { ConfigError } from "./document-fault.ts";
import type { DocumentSchema, DocumentSchemaOptions } from "./document-source.ts";
import { DocumentStore, documentOr, type ConfigDocument } from "./document-store.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;

export interface ConfigOptions<T> {
  /** What there is until KV has a document that is good. Without it `getConfig` throws then. */
  readonly fallback?: T;
  /** The schema, where it comes with the Worker's code and not from KV. */
  readonly schema?: DocumentSchema;
  /** How the schema is read: `dialect`, `patterns`, `resources`, as `compileSchema` has them. */
  readonly schemaOptions?: DocumentSchemaOptions;
  /** How often an isolate looks into KV; default: SLUICE_REFRESH_MS, else 10,000. */
  readonly refreshMs?: number;
  /** Whose `waitUntil` holds a look into KV; default: that of the request at hand. */
  readonly ctx?: Pick<ExecutionContext, "waitUntil">;
}

/** The documents of this isolate. */
export const isolateDocuments = new DocumentStore();

/**
 * The configuration document that KV has under `documents:<name>`, valid by the JSON Schema under
 * `schemas:<name>`. From memory, but for an isolate's first request; a newer version takes its place
 * once it was found good, and until then what is wrong with it is in `errors`. `T` is the caller's
 * word for what the schema lets through. Throws ConfigError where there is neither a document nor a
 * fallback.
 */
export async function getConfig<T = unknown>(
  env: Pick<GatewayEnv, "SLUICE_KV" | "SLUICE_REFRESH_MS">,
  name: string,
  options: ConfigOptions<T> = {},
): Promise<ConfigDocument<T>> {
  return getConfigFrom(isolateDocuments, env, name, options);
}

/** `getConfig` with documents of its own. */
export async function getConfigFrom<T = unknown>(
  store: DocumentStore,
  env: Pick<GatewayEnv, "SLUICE_KV" | "SLUICE_REFRESH_MS">,
  name: string,
  options: ConfigOptions<T> = {},
): Promise<ConfigDocument<T>> {
  if (!NAME.test(name)) {
    throw new ConfigError(name.slice(0, 128), [
      {
        in: "store",
        code: "invalid_name",
        message:
          "a name has 1 to 128 letters, digits, dots, slashes, _ and -, and begins with a letter or a digit",
      },
    ]);
  }
  const { ctx, refreshMs: every } = options;
  return documentOr<T>(
    store,
    {
      kv: env.SLUICE_KV,
      name,
      schema: options.schema,
      schemaOptions: options.schemaOptions ?? {},
      refreshMs: every !== undefined && every >= 0 ? every : refreshMs(env),
      waitUntil: ctx === undefined ? waitUntil : (work) => ctx.waitUntil(work),
    },
    "fallback" in options ? { value: options.fallback } : undefined,
  );
}

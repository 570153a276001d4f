// The shim in workerd, with real KV, Durable Objects and a second Worker as the upstream.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const root = resolve(import.meta.dirname, "../..");
const conformance = process.env["CONFORMANCE_DIR"] ?? resolve(root, "../shared/conformance");
const headerExamples = join(conformance, "ratelimit/ietf_draft10_header_examples.txt");
if (!existsSync(headerExamples)) {
  console.warn(`SKIPPED: no conformance data at ${headerExamples} (set CONFORMANCE_DIR)`);
}

export default defineConfig({
  root,
  plugins: [
    cloudflareTest({
      main: join(root, "worker-shim/worker.ts"),
      miniflare: {
        compatibilityDate: "2026-10-01",
        modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
        kvNamespaces: ["SLUICE_KV"],
        durableObjects: {
          SLUICE_CONFIG: { className: "ConfigObject", useSQLite: true },
          SLUICE_LIMITER: { className: "LimiterObject", useSQLite: true },
        },
        bindings: {
          SLUICE_ADMIN_TOKEN: "test-token",
          CARD_KEY: "a key for tests",
          COOKIE_KEY: "a cookie key of thirty-two bytes!",
        },
        serviceBindings: { STOREFRONT: "upstream", BROKEN: "broken", CONSUMER: "consumer" },
        queueProducers: { SLUICE_EXPOSURES: "exposures" },
        workers: [
          {
            name: "upstream",
            modules: true,
            compatibilityDate: "2026-10-01",
            scriptPath: join(import.meta.dirname, "upstream.mjs"),
          },
          {
            name: "broken",
            modules: true,
            compatibilityDate: "2026-10-01",
            script: `export default { fetch() { throw new Error("this upstream is broken"); } };`,
          },
          {
            name: "consumer",
            modules: true,
            compatibilityDate: "2026-10-01",
            queueConsumers: { exposures: { maxBatchSize: 10, maxBatchTimeout: 0 } },
            script: `const seen = [];
              export default {
                fetch: () => Response.json(seen),
                queue: ({ messages }) => void seen.push(...messages.map(({ body }) => body)),
              };`,
          },
        ],
      },
    }),
  ],
  test: {
    include: ["tests/shim/**/*.test.ts"],
    silent: "passed-only",
    provide: {
      rateLimitExamples: existsSync(headerExamples) ? readFileSync(headerExamples, "utf8") : "",
    },
  },
});

declare module "vitest" {
  export interface ProvidedContext {
    rateLimitExamples: string;
  }
}

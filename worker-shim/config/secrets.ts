import type { PolicyDescription } from "../core/description.ts";
import { SluiceError, type Issue } from "../core/errors.ts";
import { encodeText } from "../core/text.ts";
import type { GatewayEnv } from "../env.ts";

/**
 * The Worker's secrets that a policy names, by their numbers; undefined for an optional one that
 * the Worker lacks. Throws `missing_secret` with an issue for each other one that it lacks, and for
 * each that is too short.
 */
export function secretsOf(
  { secrets }: Pick<PolicyDescription, "secrets">,
  env: GatewayEnv,
): readonly (string | undefined)[] {
  const values: (string | undefined)[] = [];
  const issues: Issue[] = [];
  for (const { binding, pointer, byteOffset, optional, minBytes } of secrets) {
    const value: unknown = (env as Readonly<Record<string, unknown>>)[binding];
    if (typeof value === "string" && encodeText(value).length >= minBytes) {
      values.push(value);
    } else if (optional && (value === undefined || value === "")) {
      values.push(undefined);
    } else {
      const what =
        value === undefined
          ? "has none"
          : value === ""
            ? "has an empty one"
            : typeof value === "string"
              ? `has one of less than ${String(minBytes)} bytes`
              : "has no text there";
      const message = `this is keyed with the secret ${binding}, and this Worker ${what}: set it with "wrangler secret put ${binding}" before the policy is published`;
      issues.push({ code: "missing_secret", pointer, byteOffset, message });
    }
  }
  if (issues.length === 0) return values;
  throw new SluiceError("missing_secret", "the policy names secrets that this Worker lacks", {
    issues,
    issueCount: issues.length,
  });
}

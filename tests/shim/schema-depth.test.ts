// A Worker's stack is smaller than Node's: what nests as deep as it may, and deeper, in workerd itself.
import { describe, expect, it } from "vitest";
import coreModule from "../../worker-shim/core-module.ts";
import { isSluiceError } from "../../worker-shim/core/errors.ts";
import { instantiateSync, type Schema } from "../../worker-shim/core/index.ts";

/** Levels of an instance; schemas that are applied at once. */
const LEVELS = 512;
const SCHEMAS = 1024;

const core = () => instantiateSync(coreModule);
const compile = (schema: unknown): Schema => core().compileSchema(JSON.stringify(schema));
const nested = (depth: number, inner: string) => "[".repeat(depth) + inner + "]".repeat(depth);

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return "none";
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return error.code;
  }
};

/** `count` schemas, each applied by the one before to the same value; the last wants a string. */
function chain(count: number, step: (next: object) => object): unknown {
  const $defs: Record<string, object> = { [count]: { type: "string" } };
  for (let i = 0; i < count; i++) $defs[i] = step({ $ref: `#/$defs/${String(i + 1)}` });
  return { $ref: "#/$defs/0", $defs };
}

describe("as deep as may be", () => {
  it("instances, valid and not", () => {
    const schema = compile({ type: "array", items: { $ref: "#" } });
    expect(schema.isValid(nested(LEVELS, ""))).toBe(true);
    expect(schema.isValid(nested(LEVELS - 1, "1"))).toBe(false);
    const { errors } = schema.validate(nested(LEVELS - 1, "1"));
    expect(errors[0]?.instanceLocation).toBe("/0".repeat(LEVELS - 1));
    expect(codeOf(() => schema.isValid(nested(LEVELS + 1, "")))).toBe("budget_exceeded");
  });

  it.each([
    ["$ref", (next: object) => ({ ...next, maxLength: 3 })],
    ["allOf", (next: object) => ({ allOf: [next], unevaluatedProperties: false })],
    ["anyOf", (next: object) => ({ anyOf: [next, { const: 1 }], unevaluatedProperties: false })],
    ["oneOf", (next: object) => ({ oneOf: [next, { const: 1 }] })],
    ["if", (next: object) => ({ if: { minLength: 0 }, then: next })],
  ])("schemas within each other, by %s", (_, step) => {
    // A step is one schema, or two with what its keyword applies.
    const schema = compile(chain(SCHEMAS / 2 - 16, step));
    expect(schema.isValid('"a"')).toBe(true);
    expect(schema.isValid("null")).toBe(false);
    for (const output of ["basic", "detailed", undefined] as const) {
      expect(schema.validate("null", { output }).valid).toBe(false);
    }
  });

  it("deeper ones exceed the budget, and the core lives on", () => {
    const instance = core();
    const deep = instance.compileSchema(
      JSON.stringify(chain(SCHEMAS * 4, (next) => ({ ...next, maxLength: 3 }))),
    );
    expect(codeOf(() => deep.isValid('"a"'))).toBe("budget_exceeded");
    expect(codeOf(() => deep.validate('"a"'))).toBe("budget_exceeded");
    expect(instance.compileSchema("true").isValid("1")).toBe(true);
  });
});

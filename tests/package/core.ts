// Compiled, never run: the declarations in dist/ as someone sees them who installed the package.
import {
  instantiate,
  SluiceError,
  type BudgetName,
  type JsonPathQuery,
  type Json,
  type QuerySource,
  type SchemaError,
} from "sluice/core";

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

export async function queries(wasm: WebAssembly.Module, body: Json): Promise<readonly string[]> {
  const core = await instantiate(wasm);
  const path: JsonPathQuery = core.compileQuery({ jsonpath: "$..id" });
  const value: Uint8Array = core.compileQuery({ jmespath: "[].id" }).run(body).value;
  const source: QuerySource = value.length > 2 ? { jsonpath: "$.a" } : { jmespath: "a" };
  const either = core.compileQuery(source).run(body);
  const result = "value" in either ? path.run(either.value) : either;
  return result.values.length > 2 ? result.paths : [];
}

export async function faults(
  wasm: WebAssembly.Module,
  body: Json,
): Promise<readonly SchemaError[]> {
  const core = await instantiate(wasm);
  using schema = core.compileSchema('{"type": "object"}', {
    resources: { "https://example.com/a": new Uint8Array(2) },
    dialect: "draft-07",
    assertFormat: true,
    patterns: "budgeted",
  });
  const { valid }: { readonly valid: boolean } = schema.validate(body, { output: "basic" });
  return valid || schema.isValid(body) ? [] : schema.validate(body, { maxErrors: 1 }).errors;
}

export async function composed(wasm: WebAssembly.Module, user: Json): Promise<BudgetName | null> {
  const core = await instantiate(wasm);
  using transform = core.compileTransform('[{"compose": {"user": {}}}]', {
    secrets: { KEY: new Uint8Array(32), OTHER: "text" },
  });
  const names: readonly string[] = [...transform.inputs, ...transform.secrets];
  try {
    transform.apply("{}", { inputs: { user, [names[0] ?? ""]: undefined } });
  } catch (error) {
    if (error instanceof SluiceError && error.code === "budget_exceeded")
      return error.budget ?? null;
  }
  return null;
}

export async function wrong(wasm: WebAssembly.Module): Promise<unknown> {
  const core = await instantiate(wasm);
  // @ts-expect-error: a program is not made of numbers.
  core.compileTransform(1);
  // @ts-expect-error: a query is in one of two languages.
  core.compileQuery({ xpath: "/a" });
  // @ts-expect-error: a JMESPath's values have no paths.
  return core.compileQuery({ jmespath: "a" }).run("{}").paths;
}

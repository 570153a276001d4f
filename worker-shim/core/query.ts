import { QueryLanguage } from "./abi.generated.ts";
import { Handle } from "./handle.ts";
import type { Instance, Json } from "./instance.ts";

/** A query in one of two languages. */
export type QuerySource = { readonly jsonpath: string } | { readonly jmespath: string };

/** A JSONPath (RFC 9535). */
export class JsonPathQuery extends Handle {
  private constructor(instance: Instance, handle: number) {
    super(instance, handle);
  }

  /** @internal */
  static compile(instance: Instance, text: string): JsonPathQuery {
    return new JsonPathQuery(instance, instance.compileQuery(QueryLanguage.jsonpath, text));
  }

  /** Text that isn't JSON throws `invalid_json`, too much work or too long a result `budget_exceeded`. */
  run(json: Json): JsonPathResult {
    const values = this.instance.runQuery(this.handle, json);
    return new JsonPathResult(values, () => this.instance.queryPaths(this.handle, json));
  }
}

/** What a JSONPath selects in a document. */
export class JsonPathResult {
  /** A JSON array of the values, each with its exact text. The bytes are the caller's own. */
  readonly values: Uint8Array;
  #paths: readonly string[] = [];
  #findPaths: (() => string) | undefined;

  /** @internal */
  constructor(values: Uint8Array, findPaths: () => string) {
    this.values = values;
    this.#findPaths = findPaths;
  }

  /**
   * Where the values are, as normalized paths (`$['orders'][3]['id']`), in the same order. Made
   * when first read, by running the query again: until then don't change the bytes that it ran on,
   * nor dispose of the query.
   */
  get paths(): readonly string[] {
    const findPaths = this.#findPaths;
    if (findPaths !== undefined) {
      this.#paths = JSON.parse(findPaths()) as string[];
      this.#findPaths = undefined; // it holds the document
    }
    return this.#paths;
  }
}

/** A JMESPath. */
export class JmesPathQuery extends Handle {
  private constructor(instance: Instance, handle: number) {
    super(instance, handle);
  }

  /** @internal */
  static compile(instance: Instance, text: string): JmesPathQuery {
    return new JmesPathQuery(instance, instance.compileQuery(QueryLanguage.jmespath, text));
  }

  /**
   * `value` is JSON, `null` where nothing is found; the bytes are the caller's own. What the
   * specification calls invalid-type and invalid-value throws `query_failed`.
   */
  run(json: Json): { readonly value: Uint8Array } {
    return { value: this.instance.runQuery(this.handle, json) };
  }
}

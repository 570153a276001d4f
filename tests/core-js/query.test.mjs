// Queries of sluice/core: JSONPath and JMESPath, bytes to bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "sluice/core";
import { bytes, errorOf, newCore, text } from "./support.mjs";

const ORDERS =
  '{"orders":[{"id":12345678901234567890,"total":1.0},{"id":2,"total":7e1,"note":"\\u00e9"}]}';

test("a JSONPath selects values, each with its exact text", () => {
  using query = newCore().compileQuery({ jsonpath: "$.orders[?@.total >= 1].id" });
  assert.equal(text(query.run(ORDERS).values), "[12345678901234567890,2]");
  assert.deepEqual(query.run(bytes(ORDERS)).values, query.run(ORDERS).values);
  assert.equal(text(query.run("{}").values), "[]");
});

test("its paths are made when they are asked for", () => {
  const core = newCore();
  using query = core.compileQuery({ jsonpath: "$..*" });
  const result = query.run('{"it\'s":[{"é":null}]}');
  query.run("[1,2,3]");
  assert.deepEqual(result.paths, ["$['it\\'s']", "$['it\\'s'][0]", "$['it\\'s'][0]['é']"]);
  assert.equal(result.paths, result.paths, "once");
  assert.equal(text(result.values), '[[{"é":null}],{"é":null},null]');
  assert.deepEqual(query.run("1").paths, []);
});

test("paths that weren't read go with the query, those that were stay", () => {
  const query = newCore().compileQuery({ jsonpath: "$.a" });
  const [read, unread] = [query.run('{"a":1}'), query.run('{"a":1}')];
  assert.deepEqual(read.paths, ["$['a']"]);
  query.dispose();
  assert.deepEqual(read.paths, ["$['a']"]);
  assert.equal(errorOf(() => unread.paths).code, "stale_handle");
  assert.equal(text(unread.values), "[1]");
});

test("results are the caller's own", () => {
  const core = newCore();
  using path = core.compileQuery({ jsonpath: "$.a" });
  using expression = core.compileQuery({ jmespath: "a" });
  const [{ values }, { value }] = [path.run('{"a":"x"}'), expression.run('{"a":"y"}')];
  path.run('{"a":"something else"}');
  assert.equal(text(values), '["x"]');
  assert.equal(text(value), '"y"');
  for (const own of [values, value]) {
    assert.equal(own.byteOffset, 0);
    assert.equal(own.buffer.byteLength, own.length);
  }
});

test("a JMESPath has a value, null where nothing is found", () => {
  using query = newCore().compileQuery({ jmespath: "orders[?total > `1`].{id: id, note: note}" });
  assert.equal(text(query.run(ORDERS).value), '[{"id":2,"note":"\\u00e9"}]');
  assert.equal(text(query.run("[]").value), "null");
});

test("queries that are none say where", () => {
  const core = newCore();
  for (const [query, byteOffset] of [
    [{ jsonpath: "$.é[" }, 5],
    [{ jsonpath: "orders" }, 0],
    [{ jsonpath: "" }, 0],
    [{ jmespath: "a.[" }, 3],
    [{ jmespath: "a.nope(b)" }, 2],
  ]) {
    const error = errorOf(() => core.compileQuery(query));
    assert.ok(error instanceof SluiceError);
    assert.equal(error.code, "invalid_query", JSON.stringify(query));
    assert.equal(error.byteOffset, byteOffset, JSON.stringify(query));
  }
  const long = errorOf(() => core.compileQuery({ jsonpath: `$${" ".repeat(1e6)}.a` }));
  assert.deepEqual([long.code, long.budget], ["budget_exceeded", "text_bytes"]);
});

test("a JMESPath that can't be evaluated fails and names the specification's error", () => {
  using query = newCore().compileQuery({ jmespath: "sum(@)" });
  assert.equal(text(query.run("[1,2]").value), "3");
  const error = errorOf(() => query.run('["a"]'));
  assert.equal(error.code, "query_failed");
  assert.match(error.message, /invalid-type/);
  assert.equal(error.byteOffset, undefined, "it would be one in the document");
});

test("documents that are none, or too much, are refused; the query goes on", () => {
  using query = newCore().compileQuery({ jsonpath: "$..*..*" });
  const invalid = errorOf(() => query.run('{"é":]'));
  assert.deepEqual([invalid.code, invalid.byteOffset], ["invalid_json", 6]);
  const deep = errorOf(() => query.run("[".repeat(100_000)));
  assert.deepEqual([deep.code, deep.budget], ["budget_exceeded", "depth"]);
  const wide = errorOf(() =>
    query.run(`${"[".repeat(400)}1${",1".repeat(20_000)}${"]".repeat(400)}`),
  );
  assert.equal(wide.code, "budget_exceeded");
  assert.ok(["results", "steps"].includes(wide.budget), wide.budget);
  assert.equal(text(query.run("[[1]]").values), "[1]");
});

test("large documents leave no memory behind but what the next one uses", () => {
  const core = newCore();
  using query = core.compileQuery({ jsonpath: "$[*].sku" });
  const listing = bytes(
    JSON.stringify(Array.from({ length: 40_000 }, (_, i) => ({ sku: i, name: "x".repeat(60) }))),
  );
  const expected = text(query.run(listing).values);
  assert.ok(expected.startsWith("[0,1,2,") && expected.endsWith(",39999]"));
  const grown = core.memoryBytes;
  for (let round = 0; round < 5; round++) assert.equal(text(query.run(listing).values), expected);
  assert.equal(core.memoryBytes, grown);
});

test("values as deep as documents may be are compared on the module's own stack", () => {
  const core = newCore();
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ]) {
    const at = (depth) => `${open.repeat(depth)}1${close.repeat(depth)}`;
    const pair = (depth) => `{"a":${at(depth)},"b":${at(depth)}}`;
    using equal = core.compileQuery({ jmespath: "a == b" });
    using found = core.compileQuery({ jsonpath: "$[?@ == $.b]" });
    assert.equal(text(equal.run(pair(511)).value), "true");
    assert.equal(text(found.run(pair(511)).values), `[${at(511)},${at(511)}]`);
    assert.equal(errorOf(() => equal.run(pair(512))).code, "budget_exceeded");
  }
});

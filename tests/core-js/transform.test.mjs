// Transforms of sluice/core: inputs, secrets, and how they fail.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { SluiceError } from "sluice/core";
import { bytes, errorOf, newCore, text } from "./support.mjs";

const compile = (steps, options) => newCore().compileTransform(JSON.stringify(steps), options);

/** What a redact step with this secret makes of a string, or of another value's text. */
const hashed = (secret, value) =>
  createHmac("sha256", secret).update(value).digest("hex").slice(0, 32);

test("inputs go in by name, as text or bytes, and what is missing is as its step says", () => {
  using transform = compile([
    { compose: { user: {}, "stock é": { to: "/s", missing: "null" }, ads: { missing: "omit" } } },
  ]);
  assert.deepEqual(transform.inputs, ["user", "stock é", "ads"]);
  assert.deepEqual(transform.secrets, []);
  const apply = (inputs) => text(transform.apply('{"a":1.0}', { inputs }));
  assert.equal(
    apply({ ads: "[]", user: '{"id":12345678901234567890}', "stock é": bytes('"é"') }),
    '{"a":1.0,"user":{"id":12345678901234567890},"s":"é","ads":[]}',
  );
  assert.equal(apply({ user: "1" }), '{"a":1.0,"user":1,"s":null}');
  assert.equal(apply({ user: "1", ads: undefined }), '{"a":1.0,"user":1,"s":null}');
});

test("an input that is missing where it must not be fails, at its step", () => {
  using transform = compile([{ drop: ["$.x"] }, { compose: { user: {} } }]);
  for (const options of [undefined, {}, { inputs: {} }, { inputs: { user: undefined } }]) {
    const error = errorOf(() => transform.apply("{}", options));
    assert.ok(error instanceof SluiceError);
    assert.equal(error.code, "transform_failed");
    assert.match(error.location ?? "", /^\/1/);
    assert.match(error.message, /user/);
  }
});

test("an input that no step names is the caller's mistake", () => {
  using transform = compile([{ compose: { user: { missing: "omit" } } }]);
  for (const name of ["usr", "__proto__", "constructor"]) {
    const inputs = Object.fromEntries([[name, "1"]]);
    const error = errorOf(() => transform.apply("{}", { inputs }));
    assert.equal(error.code, "invalid_argument");
    assert.ok(error.message.includes(name) && error.message.includes("user"), error.message);
  }
  assert.equal(text(transform.apply("{}", { inputs: { user: "2" } })), '{"user":2}');
});

test("large inputs, and as many as there may be", () => {
  const names = Array.from({ length: 16 }, (_, i) => `input ${i}`);
  using transform = compile([{ compose: Object.fromEntries(names.map((name) => [name, {}])) }]);
  const value = (i) => JSON.stringify(["é€😀", "x"][i % 2].repeat(i * 3000));
  for (const coded of [(json) => json, bytes]) {
    const inputs = Object.fromEntries(names.map((name, i) => [name, coded(value(i))]));
    const composed = JSON.parse(text(transform.apply(coded("{}"), { inputs })));
    assert.deepEqual(Object.keys(composed), names);
    names.forEach((name, i) => assert.equal(composed[name], JSON.parse(value(i))));
  }
});

test("an input that isn't JSON is invalid_json, and one too many bytes a budget", () => {
  using transform = compile([{ compose: { user: {} } }]);
  const invalid = errorOf(() => transform.apply("{}", { inputs: { user: "{" } }));
  assert.equal(invalid.code, "invalid_json");
  assert.match(invalid.message, /user/);
  const large = errorOf(() =>
    transform.apply("{}", { inputs: { user: new Uint8Array(40 << 20) } }),
  );
  assert.deepEqual([large.code, large.budget], ["budget_exceeded", "input_bytes"]);
  assert.equal(text(transform.apply("{}", { inputs: { user: "1" } })), '{"user":1}');
});

test("secrets: text or bytes, each under its name", () => {
  const steps = [
    { redact: { paths: ["$.mail"], hash: { secret: "MAIL_KEY" } } },
    { redact: { paths: ["$.ids[*]"], hash: { secret: "ID_KEY" } } },
    { redact: { paths: ["$.other"], hash: { secret: "MAIL_KEY" } } },
  ];
  const secrets = { ID_KEY: bytes("bytes é"), MAIL_KEY: "text é", UNUSED: "x" };
  using transform = compile(steps, { secrets });
  assert.deepEqual(transform.secrets, ["MAIL_KEY", "ID_KEY"]);
  const json = '{"mail":"\\u00e9@x","ids":[1.0,"1.0"],"other":{"a":[]}}';
  assert.deepEqual(JSON.parse(text(transform.apply(json))), {
    mail: hashed("text é", "é@x"),
    ids: [hashed("bytes é", "1.0"), hashed("bytes é", "1.0")],
    other: hashed("text é", '{"a":[]}'),
  });
});

test("a secret that isn't there is refused when the transform is compiled", () => {
  const core = newCore();
  const steps = '[{"redact": {"paths": ["$.a"], "hash": {"secret": "KEY"}}}]';
  for (const options of [
    undefined,
    {},
    { secrets: {} },
    { secrets: { KEY: undefined } },
    { secrets: Object.create({ KEY: "inherited" }) },
  ]) {
    const error = errorOf(() => core.compileTransform(steps, options));
    assert.equal(error.code, "missing_secret");
    assert.match(error.message, /"KEY"/);
  }
  const empty = errorOf(() => core.compileTransform(steps, { secrets: { KEY: "" } }));
  assert.equal(empty.code, "invalid_argument");
  assert.match(empty.message, /at least one byte/);
  const before = core.memoryBytes;
  for (let i = 0; i < 70_000; i++) errorOf(() => core.compileTransform(steps));
  const growth = core.memoryBytes - before;
  // A page may come with the handles' numbers; what isn't disposed of would take hundreds.
  assert.ok(growth <= 65_536, `${growth} bytes more: what was refused is disposed of`);
});

test("a patch whose test fails says which operation", () => {
  using transform = compile([
    { drop: ["$.gone"] },
    {
      patch: [
        { op: "add", path: "/b", value: 1 },
        { op: "test", path: "/a", value: 2 },
      ],
    },
  ]);
  const error = errorOf(() => transform.apply('{"a":1,"gone":0}'));
  assert.equal(error.code, "transform_failed");
  assert.equal(error.location, "/1/patch/1");
  assert.equal(text(transform.apply('{"a":2,"gone":0}')), '{"a":2,"b":1}');
});

test("faults of steps are all listed, with their places", () => {
  const steps = '[{"pick":["$.a["]},{"query":"a.["},{"patch":[{"op":"nope","path":""}]}]';
  const error = errorOf(() => newCore().compileTransform(steps));
  assert.equal(error.code, "invalid_transform");
  assert.equal(error.issueCount, 3);
  assert.deepEqual(
    error.issues.map(({ pointer }) => pointer.split("/")[1]),
    ["0", "1", "2"],
  );
  assert.equal(error.location, error.issues[0].pointer);
  const first = error.issues[0];
  assert.ok(steps.slice(first.byteOffset).startsWith('"$.a["'), String(first.byteOffset));
});

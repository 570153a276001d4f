import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, sluice } from "./support.mjs";

const example = (name) =>
  fileURLToPath(new URL(`../../examples/storefront/${name}`, import.meta.url));

test("a policy without faults", async () => {
  const { code, stdout, stderr } = await sluice("lint", example("policy.json"));
  assert.equal(stderr, "");
  assert.match(
    stdout,
    /^✔ .*policy\.json: \d+ routes, 3 upstreams, 3 limits, \d+ schemas; no faults\n$/,
  );
  assert.equal(code, 0);
});

test("a fault is shown where it is", async () => {
  const policy = `{
  "version": 1,
  "limits": {
    "pér": { "algorithm": "gcra", "rate": { "units": 10, "per": "60s" }, "brust": 60, "subject": ["ip"] }
  },
  "routes": []
}
`;
  const path = folder({ "policy.json": policy });
  const { code, stdout, stderr } = await sluice("lint", `${path}/policy.json`);
  assert.equal(stdout, "");
  const [, second] = stderr.split("\n\n");
  assert.equal(
    `${second}\n`,
    `${path}/policy.json:4:74 fault unknown_key
  unknown key "brust" (did you mean "burst"?)
    4 │     "pér": { "algorithm": "gcra", "rate": { "units": 10, "per": "60s" }, "brust": 60, "subject":…
      │                                                                          ^^^^^^^
  at /limits/pér/brust
`,
  );
  assert.match(stderr, /\n✖ 2 faults\n$/);
  assert.equal(code, 1);
});

test("as JSON", async () => {
  const path = folder({ "policy.json": '{"version": 2,\n"routes": []}' });
  const { code, stdout } = await sluice("lint", `${path}/policy.json`, "--json");
  const { file, valid, faults, warnings, budgetedPatterns } = JSON.parse(stdout);
  assert.equal(file, `${path}/policy.json`);
  assert.equal(valid, false);
  assert.deepEqual(
    faults.map(({ code, pointer, byteOffset, line, column }) => [
      code,
      pointer,
      byteOffset,
      line,
      column,
    ]),
    [["unsupported_version", "/version", 12, 1, 13]],
  );
  assert.deepEqual([warnings, budgetedPatterns], [[], []]);
  assert.equal(code, 1);
});

test("warnings are findings too", async () => {
  const policy = {
    version: 1,
    features: {
      payload: { features: { f: { rules: [{ condition: { a: { $nope: 1 } }, force: 1 }] } } },
    },
    routes: [],
  };
  const path = folder({ "policy.json": policy });
  const { code, stdout, stderr } = await sluice("lint", `${path}/policy.json`);
  assert.match(stderr, /policy\.json:1:\d+ warning unknown_operator\n/);
  assert.match(stdout, /no faults, 1 warning\n$/);
  assert.equal(code, 1);
});

test("patterns of the budgeted matcher are listed, and are no findings", async () => {
  const file = fileURLToPath(new URL("golden/petstore.policy.json", import.meta.url));
  const { code, stdout, stderr } = await sluice("lint", file);
  assert.match(
    stdout,
    /^Patterns that need the budgeted matcher.*\n {2}\/schemas\/Dog.*\/pattern {2}.*\n\n✔ .*no faults\n$/,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  const { budgetedPatterns } = JSON.parse((await sluice("lint", file, "--json")).stdout);
  assert.equal(budgetedPatterns.length, 1);
  assert.ok(budgetedPatterns[0].line > 80);
});

test("what is imported has no warnings", async () => {
  const example = new URL("../../examples/openapi/policy.json", import.meta.url);
  assert.equal((await sluice("lint", fileURLToPath(example))).code, 0);
});

test("text that isn't JSON", async () => {
  const path = folder({ "policy.json": '{"version": 1,\n  "routes": [],\n}\n' });
  const { code, stderr } = await sluice("lint", `${path}/policy.json`);
  assert.match(stderr, /policy\.json:3:1 fault invalid_json\n/);
  assert.match(stderr, /\n {4}3 │ }\n {6}│ \^\n/);
  assert.equal(code, 1);
});

test("what a policy holds can't move the cursor", async () => {
  const path = folder({ "policy.json": '{"version": 1, "rou\\u001b[31mtes": "\u202e\u009b31m"}' });
  const { stderr } = await sluice("lint", `${path}/policy.json`);
  assert.match(stderr, /unknown_key/);
  assert.doesNotMatch(stderr, /[\u001b\u009b\u202e]/);
});

test("long lines are cut around the place", async () => {
  const long = JSON.stringify({
    version: 1,
    routes: [],
    transforms: { a: [{ wrap: "x".repeat(400) }] },
    zzz: 1,
  });
  const path = folder({ "policy.json": long });
  const { stderr } = await sluice("lint", `${path}/policy.json`);
  const line = stderr.split("\n").find((text) => text.includes("│ …"));
  const marks = stderr.split("\n").find((text) => text.includes("^"));
  assert.ok(line.length < 120);
  const from = marks.indexOf("^");
  assert.equal(line.slice(from, marks.length), '"zzz"');
});

test("errors", async () => {
  for (const [args, message] of [
    [[], /lint .* says what is wrong/],
    [["lnit", "x"], /no command "lnit"/],
    [["lint"], /usage: sluice lint/],
    [["lint", "a", "b"], /usage: sluice lint/],
    [["lint", "a", "--jsn"], /--jsn.*; usage: sluice lint/],
    [["lint", "nowhere.json"], /nowhere\.json can't be read: there is no such file/],
    [["lint", "/"], /can't be read: it is a folder/],
    [
      ["lint", folder({ "p.json": new Uint8Array((4 << 20) + 1) }) + "/p.json"],
      /larger than 4 MiB/,
    ],
  ]) {
    const { code, stdout, stderr } = await sluice(...args);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(code, 2);
  }
});

test("help", async () => {
  for (const args of [["--help"], ["lint", "--help"], ["import", "-h"]]) {
    const { code, stdout, stderr } = await sluice(...args);
    assert.match(stdout, /[Ee]xit codes/);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 100, line);
    assert.deepEqual([code, stderr], [0, ""]);
  }
});

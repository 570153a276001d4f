import { describe, expect, it } from "vitest";
import {
  BundleError,
  decodeBundle,
  encodeBundle,
  parseBundle,
} from "../../worker-shim/config/bundle.ts";
import { bytesOf } from "./support.ts";

const POLICY = bytesOf('{"version": 1}\n\n# not JSON: a bundle does not care');
const CREATED = "2026-11-21T03:29:00.000Z";

async function text(): Promise<string> {
  const bytes = await encodeBundle(POLICY, {
    environment: "default",
    revision: 42,
    created: CREATED,
  });
  return new TextDecoder().decode(bytes);
}

async function edited(from: string | RegExp, to: string): Promise<Uint8Array> {
  const before = await text();
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  return bytesOf(after);
}

describe("a bundle", () => {
  it("has the form that the decision record states", async () => {
    const sha256 = [...new Uint8Array(await crypto.subtle.digest("SHA-256", POLICY))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    expect(await text()).toBe(
      `SLUICE-BUNDLE 1\nenvironment: default\nrevision: 42\ncreated: ${CREATED}\nexpires: -\nkey-id: -\n` +
        `sha-256: ${sha256}\nsignature: -\n\n${new TextDecoder().decode(POLICY)}`,
    );
  });

  it("gives back the exact bytes", async () => {
    const bundle = await decodeBundle(bytesOf(await text()));
    expect(bundle.policy).toEqual(POLICY);
    expect(bundle).toMatchObject({ environment: "default", revision: 42, created: CREATED });
  });

  it("takes an empty policy: whether that is one is the compiler's to say", async () => {
    const empty = await encodeBundle(new Uint8Array(0), {
      environment: "e",
      revision: 1,
      created: CREATED,
    });
    expect((await decodeBundle(empty)).policy.length).toBe(0);
  });

  it.each<[what: string, from: string | RegExp, to: string, message: RegExp]>([
    ["another version", "BUNDLE 1", "BUNDLE 2", /line 1 must be/],
    ["CRLF", /\n/g, "\r\n", /not printable ASCII/],
    ["revision 0", "revision: 42", "revision: 0", /line 3: revision must be a whole number/],
    ["a revision with a leading zero", "revision: 42", "revision: 042", /line 3/],
    ["a negative revision", "revision: 42", "revision: -1", /line 3/],
    ["a revision too great to be exact", "revision: 42", "revision: 9999999999999999", /line 3/],
    ["a date without time", CREATED, "2026-11-21", /line 4: created must be a time/],
    ["an expiry", "expires: -", `expires: ${CREATED}`, /expiry is not supported/],
    ["a signature", "signature: -", "signature: AAAA", /signatures are not supported/],
    ["a key id", "key-id: -", "key-id: k1", /signatures are not supported/],
    [
      "lines in another order",
      /(expires: -)\n(key-id: -)/,
      "$2\n$1",
      /line 5 must begin with "expires: "/,
    ],
    ["a line too many", "signature: -\n", "signature: -\nextra: 1\n", /line 9 must be empty/],
    [
      "an upper-case digest",
      /sha-256: \w+/,
      `sha-256: ${"A".repeat(64)}`,
      /line 7: sha-256 must be 64 lower-case/,
    ],
    ["a blank more", "environment: default", "environment:  default", /line 2/],
    [
      "an environment name of other letters",
      "environment: default",
      "environment: Default",
      /line 2/,
    ],
  ])("is refused with %s", async (_what, from, to, message) => {
    const bytes = await edited(from, to);
    expect(() => parseBundle(bytes)).toThrow(BundleError);
    expect(() => parseBundle(bytes)).toThrow(message);
  });

  it("is refused wherever it is cut off", async () => {
    const whole = bytesOf(await text());
    for (let length = 0; length < whole.length; length++) {
      await expect(
        decodeBundle(whole.subarray(0, length)),
        `${String(length)} bytes`,
      ).rejects.toThrow(BundleError);
    }
  });

  it("is refused when any bit of policy or digest is flipped", async () => {
    const whole = bytesOf(await text());
    for (let at = whole.length - POLICY.length; at < whole.length; at++) {
      const flipped = whole.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await expect(decodeBundle(flipped)).rejects.toThrow(/doesn't have the SHA-256/);
    }
    await expect(
      decodeBundle(await edited(/sha-256: \w{10}/, "sha-256: 0123456789")),
    ).rejects.toThrow(BundleError);
  });

  it("is refused when it is something else altogether, without reading far", () => {
    expect(() => parseBundle(new Uint8Array(5_000_000))).toThrow(/cut off/);
    expect(() => parseBundle(bytesOf('{"version": 1}\n'.repeat(20)))).toThrow(/line 1/);
  });
});

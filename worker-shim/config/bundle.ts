// A policy on its way: fixed header lines, an empty line, the exact bytes that were published
// (docs/adr/0005-bundle-format.md).
//
//     SLUICE-BUNDLE 1
//     environment: default
//     revision: 42
//     created: 2026-11-21T03:29:00.000Z
//     expires: -
//     key-id: -
//     sha-256: <64 lower-case hex digits, of the bytes below>
//     signature: -
//
//     {"version": 1, …

export interface BundleHeader {
  readonly environment: string;
  readonly revision: number;
  /** RFC 3339, UTC, with milliseconds. */
  readonly created: string;
  readonly sha256: string;
}

export interface Bundle extends BundleHeader {
  readonly policy: Uint8Array;
}

export class BundleError extends Error {
  override readonly name = "BundleError";
}

const FIRST_LINE = "SLUICE-BUNDLE 1";
/** All valid headers are far below it; more is no header. */
const MAX_HEADER_BYTES = 1024;

// The one form that each line may have, in this order. Signing and expiry come with a later format;
// until then a bundle that claims either is refused rather than taken unchecked.
const FIELDS: readonly (readonly [name: string, form: RegExp, what: string])[] = [
  ["environment", /^[a-z0-9][a-z0-9-]{0,62}$/, "a name of a-z, 0-9 and -"],
  ["revision", /^[1-9][0-9]{0,14}$/, "a whole number from 1"],
  ["created", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "a time like 2026-11-21T03:29:00.000Z"],
  ["expires", /^-$/, '"-": expiry is not supported yet'],
  ["key-id", /^-$/, '"-": signatures are not supported yet'],
  ["sha-256", /^[0-9a-f]{64}$/, "64 lower-case hex digits"],
  ["signature", /^-$/, '"-": signatures are not supported yet'],
];

export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function encodeBundle(
  policy: Uint8Array,
  header: Omit<BundleHeader, "sha256">,
): Promise<Uint8Array> {
  const sha256 = await sha256Hex(policy);
  const lines = [
    FIRST_LINE,
    `environment: ${header.environment}`,
    `revision: ${String(header.revision)}`,
    `created: ${header.created}`,
    "expires: -",
    "key-id: -",
    `sha-256: ${sha256}`,
    "signature: -",
  ];
  const head = new TextEncoder().encode(`${lines.join("\n")}\n\n`);
  const bytes = new Uint8Array(head.length + policy.length);
  bytes.set(head);
  bytes.set(policy, head.length);
  return bytes;
}

/**
 * Reads a header in the one form it can have. The checksum is not looked at: see `decodeBundle`.
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  const lines: string[] = [];
  let start = 0;
  while (lines.length <= FIELDS.length + 1) {
    const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a, start);
    if (end === -1) {
      throw new BundleError(`the header has no line ${String(lines.length + 1)}: it is cut off`);
    }
    lines.push(ascii(bytes.subarray(start, end), lines.length + 1));
    start = end + 1;
  }
  if (lines[0] !== FIRST_LINE) {
    throw new BundleError(`line 1 must be "${FIRST_LINE}": this is no bundle of a known version`);
  }
  const values = FIELDS.map(([name, form, what], index) =>
    fieldValue(lines[index + 1] ?? "", index + 2, name, form, what),
  );
  if (lines[FIELDS.length + 1] !== "") {
    throw new BundleError(`line ${String(FIELDS.length + 2)} must be empty: it ends the header`);
  }
  const [environment = "", revision = "", created = "", , , sha256 = ""] = values;
  return {
    environment,
    revision: Number(revision),
    created,
    sha256,
    policy: bytes.subarray(start),
  };
}

/** Reads a bundle and checks that its policy is the one its header speaks of. */
export async function decodeBundle(bytes: Uint8Array): Promise<Bundle> {
  const bundle = parseBundle(bytes);
  const found = await sha256Hex(bundle.policy);
  if (found !== bundle.sha256) {
    throw new BundleError(
      `the policy of revision ${String(bundle.revision)} doesn't have the SHA-256 that its header states: ` +
        `it has ${found} (${String(bundle.policy.length)} bytes), not ${bundle.sha256}`,
    );
  }
  return bundle;
}

function fieldValue(
  line: string,
  number: number,
  name: string,
  form: RegExp,
  what: string,
): string {
  const prefix = `${name}: `;
  if (!line.startsWith(prefix)) {
    throw new BundleError(`line ${String(number)} must begin with "${prefix}"`);
  }
  const value = line.slice(prefix.length);
  if (!form.test(value)) throw new BundleError(`line ${String(number)}: ${name} must be ${what}`);
  return value;
}

function ascii(bytes: Uint8Array, number: number): string {
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) {
    throw new BundleError(
      `line ${String(number)} of the header holds a byte that is not printable ASCII`,
    );
  }
  return String.fromCharCode(...bytes);
}

// As much of RFC 9651 as the RateLimit fields need: a list of strings with parameters. Strict:
// returns undefined for what its grammar doesn't have. Written from the grammar, not from the code
// under test.

export interface Item {
  readonly value: string;
  readonly params: ReadonlyMap<string, string | number | boolean>;
}

const SF_STRING = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/;
const SF_KEY = /^[a-z*][a-z0-9_.*-]*/;
const SF_INTEGER = /^-?\d{1,15}(?![\d.])/;
const SF_BYTES = /^:[A-Za-z0-9+/=]*:/;

export function parseStringList(field: string): Item[] | undefined {
  const items: Item[] = [];
  let rest = field.replace(/^ +| +$/g, "");
  for (;;) {
    const string = SF_STRING.exec(rest);
    if (string === null) return undefined;
    rest = rest.slice(string[0].length);
    const params = new Map<string, string | number | boolean>();
    while (rest.startsWith(";")) {
      rest = rest.slice(1).replace(/^ +/, "");
      const key = SF_KEY.exec(rest)?.[0];
      if (key === undefined) return undefined;
      rest = rest.slice(key.length);
      if (!rest.startsWith("=")) {
        params.set(key, true);
        continue;
      }
      rest = rest.slice(1);
      const bare = SF_INTEGER.exec(rest) ?? SF_STRING.exec(rest) ?? SF_BYTES.exec(rest);
      if (bare === null) return undefined;
      rest = rest.slice(bare[0].length);
      params.set(key, /^[-\d]/.test(bare[0]) ? Number(bare[0]) : bare[0]);
    }
    items.push({ value: (string[1] ?? "").replace(/\\(.)/g, "$1"), params });
    rest = rest.replace(/^[ \t]+/, "");
    if (rest === "") return items;
    if (!rest.startsWith(",")) return undefined;
    rest = rest.slice(1).replace(/^[ \t]+/, "");
  }
}

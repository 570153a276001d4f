// Values that schemas and instances are made of: few, so that they meet.

export const NAMES = ["a", "b", "c", "foo", "x-1", "x-two", "ü", "", "a/b", "m~n", "%25"];
export const TEXTS = [
  "", "a", "b", "ab", "abc", "foo", "Foo", "x-1", "12", "é", "e\u0301", "😀", "😀b", "a b", "a\nb", "ſ", "\u212a",
]; // prettier-ignore
export const NUMBERS = [
  0, 1, 2, 3, 5, 10, -1, -3, 0.5, 1.5, 2.25, 0.1, 0.3, 1e2, 1e-7, 1e21, 123456789012, 9007199254740992,
]; // prettier-ignore
export const PATTERNS = [
  "", "^a", "b$", "^[a-z]+$", "\\d", "^.{2,3}$", "[A-Z]", "^x-", "\\p{L}", "^\\S*$", "é", "(?:ab)+", "^(foo|bar)$",
  "^\\W", "^[^a]", "\\u{1F600}", "^.$", "a|^b$", "\\bfoo\\b", "^\\P{Lu}*$", "^[\\w-]+$", "[\\d.]",
]; // prettier-ignore

/** Texts that are of a format, and texts that nearly are, by format. */
export const FORMATS = {
  date: ["2024-02-29", "2023-02-29", "2024-13-01", "24-01-01", "2024-1-1", "2024-04-31"],
  time: ["12:00:00Z", "23:59:60Z", "22:59:60Z", "12:00:00", "24:00:00Z", "12:00:00+24:00", "12:00:00.5-05:30", "01:29:60+01:30"],
  "date-time": ["2024-02-29T12:00:00Z", "2024-02-30T12:00:00Z", "2024-01-01t12:00:00z", "2024-01-01 12:00:00Z", "1998-12-31T23:59:60Z", "1998-12-31T22:59:60Z"],
  duration: ["P1D", "PT1H", "P1Y2M3DT4H5M6S", "P2W", "P", "PT", "P1YT", "P1D2H", "P1Y2W", "PT1D", "P1Y2D", "PT1H2S"],
  email: ["a@example.com", "a.b+c@example.co.uk", "@example.com", "a@", ".a@example.com", "a..b@example.com", '"a b"@example.com', "a@[127.0.0.1]", "a b@example.com"],
  hostname: ["example.com", "-a.com", "a-.com", "a_b.com", "xn--nxasmq6b", "a".repeat(64), "example..com", "EXAMPLE", "1.2.3", "a."],
  ipv4: ["1.2.3.4", "256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", " 1.2.3.4", "127.0.0.1"],
  ipv6: ["::1", "1:2:3:4:5:6:7:8", "1::2::3", "::ffff:1.2.3.4", "12345::", "1:2:3:4:5:6:7", "fe80::1%eth0", "::ffff:256.1.1.1", ":1", "::"],
  uri: ["http://example.com/a?b#c", "urn:isbn:123", "//a", "/a", "http://a b", "http://[::1]/", "http://exämple.com", "a:%zz", "mailto:a@b", ":a", "http://a\\b", "1a:b"],
  "uri-reference": ["/a/b", "#f", "?q", "a b", "http://x", "%", "%41", "é", "\\", "", "a:b"],
  iri: ["http://exämple.com/ü", "/ü", "http://a b", "http://例え.jp", "urn:ü"],
  "iri-reference": ["/ü", "#ü", "\\", "a b", "é"],
  "uri-template": ["/a/{b}", "{+x}/{y*}", "{", "}", "{?a,b}", "{a:3}", "{&x*}", "{a b}", "{a:10000}", "{!a}"],
  "json-pointer": ["", "/a", "a", "/a~1b", "/a~2b", "/~", "/", "#/a"],
  "relative-json-pointer": ["0", "1/a", "0#", "01", "-1", "/a", "1#a", "10", "+1"],
  regex: ["^a$", "(", "[a-z", "\\p{L}", "a{2,1}", "(?<n>a)\\k<n>", "\\", "a**", "(?=a)"],
  uuid: ["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2EB8AA08-AA98-11EA-B4AA-73B441D16380", "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638g"],
  "idn-email": ["ü@example.com", "@", "a@b", "実例@実例.com"],
}; // prettier-ignore

/** In which dialects a format has a meaning, from the first draft that has it. */
export const FORMATS_SINCE = {
  "draft-04": ["date-time", "email", "hostname", "ipv4", "ipv6", "uri"],
  "draft-06": ["uri-reference", "uri-template", "json-pointer"],
  "draft-07": [
    "date",
    "time",
    "regex",
    "relative-json-pointer",
    "idn-email",
    "iri",
    "iri-reference",
  ],
  "2019-09": ["duration", "uuid"],
  "2020-12": [],
};

/** A value with at most `depth` levels. */
export function value(random, depth = 2) {
  const { pick, many, chance, below } = random;
  if (depth > 0 && chance(0.2)) return many(4, () => value(random, depth - 1));
  if (depth > 0 && chance(0.25)) {
    return Object.fromEntries(many(4, () => [pick(NAMES), value(random, depth - 1)]));
  }
  return pick([
    () => null,
    () => chance(0.5),
    () => pick(NUMBERS),
    () => below(4),
    () => pick(TEXTS),
    () => pick(TEXTS),
  ])();
}

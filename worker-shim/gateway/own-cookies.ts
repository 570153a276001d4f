/**
 * A Cookie header without the cookies called `name` (RFC 6265, section 5.4); undefined: none is
 * left. What stays is as the client wrote it.
 */
export function withoutCookie(header: string, name: string): string | undefined {
  if (!header.includes(name)) return header;
  const kept = header.split(";").filter((pair) => pair.split("=", 1)[0]?.trim() !== name);
  return kept.length === 0 ? undefined : kept.join(";").trimStart();
}

/**
 * Takes the token of an override out of what goes upstream: who has it sees what it chooses. null:
 * the policy has no overrides.
 */
export function withholdOverride(headers: Headers, overrideCookie: string | null): void {
  if (overrideCookie === null) return;
  const cookies = headers.get("cookie");
  if (cookies === null) return;
  const kept = withoutCookie(cookies, overrideCookie);
  if (kept === undefined) headers.delete("cookie");
  else if (kept !== cookies) headers.set("cookie", kept);
}

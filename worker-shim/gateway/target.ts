/**
 * A request's URL in the parts that routing needs, as they came: the core normalizes and refuses.
 */
export interface Target {
  /** "https://shop.example.com:8443": scheme and authority, without user information. */
  readonly origin: string;
  /** Without the port, lower case. */
  readonly host: string;
  /** Percent-encoded, starts with "/". */
  readonly path: string;
  /** With its "?"; undefined if there is none. */
  readonly query: string | undefined;
}

/**
 * Cuts a URL where RFC 3986 says its parts end. `new URL` would cost more and would already change
 * the path, so that what the core is there to refuse never reached it. Undefined for what has no
 * authority, or one with a backslash.
 */
export function splitTarget(url: string): Target | undefined {
  const colon = url.indexOf("://");
  if (colon <= 0) return undefined;
  const start = colon + 3;
  let end = url.length;
  let slash = end;
  let question = end;
  scan: for (let index = start; index < end; index++) {
    switch (url.charCodeAt(index)) {
      case 0x2f: // "/"
        if (slash === end) slash = index;
        break;
      case 0x5c: // "\\": WHATWG's parser, which builds the upstream's URL, would end the host here
        if (slash === end) return undefined;
        break;
      case 0x3f: // "?"
        question = index;
        break scan;
      case 0x23: // "#"
        end = index;
        break scan;
    }
  }
  if (question < end) {
    const hash = url.indexOf("#", question);
    if (hash !== -1) end = hash;
  }
  const pathEnd = Math.min(question, end);
  const authorityEnd = Math.min(slash, pathEnd);
  const at = url.lastIndexOf("@", authorityEnd - 1);
  const authority = url.slice(at >= start ? at + 1 : start, authorityEnd);
  if (authority === "") return undefined;
  return {
    origin: `${url.slice(0, start)}${authority}`,
    host: hostOf(authority),
    path: slash < pathEnd ? url.slice(slash, pathEnd) : "/",
    query: pathEnd < end ? url.slice(pathEnd, end) : undefined,
  };
}

function hostOf(authority: string): string {
  // An IPv6 address keeps its brackets; only what follows them can be a port.
  const port = authority.indexOf(":", authority.lastIndexOf("]") + 1);
  return (port === -1 ? authority : authority.slice(0, port)).toLowerCase();
}

// The host's URL parser, for URL targeting (wasm/experiment/url_pattern.h).

const WILDCARD = "_____";

interface Parts {
  readonly host: string;
  readonly pathname: string;
  readonly hash: string;
  readonly query: readonly (readonly [string, string])[];
}

function partsOf(url: URL): Parts {
  return {
    host: url.host,
    pathname: url.pathname,
    hash: url.hash,
    query: [...url.searchParams],
  };
}

function parse(url: string, base?: string): URL | undefined {
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}

/** A simple pattern's parts; null where it is no URL. `*` is no host, so wildcards are `_____`. */
export function patternParts(pattern: string): Parts | null {
  const url = parse(
    pattern.replace(/^([^:/?]*)\./i, "https://$1.").replace(/\*/g, WILDCARD),
    `https://${WILDCARD}`,
  );
  return url === undefined ? null : partsOf(url);
}

/** JSON of a page's parts; undefined where it is no URL, which no target matches. */
export function urlParts(text: string): string | undefined {
  const url = parse(text, "https://_");
  if (url === undefined) return undefined;
  const { href, origin } = url;
  return JSON.stringify({ href, path: href.slice(origin.length), ...partsOf(url) });
}

/** `target` with the parameters of `page` that it doesn't have itself. */
export function mergeQueryStrings(page: string, target: string): string {
  const from = parse(page);
  const to = parse(target);
  if (from === undefined || to === undefined) return target;
  for (const [name, value] of from.searchParams) {
    if (!to.searchParams.has(name)) to.searchParams.set(name, value);
  }
  return to.toString();
}

import { sha256Hex } from "../config/bundle.ts";
import type { CacheDescription } from "../core/description.ts";
import { NONE, type Plan } from "../core/plan.ts";
import { encodeText } from "../core/text.ts";
import type { Exchange } from "./exchange.ts";
import type { PreparedRoute } from "./prepared.ts";
import { copyBareTrace } from "./trace.ts";

/** Of how entries are made and read; another number where that changes. */
const FORMAT = 1;
/** Below the gateway's own paths: no request of a client's has such a URL for its key. */
const PATH = "/_sluice/cache/";

/**
 * All that an answer that is kept was made with. Who asks is not in it: what comes of the request
 * but isn't named here doesn't get to an upstream on such a route (`headersForAll`).
 */
function ingredients(
  { live, request, target }: Exchange,
  { route }: PreparedRoute,
  plan: Plan,
  cache: CacheDescription,
): unknown[] {
  const { description, upstreams } = live.prepared;
  return [
    FORMAT,
    description.formatVersion,
    cache.mark,
    route.id,
    // A service binding sees the host that the client named.
    target.origin,
    upstreams[plan.upstream]?.name,
    plan.path,
    plan.inputPaths,
    plan.transform === NONE ? null : description.transforms[plan.transform]?.name,
    // What else a variant does is in the plan; two that do the same share their answers.
    route.experiments.map(({ variants }, number) => {
      const variant = plan.variants[number] ?? NONE;
      return (variants[variant]?.setHeaders.length ?? 0) === 0 ? NONE : variant;
    }),
    cache.vary.map((name) => request.headers.get(name)),
  ];
}

/** The URL that the answer is kept under. */
export async function cacheUrl(
  exchange: Exchange,
  prepared: PreparedRoute,
  plan: Plan,
  cache: CacheDescription,
): Promise<string> {
  // A digest: what a client may send is longer than a URL, and nobody else's to read.
  const text = encodeText(JSON.stringify(ingredients(exchange, prepared, plan, cache)));
  return exchange.target.origin + PATH + (await sha256Hex(text));
}

/**
 * The headers of a request whose answer is for all: of the client's only those that answers are
 * kept by, and the number of the trace. Neither cookies nor credentials, and nothing that would change an answer
 * without being in its key.
 */
export function headersForAll(request: Request, { vary }: CacheDescription): Headers {
  const headers = new Headers({ "accept-encoding": "identity" });
  copyBareTrace(request.headers, headers);
  for (const name of vary) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

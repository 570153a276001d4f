/** The storefront: an ordinary JSON service that knows nothing of the gateway in front of it. */
import {
  catalog,
  orderById,
  orderListing,
  orderListingOfSize,
  ORDER_COUNT,
  productBySku,
  SIZES,
  trackingById,
} from "./data.ts";
import { productPage, salePage } from "./pages.ts";
import { echoSocket, exportOrders, importOrders, liveOrders } from "./live.ts";

const encoder = new TextEncoder();

/** Bodies already made. Bounded: what isn't here is made for the request. */
const cache = new Map<string, Uint8Array>();
const CACHED_BODIES = 64;

function json(key: string, make: () => string): Response {
  let body = cache.get(key);
  if (body === undefined) {
    body = encoder.encode(make());
    if (cache.size < CACHED_BODIES) cache.set(key, body);
  }
  return new Response(body, { headers: { "content-type": "application/json" } });
}

function fault(status: number, detail: string): Response {
  return Response.json({ error: { status, detail } }, { status });
}

function orders(query: URLSearchParams): Response {
  const size = query.get("size");
  if (size !== null) {
    const bytes = Object.hasOwn(SIZES, size) ? SIZES[size as keyof typeof SIZES] : undefined;
    if (bytes === undefined) return fault(400, `size is one of ${Object.keys(SIZES).join(", ")}`);
    return json(`orders ${size}`, () => orderListingOfSize(bytes));
  }
  const limit = Number(query.get("limit") ?? "10");
  if (!Number.isInteger(limit) || limit < 0 || limit > ORDER_COUNT) {
    return fault(400, `limit is a number from 0 to ${ORDER_COUNT}`);
  }
  return json(`orders ${limit}`, () => orderListing(limit));
}

function order(id: string): Response {
  const text = orderById(id);
  return text === undefined ? fault(404, `no order ${id}`) : json(`order ${id}`, () => text);
}

function tracking(id: string): Response {
  const text = trackingById(id);
  return text === undefined
    ? fault(404, `no parcel for ${id}`)
    : json(`tracking ${id}`, () => text);
}

/** Takes a draft as it is: what a client may say in it is nothing that this service looks at. */
async function placeOrder(request: Request): Promise<Response> {
  const draft = await request.text();
  const headers = { "content-type": "application/json", location: "/orders/ord_1000" };
  return new Response(`{"id":"ord_1000","status":"placed","draft":${draft}}`, {
    status: 201,
    headers,
  });
}

function page(layout: string, sku: string): Response {
  const product = productBySku(sku);
  const text = product === undefined ? undefined : productPage(layout, product);
  return text === undefined ? fault(404, `no page ${layout} of product ${sku}`) : html(text);
}

function html(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } });
}

/** Two versions of one service, and the flags that came with the request. */
function checkout(version: string, flags: string | null): Response {
  const known: unknown = flags === null ? null : JSON.parse(flags);
  return Response.json({ checkout: version, flags: known });
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const [, first = "", second = "", third = ""] = url.pathname.split("/");
    switch (first) {
      case "orders":
        if (request.method === "POST" && second === "") return await placeOrder(request);
        return second === "" ? orders(url.searchParams) : order(second);
      case "catalog":
        return json("catalog", catalog);
      case "tracking":
        return tracking(second);
      case "products":
        return page(second, third);
      case "checkout":
        return checkout(second, request.headers.get("x-flags"));
      case "sale":
      case "summer":
        return html(salePage(first));
      case "live":
        if (second === "orders") return liveOrders(url.searchParams);
        if (second === "echo") return echoSocket(request);
        break;
      case "bulk":
        if (second !== "orders.ndjson") break;
        return request.method === "POST"
          ? await importOrders(request)
          : exportOrders(url.searchParams);
    }
    return fault(404, `no ${url.pathname} here`);
  },
};

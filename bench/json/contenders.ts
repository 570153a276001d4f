// The jobs of work.mjs in JavaScript: as one writes them by hand, and with the best library for each. A contender
// takes and gives text as a value; decoding, parsing, stringifying and encoding are the same for all.
import { compile as compileJsonPath } from "json-p3";
import { applyPatch } from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import { search } from "jmespath";
import { compile as compileJmesPath, TreeInterpreter } from "@jmespath-community/jmespath";
import jsonMergePatch from "json-merge-patch";
import { FILTER, JSON_PATCH, MERGE_PATCH, REDACTED, RESHAPE } from "./work.mjs";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

interface Order {
  id: string;
  status: string;
  placedAt?: string;
  currency: string;
  total: number;
  customer: { name?: string; email?: string; tier?: string };
  shipping?: { address: { street: string; city: string } };
  items?: { sku: string }[];
  tags?: string[];
  buyer?: string | undefined;
  reference?: string;
}
interface Listing {
  orders: (Order | { id: string; status: string })[];
  meta?: unknown;
}
const ordersOf = (value: unknown): Order[] => (value as { orders: Order[] }).orders;

function pick(value: unknown): unknown {
  return {
    orders: ordersOf(value).map((order) => ({
      id: order.id,
      status: order.status,
      placedAt: order.placedAt,
      currency: order.currency,
      total: order.total,
      customer: { name: order.customer.name },
    })),
  };
}

function redact(value: unknown): unknown {
  for (const { customer, shipping } of ordersOf(value)) {
    if (customer.name !== undefined) customer.name = REDACTED;
    if (customer.email !== undefined) customer.email = REDACTED;
    if (shipping !== undefined) shipping.address.street = REDACTED;
  }
  return value;
}

/** RFC 7396, section 2, as its pseudocode has it. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const merged: { [name: string]: Json } =
    target === null || typeof target !== "object" || Array.isArray(target) ? {} : target;
  for (const [name, value] of Object.entries(patch)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- as one writes it
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/** The ten operations, each as the line that one would write for it. */
function patch(value: unknown): unknown {
  const listing = value as Listing;
  const [order] = ordersOf(value);
  if (order?.currency !== "EUR") throw new Error("test failed");
  order.status = "held";
  delete order.placedAt;
  order.tags = ["review", "manual"];
  const { name } = order.customer;
  delete order.customer.name;
  order.buyer = name;
  order.reference = order.id;
  order.total = 0;
  listing.meta = { region: "eu-west" };
  order.customer.tier = "gold";
  listing.orders.push({ id: "ord_sentinel", status: "closed" });
  return value;
}

function filter(value: unknown): unknown {
  return ordersOf(value).filter(({ total, status }) => total > 50_000 && status === "paid");
}

function reshape(value: unknown): unknown {
  return ordersOf(value)
    .filter(({ status }) => status === "paid")
    .map(({ id, shipping, items }) => ({
      id,
      city: shipping?.address.city ?? null,
      skus: items?.map(({ sku }) => sku) ?? null,
    }));
}

type Way = (value: unknown) => unknown;

const filterQuery = compileJsonPath(FILTER);
const reshapeTree = compileJmesPath(RESHAPE);

/** By job, then by contender. */
export const WAYS: Readonly<Record<string, Readonly<Record<string, Way>>>> = {
  pick: { js: pick },
  redact: { js: redact },
  merge: {
    js: (value) => mergePatch(value as Json, MERGE_PATCH),
    "json-merge-patch": (value) => jsonMergePatch.apply(value, MERGE_PATCH),
  },
  patch: {
    js: patch,
    // It puts an operation's value itself into the document, so no later operation changes one.
    "fast-json-patch": (value) => applyPatch(value, JSON_PATCH as Operation[]).newDocument,
  },
  filter: {
    js: filter,
    "json-p3": (value) => filterQuery.query(value as never).values(),
  },
  reshape: {
    js: reshape,
    // It has no way to run a compiled expression.
    jmespath: (value) => search(value, RESHAPE),
    "@jmespath-community/jmespath": (value) => TreeInterpreter.search(reshapeTree, value as never),
  },
};

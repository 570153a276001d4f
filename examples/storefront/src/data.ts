/**
 * Realistic JSON, the same for the same seed: what the storefront serves and the benchmarks chew on.
 *
 * Everything that a gateway may get wrong is in it: nesting, arrays, empty arrays and objects, non-ASCII text, escapes,
 * integers beyond 2^53, number texts that a round trip through doubles would change (1.0, 1e400). That is why it is made
 * as text and not by JSON.stringify. Only erasable TypeScript, so that Node runs the file as it is.
 */

/** A number or string as it shall stand in the JSON text. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value =
  null | boolean | number | string | Raw | readonly Value[] | { readonly [name: string]: Value };

/** JSON text of what this file builds (its depth is that of the literals below). */
function write(value: Value): string {
  if (value instanceof Raw) return value.text;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(write).join(",")}]`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`)
    .join(",")}}`;
}

function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** mulberry32: small, fast, good enough for test data. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** In [0, 2^32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
  /** In [0, bound). */
  below(bound: number): number {
    return this.next() % bound;
  }
  pick<const T extends readonly [unknown, ...unknown[]]>(choices: T): T[number] {
    return choices[this.below(choices.length)];
  }
  /** Decimal text with `places` digits behind the point; trailing zeros stay. */
  decimal(below: number, places: number): Raw {
    const scale = 10 ** places;
    return new Raw((this.below(below * scale) / scale).toFixed(places));
  }
}

const PRODUCTS = [
  ["Espresso tin", "COF-250"],
  ["Crème brûlée torch 🔥", "KIT-014"],
  ["急須 (kyūsu) teapot", "TEA-310"],
  ["Grüner Veltliner glass, 2 pcs", "GLS-022"],
  ["Jalapeño salt", "SPC-107"],
  ["Plain white mug", "MUG-001"],
  ["Smørrebrød board", "BRD-055"],
  ["Кружка «Зима»", "MUG-044"],
  ['Pour-over stand 3/4"', "COF-611"],
  ["Olive oil, 0.5 l", "OIL-500"],
  ["寿司 set 🍣", "SET-808"],
  ["Linen towel", "TXT-032"],
] as const;

const PEOPLE = [
  ["Zoë Brückner", "zoe.brueckner@example.com"],
  ["山田 花子", "hanako.yamada@example.jp"],
  ["Seán Ó Briain", "sean@example.ie"],
  ["Ana María Núñez", "ana.nunez@example.es"],
  ["John Smith", "john.smith@example.com"],
  ["Łukasz Wójcik", "lukasz@example.pl"],
  ["Priya Raman", "priya.raman@example.in"],
] as const;

const PLACES = [
  ["Königstraße 5", "10115", "Berlin", "DE"],
  ["日本橋 2-4-1", "103-0027", "東京", "JP"],
  ["12 O'Connell Street", "D01 F5P2", "Dublin", "IE"],
  ["Calle Mayor 41", "28013", "Madrid", "ES"],
  ["200 Main St", "02139", "Cambridge, MA", "US"],
] as const;

const CARDS = [
  ["visa", "4111 1111 1111 1111"],
  ["mastercard", "5555 5555 5555 4444"],
  ["amex", "3782 822463 10005"],
] as const;

/** Written with escapes, as many serializers do; a transform must leave them as they are. */
const NOTES = [
  null,
  "Ring twice.",
  new Raw(String.raw`"Leave at \u201cBäckerei M\u00fcller\u201d\nplease \uD83D\uDE4F"`),
  new Raw(String.raw`"Gift wrap \/ no invoice"`),
] as const;

const STATUSES = ["placed", "paid", "packed", "shipped", "delivered", "returned"] as const;

function item(random: Random): Value {
  const [name, sku] = random.pick(PRODUCTS);
  return {
    sku,
    name,
    quantity: 1 + random.below(4),
    unitPrice: random.decimal(90, 2),
    weightKg: random.decimal(3, 1),
    options: random.below(3) === 0 ? { engraving: "für Ömer" } : {},
  };
}

function order(index: number, seed: number): Value {
  const random = new Random(Math.imul(index + 1, 0x9e3779b1) ^ seed);
  const [person, email] = random.pick(PEOPLE);
  const [street, postcode, city, country] = random.pick(PLACES);
  const [brand, card] = random.pick(CARDS);
  const items = Array.from({ length: 1 + random.below(3) }, () => item(random));
  return {
    id: orderId(index),
    // Ledger numbers count in a space beyond 2^53: doubles would merge neighbours.
    ledger: new Raw(String(9007199254740993n + BigInt(index) * 2n)),
    status: random.pick(STATUSES),
    placedAt: `2026-${two(1 + random.below(12))}-${two(1 + random.below(28))}T${two(random.below(24))}:${two(random.below(60))}:00Z`,
    customer: { name: person, email, address: { street, postcode, city, country } },
    payment: {
      method: "card",
      card: { brand, number: card, expires: `${two(1 + random.below(12))}/29` },
    },
    items,
    total: { amount: random.decimal(400, 2), currency: random.pick(["EUR", "USD", "GBP"]) },
    note: random.pick(NOTES),
    tags: random.below(2) === 0 ? [] : ["gift", "priority"].slice(0, 1 + random.below(2)),
  };
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** How many orders the shop has. */
export const ORDER_COUNT = 1000;

export function orderId(index: number): string {
  return `ord_${String(index).padStart(4, "0")}`;
}

/** JSON text of the order with this id, or undefined if the shop has none. */
export function orderById(id: string, seed = 1): string | undefined {
  const index = Number(/^ord_([0-9]{4})$/.exec(id)?.[1]);
  return index < ORDER_COUNT ? write(order(index, seed)) : undefined;
}

/** JSON text of where a parcel is; undefined for an order that none was sent for. */
export function trackingById(id: string, seed = 1): string | undefined {
  const index = Number(/^ord_([0-9]{4})$/.exec(id)?.[1]);
  // Every other order is on its way.
  if (!(index < ORDER_COUNT) || index % 2 === 0) return undefined;
  const random = new Random(Math.imul(index + 1, 0x85ebca6b) ^ seed);
  return write({
    order: id,
    carrier: random.pick(["Post", "Kurier Łódź", "DHL"]),
    number: new Raw(String(10n ** 19n + BigInt(random.next()))),
    position: { lat: new Raw("52.5200"), lon: new Raw("13.40500") },
    recipient: { name: random.pick(PEOPLE)[0], phone: "+49 30 901820" },
  });
}

function listing(orders: readonly string[]): string {
  // No ceiling on the page's value, said the way a service without Infinity in its JSON says it.
  return `{"orders":[${orders.join(",")}],"page":{"count":${orders.length},"total":${ORDER_COUNT},"next":null,"ceiling":1e400}}`;
}

/** JSON text of a listing of the first `count` orders. */
export function orderListing(count: number, seed = 1): string {
  return listing(Array.from({ length: count }, (_, index) => write(order(index, seed))));
}

/** JSON text of the listing whose length in UTF-8 comes nearest to `bytes`, with at least one order. */
export function orderListingOfSize(bytes: number, seed = 1): string {
  const encoder = new TextEncoder();
  const orders: string[] = [write(order(0, seed))];
  let size = encoder.encode(listing(orders)).length;
  for (;;) {
    const next = write(order(orders.length, seed));
    const grown = size + encoder.encode(next).length + 1;
    if (grown - bytes > bytes - size) return listing(orders);
    orders.push(next);
    size = grown;
  }
}

/** The sizes that the storefront's `?size=` and the benchmarks use. */
export const SIZES = { "2kb": 2_048, "20kb": 20_480, "200kb": 204_800 } as const;

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: string;
}

export function productBySku(sku: string, seed = 1): Product | undefined {
  const index = PRODUCTS.findIndex((entry) => entry[1] === sku);
  const entry = PRODUCTS[index];
  if (entry === undefined) return undefined;
  return { sku, name: entry[0], price: price(index, seed).text };
}

function price(index: number, seed: number): Raw {
  return new Random(seed + index).decimal(90, 2);
}

/** JSON text of all products. */
export function catalog(seed = 1): string {
  const random = new Random(seed);
  const products: Value[] = PRODUCTS.map(([name, sku], index) => ({
    sku,
    name,
    barcode: new Raw(String(18446744073709551615n - BigInt(index))),
    price: { amount: price(index, seed), currency: "EUR" },
    stock: {
      warehouse: { berlin: random.below(500), 東京: random.below(500) },
      reserved: [],
      incoming: {},
    },
    rating: new Raw(random.pick(["4.0", "4.5", "3.75", "5.00"])),
    media: [`/img/${sku}-1.webp`, `/img/${sku}-2.webp`],
  }));
  return write({ products, currency: "EUR" });
}

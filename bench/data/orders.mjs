// Order listings as a shop's API answers them: deterministic, minified, and such that JSON.parse and
// JSON.stringify give the very same bytes back, so that contenders can be compared byte by byte.

const CITIES = ["Berlin", "Lyon", "Porto", "Leeds", "Gent", "Turin"];
const CITIES_UTF8 = ["Köln", "Besançon", "Évora", "Gdańsk", "Malmö", "東京都"];
const NAMES = ["Ada Keller", "Tom Okafor", "Mia Rossi", "Jon Berg", "Eva Novak", "Sam Price"];
const NAMES_UTF8 = [
  "Zoë Müller",
  "Łukasz Żak",
  "Søren Ågård",
  "José Peña",
  "美咲 山田",
  "Ирина Белова",
];
const NOTES = ["Leave with the neighbour", "Ring twice", "Gift wrap, no invoice"];
const NOTES_UTF8 = [
  "Bitte beim Nachbarn klingeln – danke!",
  "Déposer à l’accueil",
  "門の前に置いてください 🎁",
];
const STATUSES = ["open", "paid", "packed", "shipped", "returned"];

/** mulberry32: a small generator with a seed, so that each run has the same data. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function order(next, utf8, compact) {
  const below = (n) => Math.floor(next() * n);
  const one = (list) => list[below(list.length)];
  const customer = { id: `cus_${below(100_000)}`, name: one(utf8 ? NAMES_UTF8 : NAMES) };
  const head = {
    id: `ord_${String(below(1e9)).padStart(9, "0")}`,
    status: one(STATUSES),
    placedAt: new Date(1_760_000_000_000 + below(3e7) * 1000).toISOString(),
    currency: "EUR",
    total: below(100_000),
  };
  if (compact) return { ...head, customer };
  return {
    ...head,
    customer: { ...customer, email: `user${below(100_000)}@mail.example`, since: 2000 + below(26) },
    shipping: {
      method: one(["standard", "express"]),
      address: {
        street: `${1 + below(200)} Market Street`,
        city: one(utf8 ? CITIES_UTF8 : CITIES),
        zip: String(10_000 + below(89_999)),
      },
      tracking: null,
    },
    items: Array.from({ length: 1 + below(3) }, () => ({
      sku: `SKU-${below(1e6)}`,
      quantity: 1 + below(4),
      price: below(20_000),
      taxRate: 0.19,
    })),
    gift: next() < 0.2,
    note: one(utf8 ? NOTES_UTF8 : NOTES),
  };
}

/**
 * A listing of about `bytes` bytes of JSON text.
 * @param {{ bytes: number, seed: number, utf8?: boolean }} options
 */
export function orderListing({ bytes, seed, utf8 = false }) {
  const next = random(seed);
  const orders = [];
  const size = () => Buffer.byteLength(JSON.stringify(envelope(orders)));
  if (bytes < 600) {
    orders.push(order(next, utf8, true));
    return JSON.stringify({ orders });
  }
  let total = size();
  while (total < bytes) {
    const one = order(next, utf8, false);
    orders.push(one);
    total += Buffer.byteLength(JSON.stringify(one)) + 1;
  }
  // Of the two sizes around the target the nearer one.
  const over = size() - bytes;
  const last = orders.at(-1);
  if (orders.length > 1 && over > Buffer.byteLength(JSON.stringify(last)) / 2) orders.pop();
  return JSON.stringify(envelope(orders));
}

function envelope(orders) {
  return { orders, count: orders.length, next: "/orders?cursor=b3JkXzAwMDAwMDAwMQ", took: 3 };
}

/** The storefront's pick: six fields an order. */
export const PICK_PATHS = [
  "$.orders[*].id",
  "$.orders[*].status",
  "$.orders[*].placedAt",
  "$.orders[*].currency",
  "$.orders[*].total",
  "$.orders[*].customer.name",
];

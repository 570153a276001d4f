import type { Product } from "./data.ts";

/** The same product, told three ways: what the experiment compares. */
const LAYOUTS: { readonly [layout: string]: (product: Product) => string } = {
  classic: ({ name, price }) =>
    `<h1>${escape(name)}</h1><p class="price">${price} €</p><button>Add to cart</button>`,
  grid: ({ name, price }) =>
    `<ul class="grid"><li><h1>${escape(name)}</h1></li><li>${price} €</li><li><button>Buy</button></li></ul>`,
  story: ({ name, price }) =>
    `<article><h1>The story of ${escape(name)}</h1><p>It began in a small workshop…</p><p>Yours for ${price} €.</p></article>`,
};

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function productPage(layout: string, product: Product): string | undefined {
  const body = Object.hasOwn(LAYOUTS, layout) ? LAYOUTS[layout]?.(product) : undefined;
  if (body === undefined) return undefined;
  return `<!doctype html><html lang="en"><title>${escape(product.name)} (${layout})</title><body class="${layout}">${body}</body></html>\n`;
}

export function salePage(season: string): string {
  const text = season === "summer" ? "Everything must go." : "No sale today.";
  return `<!doctype html><html lang="en"><title>${escape(season)}</title><body class="${escape(season)}"><p>${text}</p></body></html>\n`;
}

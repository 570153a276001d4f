// What `sluice import` makes of examples/openapi/openapi.yaml, in force.
import { describe, expect, it } from "vitest";
import imported from "../../examples/openapi/policy.json";
import { createGateway } from "../../worker-shim/index.ts";
import { problemOf, send } from "./support.ts";

const gateway = createGateway({
  policy: { ...imported, upstreams: { api: { type: "service", binding: "STOREFRONT" } } },
});

function put(sku: string, product: object): Promise<Response> {
  return send(gateway, `/products/${sku}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(product),
  });
}

interface Faults {
  readonly errors: readonly { readonly in: string; readonly instanceLocation: string }[];
}

async function faultsOf(response: Response): Promise<string[]> {
  const problem = (await problemOf(response)) as unknown as Faults & { readonly status: number };
  expect(problem.status).toBe(422);
  return problem.errors.map((error) => `${error.in} ${error.instanceLocation}`).sort();
}

const LAMP = { sku: "AB-1234", name: "Lamp", price: { amount: "12.50", currency: "EUR" } };

describe("a policy made of an OpenAPI document", () => {
  it("lets through what the document allows", async () => {
    for (const path of [
      "/products",
      "/products?page=2&inStock=true",
      "/products?category=lamps&category=chairs",
      "/products/AB-1234",
    ]) {
      expect((await send(gateway, path)).status, path).not.toBe(422);
    }
    expect((await put("AB-1234", LAMP)).status).not.toBe(422);
    expect((await put("AB-1234", { ...LAMP, discount: null })).status).not.toBe(422);
  });

  it("refuses what it doesn't, with the places", async () => {
    expect(await faultsOf(await send(gateway, "/products?page=0&inStock=maybe"))).toEqual([
      "query /inStock",
      "query /page",
    ]);
    expect(await faultsOf(await send(gateway, "/products/lamp"))).toEqual(["path /sku"]);
    const wrong = { sku: "AB-1234", nmae: "Lamp", price: { amount: "12.5", currency: "EUR" } };
    const faults = await faultsOf(await put("AB-1234", wrong));
    expect(faults).toContain("body /nmae");
    expect(faults).toContain("body /price/amount");
  });
});

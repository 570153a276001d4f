// Bodies of requests as APIs get them, with their schemas: a user to create (about 200 bytes), an order (about 2 KB).

const money = { type: "integer", minimum: 0, maximum: 1_000_000_00 };

export const USER_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Create a user",
  type: "object",
  required: ["email", "name", "password", "locale"],
  additionalProperties: false,
  properties: {
    email: { type: "string", format: "email", maxLength: 254 },
    name: { type: "string", minLength: 1, maxLength: 100 },
    password: { type: "string", minLength: 10, maxLength: 200 },
    locale: { type: "string", pattern: "^[a-z]{2}(-[A-Z]{2})?$" },
    age: { type: "integer", minimum: 13, maximum: 130 },
    newsletter: { type: "boolean" },
    roles: {
      type: "array",
      maxItems: 5,
      uniqueItems: true,
      items: { enum: ["reader", "writer", "admin"] },
    },
  },
};

export const USER = {
  email: "ada.lovelace@example.com",
  name: "Augusta Ada King, Countess of Lovelace",
  password: "correct horse battery staple",
  locale: "en-GB",
  age: 36,
  newsletter: true,
  roles: ["reader", "writer"],
};

export const FAULTY_USER = {
  ...USER,
  email: "ada.lovelace.example.com",
  age: 7,
  roles: ["reader", "owner"],
};

export const ORDER_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Place an order",
  type: "object",
  required: ["id", "customer", "currency", "items", "shipping", "payment"],
  additionalProperties: false,
  properties: {
    id: { type: "string", format: "uuid" },
    placedAt: { type: "string", format: "date-time" },
    currency: { enum: ["EUR", "USD", "GBP", "JPY"] },
    customer: {
      type: "object",
      required: ["id", "email"],
      additionalProperties: false,
      properties: {
        id: { type: "string", pattern: "^cus_[A-Za-z0-9]{8,24}$" },
        email: { type: "string", format: "email" },
        phone: { type: ["string", "null"], pattern: "^\\+[0-9 ]{6,20}$" },
      },
    },
    items: { type: "array", minItems: 1, maxItems: 100, items: { $ref: "#/$defs/item" } },
    shipping: { $ref: "#/$defs/address" },
    billing: { $ref: "#/$defs/address" },
    payment: {
      oneOf: [
        {
          type: "object",
          required: ["method", "token"],
          additionalProperties: false,
          properties: {
            method: { const: "card" },
            token: { type: "string", minLength: 16 },
            save: { type: "boolean" },
          },
        },
        {
          type: "object",
          required: ["method", "iban"],
          additionalProperties: false,
          properties: {
            method: { const: "transfer" },
            iban: { type: "string", pattern: "^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$" },
          },
        },
        {
          type: "object",
          required: ["method"],
          additionalProperties: false,
          properties: { method: { const: "invoice" }, dueDays: { enum: [14, 30, 60] } },
        },
      ],
    },
    note: { type: "string", maxLength: 500 },
    tags: { type: "array", uniqueItems: true, items: { type: "string", maxLength: 30 } },
  },
  $defs: {
    item: {
      type: "object",
      required: ["sku", "quantity", "price"],
      additionalProperties: false,
      properties: {
        sku: { type: "string", pattern: "^[A-Z]{3}-[0-9]{3,6}$" },
        title: { type: "string", maxLength: 200 },
        quantity: { type: "integer", minimum: 1, maximum: 999 },
        price: money,
        options: {
          type: "object",
          maxProperties: 10,
          additionalProperties: { type: ["string", "number", "boolean"] },
        },
      },
    },
    address: {
      type: "object",
      required: ["name", "street", "city", "postcode", "country"],
      additionalProperties: false,
      properties: {
        name: { type: "string", minLength: 1, maxLength: 100 },
        street: { type: "string", minLength: 1, maxLength: 200 },
        city: { type: "string", minLength: 1, maxLength: 100 },
        postcode: { type: "string", pattern: "^[A-Z0-9 -]{3,10}$" },
        country: { type: "string", pattern: "^[A-Z]{2}$" },
      },
    },
  },
};

const item = (i) => ({
  sku: `MUG-${100 + i}`,
  title: `Stoneware mug № ${i}, glazed by hand`,
  quantity: 1 + (i % 4),
  price: 1250 + 75 * i,
  options: { colour: ["teal", "ochre", "slate"][i % 3], gift: i % 2 === 0, engraving: `Line ${i}` },
});

export const ORDER = {
  id: "6f1c3a52-94be-4d0f-a8f1-2f0a7c9be013",
  placedAt: "2026-11-21T08:30:00.125Z",
  currency: "EUR",
  customer: { id: "cus_9aX31kQz77", email: "zoe.mueller@example.com", phone: "+49 30 901820" },
  items: Array.from({ length: 9 }, (_, i) => item(i + 1)),
  shipping: {
    name: "Zoë Müller",
    street: "Schönhauser Allee 12",
    city: "Berlin",
    postcode: "10119",
    country: "DE",
  },
  billing: {
    name: "Müller GmbH",
    street: "Am Kupfergraben 6",
    city: "Berlin",
    postcode: "10117",
    country: "DE",
  },
  payment: { method: "card", token: "tok_1NirD82eZvKYlo2C", save: true },
  note: "Leave with the neighbour, please: nobody is at home before six in the evening.",
  tags: ["gift", "first-order", "newsletter"],
};

export const FAULTY_ORDER = {
  ...ORDER,
  currency: "CHF",
  items: ORDER.items.map((one, i) => (i === 6 ? { ...one, quantity: 0, prize: one.price } : one)),
  payment: { method: "transfer", iban: "not an IBAN" },
};

import {
  ABSENT,
  ATTRIBUTES_VERSION,
  ATTRIBUTES_WORDS,
  ATTRIBUTE_WORDS,
  AttributeType,
} from "./abi.generated.ts";
import { jsonOf } from "./arguments.ts";
import { SluiceError } from "./errors.ts";
import { utf8Bound, writeText } from "./text.ts";

/** What is known of a user, by name: strings, numbers, booleans, and anything else as JSON. */
export type Attributes = Readonly<Record<string, unknown>>;

/** An attribute that a payload looks at. */
export interface NamedAttribute {
  readonly number: number;
  readonly name: string;
}

/** Values as they are written: a JSON text stands in an object, so that it is no string. */
type Written = string | number | boolean | { readonly json: string } | undefined;

const TYPE_SHIFT = 24;
/** The number of no attribute, which is passed over. */
const NO_ATTRIBUTE = 0xffffff;
const ROW_BYTES = ATTRIBUTE_WORDS * 4;

function written(attributes: Attributes, name: string): Written {
  const value = attributes[name];
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      // JSON has no others.
      return Number.isFinite(value) ? value : undefined;
    case "object": {
      if (value === null || !Object.hasOwn(attributes, name)) return undefined;
      const json = jsonOf(`attribute ${name}`, value);
      return json === undefined ? undefined : { json };
    }
    case "bigint":
      throw new SluiceError("invalid_argument", `attribute ${name} is a BigInt, and so no JSON`);
    default:
      return undefined;
  }
}

/**
 * Writes the frame of short attributes between `begin` and `end` and returns its length; 0 where
 * there isn't room enough for sure. Without features: all of them, and the payload's own
 * experiments.
 */
export function writeAttributes(
  bytes: Uint8Array,
  view: DataView,
  begin: number,
  end: number,
  features: Uint32Array | undefined,
  attributes: readonly NamedAttribute[],
  values: Attributes,
): number {
  let at = begin + ATTRIBUTES_WORDS * 4;
  const featureCount = features === undefined ? 0 : features.length;
  const rows = at + featureCount * 4;
  let text = rows + attributes.length * ROW_BYTES;
  if (text > end) return 0;
  view.setUint32(begin, ATTRIBUTES_VERSION, true);
  view.setUint32(begin + 4, features === undefined ? ABSENT : featureCount, true);
  view.setUint32(begin + 8, attributes.length, true);
  if (features !== undefined) {
    for (let i = 0; i < featureCount; i++, at += 4) {
      view.setUint32(at, features[i] as number, true);
    }
  }
  for (let i = 0; i < attributes.length; i++, at += ROW_BYTES) {
    const { number, name } = attributes[i] as NamedAttribute;
    const value = values[name];
    let type: number = AttributeType.text;
    let content: string;
    if (typeof value === "string") {
      content = value;
    } else {
      const other = written(values, name);
      if (typeof other !== "object") {
        type = typeof other === "boolean" ? AttributeType.boolean : AttributeType.number;
        const told = other === undefined ? NO_ATTRIBUTE : number;
        view.setUint32(at, told | (type << TYPE_SHIFT), true);
        view.setFloat64(at + 4, Number(other ?? 0), true);
        continue;
      }
      content = other.json;
      type = AttributeType.json;
    }
    if (text + utf8Bound(content) > end) return 0;
    const length = writeText(bytes, text, content);
    view.setUint32(at, number | (type << TYPE_SHIFT), true);
    view.setUint32(at + 4, length, true);
    text += length;
  }
  return text - begin;
}

/** A user's attributes, as far as they are looked at, on their way into an attributes frame. */
export class AttributesWriter {
  readonly #features: Uint32Array | undefined;
  readonly #attributes: readonly NamedAttribute[];
  readonly #values: Written[] = [];
  /** Bytes that the frame can need at most. */
  readonly bound: number;

  /** Without features: all of them, and the payload's own experiments. */
  constructor(
    features: Uint32Array | undefined,
    attributes: readonly NamedAttribute[],
    values: Attributes,
  ) {
    this.#features = features;
    this.#attributes = attributes;
    let bound = (ATTRIBUTES_WORDS + (features?.length ?? 0)) * 4 + attributes.length * ROW_BYTES;
    for (const { name } of attributes) {
      const value = written(values, name);
      if (typeof value === "string") bound += utf8Bound(value);
      else if (typeof value === "object") bound += utf8Bound(value.json);
      this.#values.push(value);
    }
    this.bound = bound;
  }

  /** Writes the frame at `begin`, where there is room for it, and returns its length. */
  write(bytes: Uint8Array, view: DataView, begin: number): number {
    let at = begin + ATTRIBUTES_WORDS * 4;
    const features = this.#features;
    if (features !== undefined) {
      for (const feature of features) {
        view.setUint32(at, feature, true);
        at += 4;
      }
    }
    const values = this.#values;
    let count = 0;
    for (const value of values) if (value !== undefined) count++;
    view.setUint32(begin, ATTRIBUTES_VERSION, true);
    view.setUint32(begin + 4, features === undefined ? ABSENT : features.length, true);
    view.setUint32(begin + 8, count, true);
    let text = at + count * ROW_BYTES;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === undefined) continue;
      const { number } = this.#attributes[i] as NamedAttribute;
      let type: number = AttributeType.number;
      if (typeof value === "number") {
        view.setFloat64(at + 4, value, true);
      } else if (typeof value === "boolean") {
        type = AttributeType.boolean;
        view.setFloat64(at + 4, value ? 1 : 0, true);
      } else {
        type = typeof value === "string" ? AttributeType.text : AttributeType.json;
        const length = writeText(bytes, text, typeof value === "string" ? value : value.json);
        view.setUint32(at + 4, length, true);
        text += length;
      }
      view.setUint32(at, number | (type << TYPE_SHIFT), true);
      at += ROW_BYTES;
    }
    return text - begin;
  }
}

import { ABSENT } from "./abi.generated.ts";
import { utf8Bound, writeText } from "./text.ts";

/** Texts by slot number; undefined where one is absent. */
export type Slots = readonly (string | Uint8Array | undefined)[];

/** Facts of one request. */
export type Facts = Slots;

const HEADER_BYTES = 12;
const SLOT_BYTES = 8;

/** Bytes that a frame of `slotCount` slots with the `wanted` texts can need at most. */
export function slotsBound(slots: Slots, wanted: readonly number[], slotCount: number): number {
  let bound = HEADER_BYTES + slotCount * SLOT_BYTES;
  for (const slot of wanted) {
    const text = slots[slot];
    if (typeof text === "string") bound += utf8Bound(text);
    else if (text !== undefined) bound += text.length;
  }
  return bound;
}

/** Writes the frame at `at` and returns its length. What is not wanted is absent in it. */
export function writeSlots(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  version: number,
  slots: Slots,
  wanted: readonly number[],
  slotCount: number,
): number {
  const table = at + HEADER_BYTES;
  for (let slot = 0; slot < slotCount; slot++) {
    view.setUint32(table + slot * SLOT_BYTES, ABSENT, true);
    view.setUint32(table + slot * SLOT_BYTES + 4, 0, true);
  }
  let end = table + slotCount * SLOT_BYTES;
  for (const slot of wanted) {
    const text = slots[slot];
    if (text === undefined) continue;
    let length: number;
    if (typeof text === "string") {
      length = writeText(bytes, end, text);
    } else {
      length = text.length;
      bytes.set(text, end);
    }
    view.setUint32(table + slot * SLOT_BYTES, end - at, true);
    view.setUint32(table + slot * SLOT_BYTES + 4, length, true);
    end += length;
  }
  view.setUint32(at, version, true);
  view.setUint32(at + 4, end - at, true);
  view.setUint32(at + 8, slotCount, true);
  return end - at;
}

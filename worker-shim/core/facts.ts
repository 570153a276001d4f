import { ABSENT, FACTS_VERSION } from "./abi.generated.ts";
import { utf8Bound, writeText } from "./text.ts";

/** Facts of one request by slot number; undefined where a fact is absent. */
export type Facts = readonly (string | Uint8Array | undefined)[];

const HEADER_BYTES = 12;
const SLOT_BYTES = 8;

/** Bytes that a frame of `slotCount` slots with the `wanted` facts can need at most. */
export function factsBound(facts: Facts, wanted: readonly number[], slotCount: number): number {
  let bound = HEADER_BYTES + slotCount * SLOT_BYTES;
  for (const slot of wanted) {
    const fact = facts[slot];
    if (typeof fact === "string") bound += utf8Bound(fact);
    else if (fact !== undefined) bound += fact.length;
  }
  return bound;
}

/** Writes the frame at `at` and returns its length. Facts that are not wanted are absent in it. */
export function writeFacts(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  facts: Facts,
  wanted: readonly number[],
  slotCount: number,
): number {
  const slots = at + HEADER_BYTES;
  for (let slot = 0; slot < slotCount; slot++) {
    view.setUint32(slots + slot * SLOT_BYTES, ABSENT, true);
    view.setUint32(slots + slot * SLOT_BYTES + 4, 0, true);
  }
  let end = slots + slotCount * SLOT_BYTES;
  for (const slot of wanted) {
    const fact = facts[slot];
    if (fact === undefined) continue;
    let length: number;
    if (typeof fact === "string") {
      length = writeText(bytes, end, fact);
    } else {
      length = fact.length;
      bytes.set(fact, end);
    }
    view.setUint32(slots + slot * SLOT_BYTES, end - at, true);
    view.setUint32(slots + slot * SLOT_BYTES + 4, length, true);
    end += length;
  }
  view.setUint32(at, FACTS_VERSION, true);
  view.setUint32(at + 4, end - at, true);
  view.setUint32(at + 8, slotCount, true);
  return end - at;
}

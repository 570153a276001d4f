// Exposures as data points of Analytics Engine.
import type { Exposure } from "../core/plan.ts";
import type { ExposureContext } from "./exposure-message.ts";

/** What the platform takes of one request. */
export const MAX_POINTS = 25;
/** Of an index; and of a blob, so that all eight fit into a point. */
const MAX_INDEX_BYTES = 96;
const MAX_BLOB_BYTES = 1_024;

const HASH_SPACE = 2 ** 32;

/**
 * Whether an exposure is in the sample: by who is in which experiment, so that it is users who are
 * left out, on all days and in all isolates, and who is in a sample is in every larger one.
 */
export function isSampled(
  { attribute, value, experiment }: Pick<Exposure, "attribute" | "value" | "experiment">,
  sample: number,
): boolean {
  return sample >= 1 || hashOf(`${attribute}\0${value}\0${experiment}`) < sample * HASH_SPACE;
}

/** FNV-1a over UTF-16, with MurmurHash3's last step: its own high bits hardly differ. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The columns are in examples/exposures/README.md. The index is the experiment: the platform's own
 * sampling is fair for each index.
 */
export function pointOf(
  { request, route, revision, time }: ExposureContext,
  { id, feature, experiment, variation, variationIndex, attribute, value, sticky }: Exposure,
  sample: number,
): AnalyticsEngineDataPoint {
  const blobs = [id, experiment, variation, feature, attribute, value, route, request];
  return {
    indexes: [cut(experiment, MAX_INDEX_BYTES)],
    blobs: blobs.map((blob) => cut(blob, MAX_BLOB_BYTES)),
    doubles: [1 / sample, variationIndex, sticky ? 1 : 0, revision, time],
  };
}

/** The text, or as much of its beginning as surely has no more than `most` bytes. */
function cut(text: string, most: number): string {
  // A UTF-16 unit has three bytes of UTF-8 at most.
  if (text.length * 3 <= most) return text;
  const bytes = new Uint8Array(most);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read);
}

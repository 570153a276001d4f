// Exposures as data points of Analytics Engine.
import type { Exposure } from "../core/plan.ts";
import type { ExposureContext } from "./exposure-message.ts";

/** What the platform takes of one request. */
export const MAX_POINTS = 25;
/** Of an index; and of a blob, so that all eight fit into a point. */
const MAX_INDEX_BYTES = 96;
const MAX_BLOB_BYTES = 1_024;

const SAMPLE_CHARACTERS = 5;
const SAMPLE_SPACE = 64 ** SAMPLE_CHARACTERS;
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Whether an exposure is in the sample: by its id, which is a hash, so that whoever meets it again
 * says the same, and users, not page views, are what is left out.
 */
export function isSampled(id: string, sample: number): boolean {
  if (sample >= 1) return true;
  let number = 0;
  for (let at = 0; at < SAMPLE_CHARACTERS; at++) {
    number = number * 64 + BASE64URL.indexOf(id.charAt(at));
  }
  return number < sample * SAMPLE_SPACE;
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

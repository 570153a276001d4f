import type { Exposure } from "../core/plan.ts";

/**
 * What a queue's consumer gets as a message's body: all that one request exposed its user to.
 * Messages come at least once, and a user's later requests come again from other isolates: what
 * counts once is an exposure's `id`.
 */
export interface ExposureMessage {
  readonly version: 1;
  /** The request's id, as in logs and `X-Request-Id`. */
  readonly request: string;
  /** The route's id. */
  readonly route: string;
  /** The policy's. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** At least one; each experiment at most once. */
  readonly exposures: readonly Exposure[];
}

/** What is the same in all messages of a request. */
export type ExposureContext = Omit<ExposureMessage, "version" | "exposures">;

/** A queue takes 128,000 bytes a message; what surrounds the exposures fits in the rest. */
const MAX_EXPOSURE_BYTES = 120_000;
/** Of one exposure's JSON without its texts. */
const FRAME_BYTES = 160;

/** One message, as a rule; several where one would be longer than a queue takes. */
export function messagesOf(
  context: ExposureContext,
  exposures: readonly Exposure[],
): ExposureMessage[] {
  const messages: ExposureMessage[] = [];
  let first = 0;
  let bytes = 0;
  exposures.forEach((exposure, index) => {
    const more = mostBytesOf(exposure);
    if (index > first && bytes + more > MAX_EXPOSURE_BYTES) {
      messages.push({ version: 1, ...context, exposures: exposures.slice(first, index) });
      first = index;
      bytes = 0;
    }
    bytes += more;
  });
  messages.push({ version: 1, ...context, exposures: exposures.slice(first) });
  return messages;
}

/** What its JSON takes at most: an escape is six bytes a UTF-16 unit. */
function mostBytesOf({ id, feature, experiment, variation, attribute, value }: Exposure): number {
  const units =
    id.length +
    feature.length +
    experiment.length +
    variation.length +
    attribute.length +
    value.length;
  return FRAME_BYTES + 6 * units;
}

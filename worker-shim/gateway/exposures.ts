import type { ExposuresDescription } from "../core/description.ts";
import type { Exposure } from "../core/plan.ts";
import { TIMED_OUT, withDeadline } from "../deadline.ts";
import { analyticsBinding, queueBinding, type GatewayEnv } from "../env.ts";
import type { Exchange } from "./exchange.ts";
import { ExposureTable } from "./exposure-table.ts";
import { MAX_POINTS, isSampled, pointOf } from "./exposure-points.ts";
import { messagesOf, type ExposureContext, type ExposureMessage } from "./exposure-message.ts";
import { RecentIds } from "./recent-ids.ts";

/**
 * What became of an isolate's exposures: `attempted` is the sum of what was deduplicated, sampled
 * out, postponed, sent and lost, and of what is on its way.
 */
export interface ExposureCounts {
  /** Exposures of admitted requests. */
  attempted: number;
  /** Sent by this isolate before: the same user, experiment, variation and day. */
  deduplicated: number;
  /** Left out by `sample`. */
  sampledOut: number;
  /** More than Analytics Engine takes of one request: sent with the user's next one. */
  postponed: number;
  sent: number;
  /** Lost: the binding isn't there, or failed twice. */
  failed: number;
  /** Redirects that went out before their exposures were known to be sent. */
  lateRedirects: number;
}

/** How one attempt to send may go on, and how long to wait before the second. */
interface Patience {
  readonly attemptMs: number;
  readonly pauseMs: number;
}

export const NO_EXPOSURES: readonly Exposure[] = [];

const BEHIND_RESPONSE: Patience = { attemptMs: 5_000, pauseMs: 500 };
const BEFORE_REDIRECT: Patience = { attemptMs: 5_000, pauseMs: 0 };
/** What a redirect waits for its exposures at most. */
const REDIRECT_WAIT_MS = 1_000;
/** At about 100 bytes each, 2 to 4 MB. */
const REMEMBERED_IDS = 20_000;

/** Sends what one isolate's requests have exposed their users to. */
export class ExposureSender {
  readonly counts: ExposureCounts = {
    attempted: 0,
    deduplicated: 0,
    sampledOut: 0,
    postponed: 0,
    sent: 0,
    failed: 0,
    lateRedirects: 0,
  };
  readonly table = new ExposureTable();
  readonly #done = new RecentIds(REMEMBERED_IDS);

  /**
   * Undefined where there is nothing to wait for; else a promise that never rejects, of the end of
   * all attempts.
   */
  send(
    env: GatewayEnv,
    to: ExposuresDescription,
    context: ExposureContext,
    exposures: readonly Exposure[],
    patience: Patience = BEHIND_RESPONSE,
  ): Promise<void> | undefined {
    const { counts } = this;
    counts.attempted += exposures.length;
    for (const exposure of exposures) this.table.note(context.revision, context.time, exposure);
    // An id has the day in it, so a user who comes back tomorrow is sent again.
    const fresh = exposures.filter(({ id }) => !this.#done.has(id));
    counts.deduplicated += exposures.length - fresh.length;
    if (fresh.length === 0) return undefined;
    if (to.analytics !== null) {
      this.#write(env, to.analytics, to.sample, context, fresh);
      return undefined;
    }
    const queue = to.queue === null ? undefined : queueBinding(env, to.queue);
    if (queue === undefined) {
      counts.failed += fresh.length;
      return undefined;
    }
    return this.#enqueue(queue, messagesOf(context, fresh), patience);
  }

  async #enqueue(
    queue: Queue,
    messages: readonly ExposureMessage[],
    patience: Patience,
  ): Promise<void> {
    await Promise.all(
      messages.map(async (message) => {
        const { exposures } = message;
        if (await isTaken(queue, message, patience)) this.#noteSent(exposures);
        else this.counts.failed += exposures.length;
      }),
    );
  }

  /** Nothing tells whether a point arrives; the platform may drop some under load. */
  #write(
    env: GatewayEnv,
    name: string,
    sample: number,
    context: ExposureContext,
    exposures: readonly Exposure[],
  ): void {
    const { counts } = this;
    const sampled: Exposure[] = [];
    for (const exposure of exposures) {
      if (isSampled(exposure, sample)) sampled.push(exposure);
      else this.#done.add(exposure.id);
    }
    counts.sampledOut += exposures.length - sampled.length;
    const fitting = sampled.slice(0, MAX_POINTS);
    counts.postponed += sampled.length - fitting.length;
    const written: Exposure[] = [];
    try {
      const dataset = analyticsBinding(env, name);
      if (dataset !== undefined) {
        for (const exposure of fitting) {
          dataset.writeDataPoint(pointOf(context, exposure, sample));
          written.push(exposure);
        }
      }
    } catch (error) {
      console.error(`request ${context.request}: exposures are lost:`, error);
    }
    counts.failed += fitting.length - written.length;
    this.#noteSent(written);
  }

  #noteSent(exposures: readonly Exposure[]): void {
    this.counts.sent += exposures.length;
    for (const { id } of exposures) this.#done.add(id);
  }
}

/** All requests of this isolate send here. */
export const isolateExposures = new ExposureSender();

async function isTaken(
  queue: Queue,
  message: ExposureMessage,
  { attemptMs, pauseMs }: Patience,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      const sent = await withDeadline(queue.send(message, { contentType: "json" }), attemptMs);
      if (sent !== TIMED_OUT) return true;
      throw new Error(`the queue gave no answer within ${String(attemptMs)} ms`);
    } catch (error) {
      if (attempt === 2) {
        console.error(`request ${message.request}: exposures are lost:`, error);
        return false;
      }
    }
    if (pauseMs > 0) await scheduler.wait(pauseMs * (0.5 + Math.random()));
  }
}

/** Sends the exposures of a request behind its response. */
export function exposeLater(exchange: Exchange): void {
  const sending = sendOf(exchange, BEHIND_RESPONSE);
  if (sending !== undefined) exchange.ctx.waitUntil(sending);
}

/**
 * Sends them before the response, which is a redirect: whoever follows it may be lost for us, and
 * with those who do a variation would lose its users. Undefined where nothing is to be waited for.
 */
export function exposeFirst(exchange: Exchange): Promise<void> | undefined {
  const sending = sendOf(exchange, BEFORE_REDIRECT);
  if (sending === undefined) return undefined;
  exchange.ctx.waitUntil(sending);
  return exchange.timer.race(sending, REDIRECT_WAIT_MS).then((sent) => {
    if (sent === TIMED_OUT) isolateExposures.counts.lateRedirects += 1;
  });
}

function sendOf(exchange: Exchange, patience: Patience): Promise<void> | undefined {
  if (exchange.exposures.length === 0) return undefined;
  const { env, exposures, id, live, route } = exchange;
  const to = live.prepared.exposures;
  if (to === null) return undefined;
  // Once only, whoever asks first.
  exchange.exposures = NO_EXPOSURES;
  const context = {
    request: id,
    route: route?.route.id ?? "",
    revision: live.source.revision,
    time: Date.now(),
  };
  return isolateExposures.send(env, to, context, exposures, patience);
}

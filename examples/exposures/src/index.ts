/** Takes the exposures off the queue, counts each once, and shows what they come to. */
import type { ExposureMessage } from "sluice";
import type { ExposureLog } from "./log.ts";
import { page } from "./page.ts";
import { verdictOf } from "./verdict.ts";

export { ExposureLog } from "./log.ts";

interface Env {
  readonly LOG: DurableObjectNamespace<ExposureLog>;
  /** Weights of the variations, by the experiment's key. */
  readonly WEIGHTS: Readonly<Record<string, readonly number[]>>;
}

const LATEST = 15;
const UPGRADE_SECONDS = 3_600;

export default {
  /** If this throws, the whole batch comes again, ten times at most; who was counted already isn't counted twice. */
  async queue(batch: MessageBatch<ExposureMessage>, env: Env): Promise<void> {
    const known: ExposureMessage[] = [];
    for (const message of batch.messages) {
      // A gateway newer than this Worker: it comes again every hour, ten times, in which this Worker
      // can be brought up to date, and then goes to the dead letter queue.
      if ((message.body.version as number) === 1) known.push(message.body);
      else message.retry({ delaySeconds: UPGRADE_SECONDS });
    }
    const { fresh, duplicates } = await env.LOG.getByName("all").record(known);
    console.log(`${known.length} messages: ${fresh} exposures, ${duplicates} known already`);
  },

  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/" && pathname !== "/experiments.json") {
      return new Response("Not found\n", { status: 404 });
    }
    const log = env.LOG.getByName("all");
    const tallies = await log.experiments();
    const verdicts = tallies.map((tally) => verdictOf(tally, env.WEIGHTS[tally.experiment]));
    const headers = { "cache-control": "no-store" };
    if (pathname !== "/") return Response.json(verdicts, { headers });
    return new Response(page(verdicts, await log.latest(LATEST)), {
      headers: { ...headers, "content-type": "text/html; charset=utf-8" },
    });
  },
} satisfies ExportedHandler<Env, ExposureMessage>;

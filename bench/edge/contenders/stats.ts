// How many calls the limiter objects of this isolate got. Read on a socket of its own, so that
// counting costs the contender one increment and no look at the request.
import { WorkerEntrypoint } from "cloudflare:workers";

let calls = 0;

export function countCall(): void {
  calls += 1;
}

export class Stats extends WorkerEntrypoint {
  override fetch(): Response {
    return Response.json({ limiterCalls: calls });
  }
}

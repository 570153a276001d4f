import type { UpstreamDescription } from "../core/description.ts";
import { TIMED_OUT } from "../deadline.ts";
import { serviceBinding } from "../env.ts";
import type { Exchange } from "./exchange.ts";
import type { Lease } from "./held-bodies.ts";
import { Refusal } from "./problem.ts";
import { BodyReader, type BodyRead } from "./read-body.ts";

const SLACK_MS = 5_000;

/**
 * How long a request may last that waits for an upstream's headers and then for its body, `ms` each:
 * with some time for what else it does.
 */
export function lastsMs(ms: number): number {
  return 2 * ms + SLACK_MS;
}

/** Whether the upstream's answer is the request's, or only goes into it. */
export type UpstreamRole = "answers" | "input";

/**
 * One call to an upstream. It ends with its time: what is late is aborted, not only no longer
 * waited for.
 */
export class UpstreamCall {
  readonly upstream: UpstreamDescription;
  readonly #exchange: Exchange;
  readonly #role: UpstreamRole;
  readonly #abort = new AbortController();

  /** `number`: of the upstream, as plans and inputs name it. */
  constructor(exchange: Exchange, number: number, role: UpstreamRole = "answers") {
    const upstream = exchange.live.prepared.upstreams[number];
    if (upstream === undefined) throw new RangeError(`a plan names upstream ${String(number)}`);
    this.upstream = upstream;
    this.#exchange = exchange;
    this.#role = role;
  }

  /** Bodies stream; the upstream's time runs until the response's headers. Throws Refusal. */
  async send(request: Request): Promise<Response> {
    const { name, timeoutMs } = this.upstream;
    const sent = this.#fetch(request);
    if (this.#role === "answers") this.#exchange.reached = true;
    let response: Response | typeof TIMED_OUT;
    try {
      response = await this.#exchange.timer.race(sent, timeoutMs);
    } catch (cause) {
      throw new Refusal(
        "upstream-unreachable",
        { detail: `the upstream "${name}" failed before it answered` },
        cause,
      );
    }
    if (response === TIMED_OUT) {
      this.abort();
      throw new Refusal("upstream-timeout", {
        detail: `the upstream "${name}" sent no headers within ${String(timeoutMs)} ms`,
      });
    }
    if (!canPassOn(response)) {
      this.abort();
      throw new Refusal("upstream-unreachable", {
        detail: `the upstream "${name}" answered with status ${String(response.status)}, which can't be passed on`,
      });
    }
    return response;
  }

  /** Reads the response's body, for which the upstream has its time once more. Throws Refusal. */
  async read(
    body: ReadableStream,
    maxBytes: number,
    declared: number | undefined,
    lease: Lease,
  ): Promise<BodyRead> {
    const { name, timeoutMs } = this.upstream;
    const reader = new BodyReader(body, maxBytes, declared, lease);
    let read: BodyRead | typeof TIMED_OUT;
    try {
      read = await this.#exchange.timer.race(reader.read(), timeoutMs);
    } catch (cause) {
      throw new Refusal(
        "upstream-unreachable",
        { detail: `the body of the upstream "${name}" broke off` },
        cause,
      );
    }
    if (read !== TIMED_OUT) return read;
    reader.cancel();
    throw new Refusal("upstream-timeout", {
      detail: `the upstream "${name}" sent no whole body within ${String(timeoutMs)} ms of its headers`,
    });
  }

  /** Ends the call, if it hasn't ended. */
  abort(): void {
    this.#abort.abort();
  }

  #fetch(request: Request): Promise<Response> {
    const { upstream } = this;
    const { signal } = this.#abort;
    if (upstream.type === "origin") return fetch(request, { signal });
    const binding = serviceBinding(this.#exchange.env, upstream.binding);
    if (binding === undefined) {
      throw new Refusal("missing-binding", {
        detail: `the upstream "${upstream.name}" is the service binding ${upstream.binding}, which this Worker doesn't have`,
      });
    }
    return binding.fetch(request, { signal });
  }
}

/** An origin may answer with any three digits; a Response can't be made with all of them. */
function canPassOn({ status, webSocket }: Response): boolean {
  return status === 101 ? webSocket !== null : status >= 200 && status <= 599;
}

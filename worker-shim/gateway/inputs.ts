import type { InputDescription } from "../core/description.ts";
import { isSluiceError, type SluiceError } from "../core/errors.ts";
import type { Plan } from "../core/plan.ts";
import type { Exchange } from "./exchange.ts";
import type { Lease } from "./held-bodies.ts";
import { bodyKind, declaredLength, DECODED } from "./media.ts";
import { withholdOverride } from "./own-cookies.ts";
import type { PreparedRoute } from "./prepared.ts";
import { Refusal } from "./problem.ts";
import { recycle } from "./read-body.ts";
import { copyBareTrace, copyTrace } from "./trace.ts";
import { lastsMs, UpstreamCall } from "./upstream-call.ts";

/** What an input call came to: its document, or why there is none; the cause is for the log only. */
type Outcome =
  | { readonly bytes: Uint8Array; readonly headers: Headers }
  | { readonly bytes: undefined; readonly reason: string; readonly cause?: unknown };

interface InputCall {
  readonly input: InputDescription;
  readonly call: UpstreamCall;
  readonly outcome: Promise<Outcome>;
}

/**
 * The calls for the documents that a transform composes, under way beside the one to the route's
 * upstream. None of them fails the request by itself: an input that doesn't come is missing, and
 * the compose step says what then.
 */
export class InputCalls {
  /** On all bodies of the request, that of the main response included. */
  readonly lease: Lease;
  readonly #exchange: Exchange;
  /** By the transform's numbers. */
  readonly #calls: readonly InputCall[];
  #outcomes: Outcome[] = [];

  /** Starts those calls of the route whose documents the plan's transform composes. */
  constructor(exchange: Exchange, { route }: PreparedRoute, plan: Plan, names: readonly string[]) {
    this.#exchange = exchange;
    const { upstreams } = exchange.live.prepared;
    const longest = Math.max(
      ...route.inputs.map(({ upstream }) => upstreams[upstream]?.timeoutMs ?? 0),
      upstreams[plan.upstream]?.timeoutMs ?? 0,
    );
    this.lease = exchange.held.open(lastsMs(longest));
    this.#calls = names.map((name) => {
      const index = route.inputs.findIndex((input) => input.name === name);
      const input = route.inputs[index];
      const path = plan.inputPaths[index];
      if (input === undefined || path === undefined) {
        throw new RangeError(`the route has no input "${name}"`);
      }
      const call = new UpstreamCall(exchange, input.upstream, "input");
      return { input, call, outcome: this.#run(call, input, path) };
    });
  }

  /**
   * What `run` makes of the inputs: the transform of a body and them. Throws what the core throws,
   * and Refusal where an input is missing that mustn't be.
   */
  async compose<T>(run: (texts: readonly (Uint8Array | undefined)[]) => T): Promise<T> {
    const outcomes = await Promise.all(this.#calls.map(({ outcome }) => outcome));
    this.#outcomes = outcomes;
    outcomes.forEach((outcome, index) => {
      if (outcome.bytes === undefined) this.#warn(index, outcome.reason, outcome.cause);
    });
    // Whether an input is JSON, and within the core's budgets, only the core can tell: one that
    // isn't is missing like any other. Each round has one less.
    for (;;) {
      const texts = outcomes.map(({ bytes }) => bytes);
      try {
        const composed = run(texts);
        for (const text of texts) if (text !== undefined) recycle(text);
        return composed;
      } catch (error) {
        const number = this.#inputAtFault(error);
        if (number === undefined) throw error;
        const outcome = outcomes[number];
        if (outcome?.bytes === undefined) throw this.#missing(number, error);
        const what = isSluiceError(error, "invalid_json") ? "is no JSON" : "can't be read";
        const reason = `its body ${what}: ${(error as Error).message}`;
        this.#warn(number, reason);
        outcomes[number] = { bytes: undefined, reason };
      }
    }
  }

  /**
   * Headers of the inputs that are part of the answer; undefined where one is missing, and for all
   * of an answer that was not composed.
   */
  headers(): readonly (Headers | undefined)[] {
    if (this.#outcomes.length === 0) return [undefined];
    return this.#outcomes.map((outcome) =>
      outcome.bytes === undefined ? undefined : outcome.headers,
    );
  }

  /** Ends what is still under way, and gives the bodies back. To be called in any case. */
  finish(): void {
    for (const { call } of this.#calls) call.abort();
    this.lease.release();
  }

  async #run(call: UpstreamCall, input: InputDescription, path: string): Promise<Outcome> {
    try {
      return await this.#fetch(call, input, path);
    } catch (error) {
      const reason = error instanceof Refusal ? error.message : "the call failed";
      const cause = error instanceof Refusal ? error.cause : error;
      return { bytes: undefined, reason, cause };
    }
  }

  async #fetch(call: UpstreamCall, input: InputDescription, path: string): Promise<Outcome> {
    const response = await call.send(this.#request(call, input, path));
    const { status, headers, body } = response;
    const reason = whyNoInput(status, headers);
    const declared = declaredLength(headers);
    const isTooLarge = declared !== undefined && declared > input.maxBodyBytes;
    if (reason !== undefined || body === null || isTooLarge) {
      call.abort();
      return {
        bytes: undefined,
        reason: reason ?? (body === null ? "its body is empty" : tooLarge(input)),
      };
    }
    const read = await call.read(body, input.maxBodyBytes, declared, this.lease);
    if (read.whole && read.bytes.length > 0) return { bytes: read.bytes, headers };
    call.abort();
    if (read.whole) return { bytes: undefined, reason: "its body is empty" };
    if (read.why === "too-large") return { bytes: undefined, reason: tooLarge(input) };
    return { bytes: undefined, reason: "more bodies would be held at the same time than may be" };
  }

  /**
   * A request of the gateway's own: of the client's headers only the trace and those that the input
   * names.
   */
  #request({ upstream }: UpstreamCall, input: InputDescription, path: string): Request {
    const { request, target, id, keeping, live } = this.#exchange;
    const base = upstream.type === "origin" ? upstream.url : target.origin;
    const headers = new Headers({ accept: "application/json", "x-request-id": id });
    if (keeping === undefined) copyTrace(request.headers, headers);
    else copyBareTrace(request.headers, headers);
    for (const name of input.forwardHeaders) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    withholdOverride(headers, live.prepared.description.overrideCookie);
    for (const [name, value] of input.setHeaders) headers.set(name, value);
    return new Request(base + path, { headers, redirect: "manual" });
  }

  #warn(number: number, reason: string, cause?: unknown): void {
    const name = this.#calls[number]?.input.name ?? "";
    console.warn(
      `request ${this.#exchange.id}: the input "${name}" is missing: ${reason}`,
      cause ?? "",
    );
  }

  /** The number of the input that the core names: a compose step's, in the error's location. */
  #inputAtFault(error: unknown): number | undefined {
    const isUnreadable = isUnreadableText(error);
    if (!isUnreadable && !isSluiceError(error, "transform_failed")) return undefined;
    const name = /^\/\d+\/compose\/([^/]+)$/.exec(error.location ?? "")?.[1];
    const number = this.#calls.findIndex(({ input }) => input.name === name);
    if (number === -1) return undefined;
    const isThere = this.#outcomes[number]?.bytes !== undefined;
    return isThere === isUnreadable ? number : undefined;
  }

  #missing(number: number, cause: unknown): Refusal {
    const input = this.#calls[number]?.input.name ?? "";
    // Why is for the log only: it may tell of what is behind the gateway.
    return new Refusal(
      "upstream-input-missing",
      { detail: `the input "${input}" is missing`, members: { input } },
      cause,
    );
  }
}

/** A text that the core doesn't read: it is no JSON, or over the budgets for one. */
function isUnreadableText(error: unknown): error is SluiceError {
  if (isSluiceError(error, "invalid_json")) return true;
  const isOver = isSluiceError(error, "budget_exceeded");
  return isOver && (error.budget === "depth" || error.budget === "input_bytes");
}

function tooLarge({ maxBodyBytes }: InputDescription): string {
  return `its body is over ${String(maxBodyBytes)} bytes`;
}

function whyNoInput(status: number, headers: Headers): string | undefined {
  if (status < 200 || status > 299 || status === 206) return `it has status ${String(status)}`;
  const kind = bodyKind(headers, DECODED);
  if (kind === "json") return undefined;
  if (kind !== "other") return `its body can't be read: ${kind.reason}`;
  return `its body is no JSON, but ${headers.get("content-type") ?? "of no type"}`;
}

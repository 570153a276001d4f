// The trace that the calls of a request belong to (W3C Trace Context).

const TRACE_HEADERS = ["traceparent", "tracestate"];
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Gives a call the trace of the client's request. */
export function copyTrace(from: Headers, to: Headers): void {
  for (const name of TRACE_HEADERS) {
    const value = from.get(name);
    if (value !== null) to.set(name, value);
  }
}

/**
 * The same for a call whose answer is for all: only what can't tell an upstream anything else,
 * which an answer might repeat.
 */
export function copyBareTrace(from: Headers, to: Headers): void {
  const parent = from.get("traceparent");
  if (parent !== null && TRACEPARENT.test(parent)) to.set("traceparent", parent);
}

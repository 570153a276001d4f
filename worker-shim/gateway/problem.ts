// Errors as application/problem+json (RFC 9457). docs/problems.md explains each type to those who
// meet it.

const OWN = "urn:sluice:problem:";
const IANA = "https://iana.org/assignments/http-problem-types#";

/** What can go wrong, with the status it has. Types are stable; titles are for people. */
const KINDS = {
  "malformed-target": [400, "The request's URL is malformed"],
  "bad-request": [400, "The request is malformed"],
  "invalid-body": [400, "The request's body is not what it says"],
  unauthorized: [401, "A valid credential is needed"],
  forbidden: [403, "The request is refused"],
  "not-found": [404, "No route matches"],
  "method-not-allowed": [405, "The method is not allowed here"],
  "request-timeout": [408, "The request's body did not come in time"],
  conflict: [409, "The state has changed meanwhile"],
  "precondition-failed": [412, "The precondition does not hold"],
  "content-too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "The request's body is in a form that is not read"],
  "invalid-policy": [422, "The policy has faults"],
  "unprocessable-body": [422, "The request's body can't be processed"],
  "invalid-request": [422, "The request is not what its schema says"],
  "quota-exceeded": [429, "The request's quota is used up"],
  "abnormal-usage-detected": [429, "The requests were abnormally many"],
  "internal-error": [500, "The gateway failed"],
  "upstream-unreachable": [502, "The upstream could not be reached"],
  "upstream-invalid-body": [502, "The upstream's answer could not be processed"],
  "invalid-response": [502, "The upstream's answer is not what its schema says"],
  "upstream-input-missing": [502, "A part of the answer could not be had"],
  "no-policy": [503, "The gateway has no policy"],
  "missing-binding": [503, "The gateway lacks a binding"],
  "core-restarted": [503, "The gateway's core was restarted"],
  "temporary-overload": [503, "The gateway has too much to do"],
  "temporary-reduced-capacity": [503, "The limit could not be checked"],
  "upstream-timeout": [504, "The upstream did not answer in time"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemKind = keyof typeof KINDS;

const IANA_KINDS: ReadonlySet<string> = new Set([
  "quota-exceeded",
  "temporary-reduced-capacity",
  "abnormal-usage-detected",
]);

export interface ProblemOptions {
  /** What was wrong with this very request and what would be right. */
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the object. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** What the problem is about. */
export interface ProblemSubject {
  readonly method: string;
  readonly path: string;
  readonly id: string;
}

/** Thrown by a stage to end the request with a problem. The cause is for the log only. */
export class Refusal extends Error {
  readonly kind: ProblemKind;
  readonly options: ProblemOptions;

  constructor(kind: ProblemKind, options: ProblemOptions = {}, cause?: unknown) {
    super(options.detail ?? kind, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.options = options;
  }

  /** Whether it is an upstream that failed, of which the operator should know. */
  get isUpstreams(): boolean {
    return this.kind.startsWith("upstream-") || this.kind === "invalid-response";
  }
}

export function problem(
  subject: ProblemSubject,
  kind: ProblemKind,
  { detail, headers, members }: ProblemOptions = {},
): Response {
  const [status, title] = KINDS[kind];
  const body = {
    type: (IANA_KINDS.has(kind) ? IANA : OWN) + kind,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    instance: subject.path,
    requestId: subject.id,
    ...members,
  };
  return new Response(subject.method === "HEAD" ? null : JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": subject.id,
      ...headers,
    },
  });
}

import type { GatewayEnv } from "../env.ts";
import { stats } from "../isolate.ts";
import { findingsOf } from "../gateway/findings.ts";
import { problem, type ProblemSubject } from "../gateway/problem.ts";
import { BodyReader } from "../gateway/read-body.ts";
import type { ConfigObject, Published, PublishRefusal, PublishResult } from "./config-object.ts";
import { ENVIRONMENT } from "./kv-source.ts";
import { isolateDocuments } from "./documents.ts";
import { showExperiments } from "./experiment-report.ts";
import { operateLimit } from "./limit-operations.ts";
import type { PolicyStore } from "./policy-store.ts";

const MAX_POLICY_BYTES = 4 << 20;
const MAX_ROLLBACK_BYTES = 1024;
const MAX_OPERATION_BYTES = 16 * 1024;

/** One admin request and where its answer comes from. */
interface AdminRequest {
  readonly request: Request;
  readonly env: GatewayEnv;
  readonly store: PolicyStore;
  readonly subject: ProblemSubject;
}

/** The methods that each path takes. */
const ALLOW: Readonly<Record<string, string>> = {
  "/_sluice/config": "GET, POST",
  "/_sluice/config/rollback": "POST",
  "/_sluice/experiments": "GET",
  "/_sluice/limits": "POST",
};

/** Answers for the paths of ALLOW. 404 unless a token is set: then there is no such thing. */
export async function admin(call: AdminRequest): Promise<Response> {
  const { request, env, store, subject } = call;
  const allow = ALLOW[subject.path];
  if (!env.SLUICE_ADMIN_TOKEN || allow === undefined) return problem(subject, "not-found");
  if (!(await authorized(request, env.SLUICE_ADMIN_TOKEN))) {
    return problem(subject, "unauthorized", {
      detail: "send the Worker's SLUICE_ADMIN_TOKEN as a bearer token",
      headers: { "www-authenticate": 'Bearer realm="sluice"' },
    });
  }
  if (!allow.split(", ").includes(request.method)) {
    return problem(subject, "method-not-allowed", { headers: { allow } });
  }
  if (subject.path === "/_sluice/limits") return operate(call);
  if (subject.path === "/_sluice/experiments") {
    const live = store.live ?? (await store.load(env));
    return live === undefined ? problem(subject, "no-policy") : showExperiments(live, subject);
  }
  const object = env.SLUICE_CONFIG?.getByName(ENVIRONMENT);
  if (object === undefined) {
    return problem(subject, "missing-binding", {
      detail:
        "publishing needs the binding SLUICE_CONFIG, a Durable Object namespace of the class ConfigObject",
    });
  }
  if (subject.path === "/_sluice/config/rollback") return rollBack(call, object);
  return request.method === "GET" ? show(call, object) : publish(call, object);
}

/** Compares digests: equal length, and a difference in time tells nothing about the token. */
async function authorized(request: Request, token: string): Promise<boolean> {
  const given = /^bearer +(\S+)\s*$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const encoder = new TextEncoder();
  const [left, right] = await Promise.all([
    crypto.subtle.digest("SHA-256", encoder.encode(given)),
    crypto.subtle.digest("SHA-256", encoder.encode(token)),
  ]);
  return crypto.subtle.timingSafeEqual(left, right);
}

async function operate({ request, env, store, subject }: AdminRequest): Promise<Response> {
  const body = await readAtMost(request, MAX_OPERATION_BYTES);
  if (body === undefined) return tooLarge(subject, MAX_OPERATION_BYTES);
  const live = store.live ?? (await store.load(env));
  if (live === undefined) return problem(subject, "no-policy");
  return operateLimit(env, live.prepared.limits, subject, body);
}

type ConfigStub = DurableObjectStub<ConfigObject>;

async function publish(call: AdminRequest, object: ConfigStub): Promise<Response> {
  const { request, subject } = call;
  const expected = expectedRevision(request);
  if (expected === "malformed") return malformedIfMatch(subject);
  const policy = await readAtMost(request, MAX_POLICY_BYTES);
  if (policy === undefined) return tooLarge(subject, MAX_POLICY_BYTES);
  return answer(call, await object.publish(policy, expected));
}

async function rollBack(call: AdminRequest, object: ConfigStub): Promise<Response> {
  const { request, subject } = call;
  const expected = expectedRevision(request);
  if (expected === "malformed") return malformedIfMatch(subject);
  const body = await readAtMost(request, MAX_ROLLBACK_BYTES);
  if (body === undefined) return tooLarge(subject, MAX_ROLLBACK_BYTES);
  const revision = rollbackRevision(body);
  if (revision === undefined) {
    return problem(subject, "bad-request", {
      detail: 'the body must be {"revision": N}, N one of the history',
    });
  }
  return answer(call, await object.rollback(revision, expected));
}

function rollbackRevision(body: Uint8Array): number | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value !== "object" || value === null || !("revision" in value)) return undefined;
    const { revision } = value;
    return typeof revision === "number" && Number.isSafeInteger(revision) && revision > 0
      ? revision
      : undefined;
  } catch {
    return undefined;
  }
}

async function answer(
  { subject, store, env }: AdminRequest,
  result: PublishResult,
): Promise<Response> {
  if (!result.ok) return refused(subject, result);
  await store.switchToPublished(env);
  return published(subject, result);
}

function published(
  subject: ProblemSubject,
  { revision, distribution, warnings }: Published,
): Response {
  const pending = distribution === "pending";
  return Response.json(
    {
      ...summary(revision),
      distribution,
      warnings,
      ...(pending
        ? { detail: "recorded, but KV did not take it yet; it is being tried again" }
        : {}),
    },
    { status: pending ? 202 : 201, headers: adminHeaders(subject, revision.revision) },
  );
}

async function show({ env, subject, store }: AdminRequest, object: ConfigStub): Promise<Response> {
  const { current, distribution, history } = await object.state();
  return Response.json(
    {
      current: current === null ? null : { ...summary(current), distribution },
      history: history.map(summary),
      isolate: {
        revision: store.live?.source.revision ?? null,
        sha256: store.live?.source.sha256 ?? null,
        source: store.live?.source.from ?? null,
        lastError: store.lastError ?? null,
        badRevisions: store.badRevisions,
        warnings: store.live?.prepared.description.warnings ?? [],
        findings: findingsOf(env, store),
        documents: isolateDocuments.state,
        ...stats,
      },
    },
    { headers: adminHeaders(subject, current?.revision ?? 0) },
  );
}

function summary({ revision, sha256, created, bytes, rollbackOf }: Published["revision"]): object {
  return { revision, sha256, created, bytes, ...(rollbackOf === null ? {} : { rollbackOf }) };
}

function adminHeaders(subject: ProblemSubject, revision: number): HeadersInit {
  return { "cache-control": "no-store", etag: `"${String(revision)}"`, "x-request-id": subject.id };
}

function refused(subject: ProblemSubject, refusal: PublishRefusal): Response {
  switch (refusal.reason) {
    case "invalid-policy": {
      const { code, message, byteOffset, issues, issueCount } = refusal;
      const where = byteOffset === null ? {} : { byteOffset };
      return problem(subject, "invalid-policy", {
        detail: message,
        members: { code, ...where, issues, issueCount },
      });
    }
    case "revision-mismatch":
      return problem(subject, "precondition-failed", {
        detail: `the current revision is ${String(refusal.current)}`,
        headers: { etag: `"${String(refusal.current)}"` },
      });
    case "no-such-revision":
      return problem(subject, "conflict", { detail: refusal.message });
  }
}

/**
 * If-Match as a revision: `"42"`; `"0"` where there must be none yet. `*` and no header take any.
 */
function expectedRevision(request: Request): number | undefined | "malformed" {
  const header = request.headers.get("if-match");
  if (header === null || header.trim() === "*") return undefined;
  const digits = /^\s*"(\d{1,15})"\s*$/.exec(header)?.[1];
  return digits === undefined ? "malformed" : Number(digits);
}

function malformedIfMatch(subject: ProblemSubject): Response {
  return problem(subject, "bad-request", {
    detail: 'If-Match must be one revision in quotes, like "42"',
  });
}

function tooLarge(subject: ProblemSubject, most: number): Response {
  return problem(subject, "content-too-large", {
    detail: `at most ${String(most)} bytes are taken`,
  });
}

async function readAtMost(request: Request, most: number): Promise<Uint8Array | undefined> {
  if (request.body === null) return new Uint8Array(0);
  const read = await new BodyReader(request.body, most, undefined, undefined).read();
  if (read.whole) return read.bytes;
  await request.body.cancel();
  return undefined;
}

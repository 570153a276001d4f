import { DurableObject } from "cloudflare:workers";
import { SluiceError, type Issue } from "../core/errors.ts";
import type { GatewayEnv } from "../env.ts";
import { withCore } from "../isolate.ts";
import { encodeBundle, sha256Hex } from "./bundle.ts";
import { ENVIRONMENT, bundleKey } from "./kv-source.ts";
import { Revisions, type Revision } from "./revisions.ts";
import { secretsOf } from "./secrets.ts";

/** Where a recorded revision has got to. */
export type Distribution =
  /** In KV: isolates switch as they see it. */
  | "kv"
  /** KV did not take it yet; an alarm goes on trying. */
  | "pending"
  /** There is no KV: isolates read this object. */
  | "object";

export interface Published {
  readonly ok: true;
  readonly revision: Revision;
  readonly distribution: Distribution;
  /** What the policy compiles in spite of, and its author should know. */
  readonly warnings: readonly Issue[];
}

export type PublishRefusal =
  | {
      readonly ok: false;
      readonly reason: "invalid-policy";
      readonly code: string;
      readonly message: string;
      readonly byteOffset: number | null;
      readonly issues: readonly Issue[];
      readonly issueCount: number;
    }
  | { readonly ok: false; readonly reason: "revision-mismatch"; readonly current: number }
  | { readonly ok: false; readonly reason: "no-such-revision"; readonly message: string };

export type PublishResult = Published | PublishRefusal;

export interface ConfigState {
  readonly current: Revision | null;
  readonly distribution: Distribution;
  readonly history: readonly Revision[];
}

const IN_KV = "revision-in-kv";
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;
const HISTORY = 50;

/**
 * The revisions of one environment's policy, strongly consistent. A policy is compiled by the same
 * core that isolates use before it is taken, so what they would refuse is never published.
 *
 * A publish is one row here, then one put in KV. Should the put fail, the revision stands all the
 * same: an alarm that was set with the row tries until KV has the youngest revision, also across a
 * crash of this object. In between isolates serve what they have.
 */
export class ConfigObject extends DurableObject<GatewayEnv> {
  readonly #revisions: Revisions;
  #putting: Promise<boolean> | undefined;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#revisions = new Revisions(ctx.storage.sql);
  }

  /** `expected`: the revision that must be the current one (0: none yet), or undefined for any. */
  async publish(policy: Uint8Array, expected?: number): Promise<PublishResult> {
    return this.#accept(policy, expected, null);
  }

  /** Brings the content of `revision` back, as a new revision. */
  async rollback(revision: number, expected?: number): Promise<PublishResult> {
    const found = this.#revisions.find(revision);
    const content = found && this.#revisions.content(found.sha256);
    if (content === undefined) {
      return {
        ok: false,
        reason: "no-such-revision",
        message:
          found === undefined
            ? `there is no revision ${String(revision)}`
            : `the content of revision ${String(revision)} is no longer kept; publish it anew`,
      };
    }
    return this.#accept(content, expected, revision);
  }

  /** The current revision as a bundle, checked by its reader like any other. */
  async currentBundle(): Promise<Uint8Array | null> {
    const current = this.#revisions.current();
    return current === undefined ? null : this.#bundle(current);
  }

  state(): ConfigState {
    return {
      current: this.#revisions.current() ?? null,
      distribution: this.#distribution(),
      history: this.#revisions.history(HISTORY),
    };
  }

  override async alarm(): Promise<void> {
    if (await this.#distribute()) return;
    const delay = Math.min(FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 5), LAST_RETRY_MS);
    await this.ctx.storage.setAlarm(Date.now() + delay);
  }

  async #accept(
    policy: Uint8Array,
    expected: number | undefined,
    rollbackOf: number | null,
  ): Promise<PublishResult> {
    const validated = validate(policy, this.env);
    if (!validated.ok) return validated;
    const { warnings } = validated;
    const sha256 = await sha256Hex(policy);

    // From here to the end of the transaction nothing is awaited, so no other publish comes
    // between.
    const current = this.#revisions.current()?.revision ?? 0;
    if (expected !== undefined && expected !== current) {
      return { ok: false, reason: "revision-mismatch", current };
    }
    const revision: Revision = {
      revision: current + 1,
      sha256,
      created: new Date().toISOString(),
      bytes: policy.length,
      rollbackOf,
    };
    this.ctx.storage.transactionSync(() => {
      this.#revisions.add(revision, policy);
    });
    if (this.env.SLUICE_KV !== undefined) {
      await this.ctx.storage.setAlarm(Date.now() + FIRST_RETRY_MS);
      await this.#distribute();
    }
    return { ok: true, revision, distribution: this.#distribution(), warnings };
  }

  #distribution(): Distribution {
    if (this.env.SLUICE_KV === undefined) return "object";
    const inKv = this.ctx.storage.kv.get<number>(IN_KV) ?? 0;
    return inKv === (this.#revisions.current()?.revision ?? 0) ? "kv" : "pending";
  }

  /**
   * Puts the youngest revision in KV; true once it is there. One put at a time, or an older one
   * could land last.
   */
  async #distribute(): Promise<boolean> {
    while (this.#distribution() === "pending") {
      const put = (this.#putting ??= this.#put().finally(() => (this.#putting = undefined)));
      if (!(await put)) return false;
    }
    await this.ctx.storage.deleteAlarm();
    return true;
  }

  async #put(): Promise<boolean> {
    const current = this.#revisions.current();
    const kv = this.env.SLUICE_KV;
    if (current === undefined || kv === undefined) return false;
    try {
      await kv.put(bundleKey(ENVIRONMENT), await this.#bundle(current), {
        metadata: { revision: current.revision, sha256: current.sha256 },
      });
    } catch (error) {
      this.#failures += 1;
      console.error(`KV did not take revision ${String(current.revision)}:`, error);
      return false;
    }
    this.#failures = 0;
    this.ctx.storage.kv.put(IN_KV, current.revision);
    return true;
  }

  async #bundle({ revision, created, sha256 }: Revision): Promise<Uint8Array> {
    const content = this.#revisions.content(sha256);
    if (content === undefined) throw new Error(`revision ${String(revision)} has lost its content`);
    return encodeBundle(content, { environment: ENVIRONMENT, revision, created });
  }
}

/**
 * Isolates would refuse a policy with faults, and one that names secrets which this Worker lacks:
 * the object is of the same Worker as they are.
 */
function validate(
  policy: Uint8Array,
  env: GatewayEnv,
): Pick<Published, "ok" | "warnings"> | PublishRefusal {
  try {
    const compiled = withCore((core) => core.compilePolicy(policy));
    try {
      secretsOf(compiled.description, env);
    } finally {
      compiled.dispose();
    }
    return { ok: true, warnings: compiled.description.warnings };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return {
      ok: false,
      reason: "invalid-policy",
      code: error.code,
      message: error.message,
      byteOffset: error.byteOffset ?? null,
      issues: error.issues ?? [],
      issueCount: error.issueCount ?? error.issues?.length ?? 0,
    };
  }
}

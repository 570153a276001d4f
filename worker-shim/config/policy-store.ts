import { SluiceError, isSluiceError } from "../core/errors.ts";
import { TIMED_OUT, withDeadline } from "../deadline.ts";
import { refreshMs, type GatewayEnv } from "../env.ts";
import { replaceCore } from "../isolate.ts";
import { BadRevisions } from "./bad-revisions.ts";
import { BundleError, decodeBundle, sha256Hex, type Bundle } from "./bundle.ts";
import { ENVIRONMENT, readKv } from "./kv-source.ts";
import { LivePolicy, type PolicySource } from "./live-policy.ts";

/** How long one source may take; then it counts as failed. */
const SOURCE_MS = 5_000;
/**
 * After all sources failed from cold, requests are answered 503 so long without asking them again.
 */
const COLD_PAUSE_MS = 1_000;
/** How long a core that has outgrown its bound waits for the moment when nobody uses it. */
const DRAIN_MS = 10_000;

export interface StoreError {
  readonly from: PolicySource["from"];
  readonly code: string;
  readonly message: string;
  readonly revision: number | null;
  readonly at: string;
}

type RemoteSource = "kv" | "object";

/**
 * The policy of this isolate: memory, then KV, the ConfigObject, what was baked in at deploy. What
 * goes wrong with a newer policy keeps the last known good one and is shown in health.
 */
export class PolicyStore {
  readonly #bakedIn: Uint8Array | undefined;
  readonly #bad = new BadRevisions();
  #live: LivePolicy | undefined;
  /** The highest revision taken; a lower one is a replay or a stale read. */
  #seen = 0;
  #nextRefresh = 0;
  #coldUntil = 0;
  #lastError: StoreError | undefined;
  #outgrownSince: number | undefined;

  constructor(bakedIn: Uint8Array | undefined) {
    this.#bakedIn = bakedIn;
  }

  get live(): LivePolicy | undefined {
    return this.#live;
  }

  get lastError(): StoreError | undefined {
    return this.#lastError;
  }

  get badRevisions(): number {
    return this.#bad.size;
  }

  /**
   * The policy in memory, at once; now and then with a refresh behind this request, which only
   * `waitUntil` waits for. Undefined if there is none yet, or its core has trapped: then `load`.
   */
  current(env: GatewayEnv, ctx: ExecutionContext): LivePolicy | undefined {
    const live = this.#live;
    if (live === undefined) return undefined;
    const now = Date.now();
    if (now >= this.#nextRefresh) {
      // Moved on before anything is awaited: this request owns the refresh, and the next is due
      // although this one may hang.
      this.#nextRefresh = now + refreshMs(env);
      ctx.waitUntil(this.#refresh(env, live));
    }
    return live.poisoned ? undefined : live;
  }

  /**
   * Gets a policy where `current` has none. Each request that waits does its own reading: I/O of
   * another request could be cancelled with it. Undefined if no source has any.
   */
  async load(env: GatewayEnv): Promise<LivePolicy | undefined> {
    if (this.#live !== undefined) return this.#revive(this.#live, env);
    if (Date.now() < this.#coldUntil) return undefined;
    const found = (await this.#takeAny(env)) || (await this.#takeBakedIn(env));
    const now = Date.now();
    if (found) this.#nextRefresh = now + refreshMs(env);
    else this.#coldUntil = now + COLD_PAUSE_MS;
    return this.live;
  }

  /**
   * After a request: if the core holds more memory than it should, compiles the policy in a new one
   * and switches, once no request is using the old one. Under a load that never lets up, and where
   * the platform has ended a request in the middle, that moment doesn't come: then after a while
   * all the same, and the old one goes with its last request.
   */
  replaceOutgrown(env: GatewayEnv): void {
    const live = this.#live;
    if (live === undefined || live.poisoned || !live.outgrown) return;
    const now = Date.now();
    this.#outgrownSince ??= now;
    if (live.pinned && now - this.#outgrownSince < DRAIN_MS) return;
    this.#outgrownSince = undefined;
    replaceCore(live.core);
    try {
      this.#live = new LivePolicy(live.source, env);
    } catch (error) {
      console.error("the core could not be replaced:", error);
      live.tolerateSize();
      return;
    }
    if (this.#live.outgrown) this.#live.tolerateSize();
    live.retire();
  }

  async #takeAny(env: GatewayEnv): Promise<boolean> {
    for (const from of boundSources(env)) {
      if (await this.#take(env, from)) return true;
    }
    return false;
  }

  /**
   * Switches to what this isolate has just published, which only the object is sure to have by now.
   */
  async switchToPublished(env: GatewayEnv): Promise<void> {
    await this.#take(env, "object");
  }

  async #refresh(env: GatewayEnv, live: LivePolicy): Promise<void> {
    for (const from of boundSources(env)) {
      const found = await this.#take(env, from);
      // The object is one for the world: isolates ask it at a refresh only if KV had nothing to say
      // from the start.
      if (found || live.source.from !== "baked-in") return;
    }
  }

  /** Reads a source and takes what it has. False if it had nothing, or nothing of use. */
  async #take(env: GatewayEnv, from: RemoteSource): Promise<boolean> {
    let revision: number | null = null;
    try {
      const bytes = await withDeadline(readSource(env, from), SOURCE_MS);
      if (bytes === undefined) return false;
      if (bytes === TIMED_OUT) throw new Error(`no answer within ${String(SOURCE_MS)} ms`);
      const bundle = await decodeBundle(bytes);
      revision = bundle.revision;
      this.#checkAndAccept(env, from, bundle);
      return true;
    } catch (error) {
      this.#lastError = storeError(from, error, revision);
      return false;
    }
  }

  #checkAndAccept(env: GatewayEnv, from: RemoteSource, bundle: Bundle): void {
    const { revision, sha256, created, policy, environment } = bundle;
    const live = this.#live?.source;
    if (live?.revision === revision && live.sha256 === sha256) {
      this.#lastError = undefined;
      return;
    }
    if (environment !== ENVIRONMENT) {
      throw new BundleError(
        `the bundle is for the environment "${environment}", not "${ENVIRONMENT}"`,
      );
    }
    if (revision < this.#seen) {
      throw new BundleError(
        `revision ${String(revision)} is older than ${String(this.#seen)}, which was seen`,
      );
    }
    if (revision === live?.revision) {
      throw new BundleError(
        `revision ${String(revision)} came with two contents; the first one stays`,
      );
    }
    const refused = this.#bad.reason(revision, sha256);
    if (refused !== undefined) throw refused as unknown;
    this.#accept(env, { from, revision, sha256, created, bytes: policy });
  }

  /** Compiles beside the live policy and switches in one assignment. */
  #accept(env: GatewayEnv, source: PolicySource): void {
    let next: LivePolicy;
    try {
      next = new LivePolicy(source, env);
    } catch (error) {
      if (isFaultOfPolicy(error)) this.#bad.add(source.revision, source.sha256, error);
      throw error;
    }
    const previous = this.#live;
    this.#live = next;
    this.#seen = source.revision;
    this.#lastError = undefined;
    previous?.retire();
  }

  /** The same policy in a new instance of the core. It compiled before, so it compiles again. */
  #revive(live: LivePolicy, env: GatewayEnv): LivePolicy {
    if (!live.poisoned) return live;
    this.#live = new LivePolicy(live.source, env);
    live.retire();
    return this.#live;
  }

  async #takeBakedIn(env: GatewayEnv): Promise<boolean> {
    const bytes = this.#bakedIn;
    if (bytes === undefined) return false;
    try {
      const sha256 = await sha256Hex(bytes);
      // Another request may have found one meanwhile. Revision 0: any that was published is newer.
      this.#live ??= new LivePolicy(
        { from: "baked-in", revision: 0, sha256, created: undefined, bytes },
        env,
      );
      return true;
    } catch (error) {
      this.#lastError = storeError("baked-in", error, 0);
      return false;
    }
  }
}

function boundSources(env: GatewayEnv): RemoteSource[] {
  const sources: RemoteSource[] = [];
  if (env.SLUICE_KV !== undefined) sources.push("kv");
  if (env.SLUICE_CONFIG !== undefined) sources.push("object");
  return sources;
}

async function readSource(env: GatewayEnv, from: RemoteSource): Promise<Uint8Array | undefined> {
  if (from === "kv") return env.SLUICE_KV && readKv(env.SLUICE_KV, ENVIRONMENT);
  return (await env.SLUICE_CONFIG?.getByName(ENVIRONMENT).currentBundle()) ?? undefined;
}

/** Whether it would fail so again. A core that trapped, or found no memory, says nothing of it. */
function isFaultOfPolicy(error: unknown): error is SluiceError {
  if (!isSluiceError(error)) return false;
  switch (error.code) {
    case "invalid_policy":
    case "invalid_json":
    case "missing_secret":
      return true;
    case "budget_exceeded":
      return error.budget !== "memory";
    default:
      return false;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function storeError(
  from: PolicySource["from"],
  error: unknown,
  revision: number | null,
): StoreError {
  let code = "unavailable";
  if (isSluiceError(error)) code = error.code;
  else if (error instanceof BundleError) code = "invalid_bundle";
  let message = describe(error);
  const [issue] = error instanceof SluiceError ? (error.issues ?? []) : [];
  if (issue !== undefined) message += `: ${issue.pointer} ${issue.message}`;
  return { from, code, message, revision, at: new Date().toISOString() };
}

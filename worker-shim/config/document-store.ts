import { TIMED_OUT, withDeadline } from "../deadline.ts";
import { checkDocument } from "./document-check.ts";
import { ConfigError, DocumentError, told, type ConfigFault } from "./document-fault.ts";
import { keepDocument, keptDocument } from "./document-keep.ts";
import {
  findDocument,
  type DocumentSchema,
  type DocumentSchemaOptions,
  type FoundDocument,
} from "./document-source.ts";

/** How long those without a document wait for a read that another request began. */
const WAIT_MS = 2_000;
/** After a read that brought nothing, requests are answered so long without another. */
const COLD_PAUSE_MS = 1_000;
/** Names without a document go first, then of documents the one used longest ago. */
const MAX_DOCUMENTS = 256;
/** Of the texts of those in memory; what they are parsed to is a small multiple. */
const MAX_BYTES = 16 << 20;
const MAX_REFUSED = 64;

/** A configuration document. */
export interface ConfigDocument<T> {
  /** What its JSON parses to, frozen: all requests of the isolate share it. */
  readonly value: T;
  /**
   * What KV's metadata calls this version (`{"version": "2026-11"}`), else a hash of document and
   * schema. Null for the fallback.
   */
  readonly version: string | null;
  /** SHA-256 of the document's bytes, as sha256sum prints it. Null for the fallback. */
  readonly checksum: string | null;
  /** Why what KV has now isn't in force, if so: this is then the last that was good. */
  readonly errors?: readonly ConfigFault[];
}

/** What the store shows of a document in health and to the admin. */
export interface DocumentState {
  readonly name: string;
  readonly version: string | null;
  readonly checksum: string | null;
  readonly errors: readonly ConfigFault[];
}

/** Where documents come from, and how often. */
export interface DocumentRequest {
  readonly kv: KVNamespace | undefined;
  readonly name: string;
  readonly schema: DocumentSchema | undefined;
  readonly schemaOptions: DocumentSchemaOptions;
  readonly refreshMs: number;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

type Live = ConfigDocument<unknown> & {
  readonly version: string;
  readonly checksum: string;
};

interface Entry {
  live: Live | undefined;
  /** Of the document and the schema that `live` was checked with. */
  key: string;
  bytes: number;
  faults: readonly ConfigFault[];
  /** The read that those without a document wait for. */
  reading: Promise<void> | undefined;
  /** Number of the youngest read that had an outcome. */
  seen: number;
  nextRead: number;
  usedAt: number;
}

/**
 * Users' documents in this isolate. A version is checked once, by the bytes of the document and its
 * schema; one that is refused never takes the place of one that was good.
 */
export class DocumentStore {
  readonly #entries = new Map<string, Entry>();
  readonly #refused = new Map<string, readonly ConfigFault[]>();
  #reads = 0;
  #uses = 0;

  /**
   * The document in memory, at once; now and then with a read behind this request. Without one it
   * is read first; undefined if that brings none, and then `faultsOf` says why.
   */
  async get(request: DocumentRequest): Promise<Live | undefined> {
    const entry = this.#entryOf(request.name);
    const now = Date.now();
    if (entry.live === undefined) {
      if (now >= entry.nextRead) await this.#readCold(request, entry);
    } else if (now >= entry.nextRead) {
      // Moved on before anything is awaited: this request owns the read, and the next is due
      // although this one may hang.
      entry.nextRead = now + request.refreshMs;
      request.waitUntil(this.#read(request, entry));
    }
    return entry.live;
  }

  faultsOf(name: string): readonly ConfigFault[] {
    return this.#entries.get(name)?.faults ?? [];
  }

  get state(): readonly DocumentState[] {
    return Array.from(this.#entries, ([name, { live, faults }]) => ({
      name,
      version: live?.version ?? null,
      checksum: live?.checksum ?? null,
      errors: faults,
    }));
  }

  /** Those in memory, and of them those whose newest version isn't in force. */
  get counts(): { readonly documents: number; readonly documentsRefused: number } {
    const live = [...this.#entries.values()].filter((entry) => entry.live !== undefined);
    const refused = live.filter(({ faults }) => faults.length > 0);
    return { documents: live.length, documentsRefused: refused.length };
  }

  #entryOf(name: string): Entry {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = {
        live: undefined,
        key: "",
        bytes: 0,
        faults: [],
        reading: undefined,
        seen: 0,
        nextRead: 0,
        usedAt: 0,
      };
      this.#entries.set(name, entry);
      this.#evict(entry);
    }
    entry.usedAt = ++this.#uses;
    return entry;
  }

  /**
   * Waits for the read that is under way, or reads. Whose request began a read may have been
   * cancelled, and its I/O with it: who has waited long enough reads for themselves.
   */
  async #readCold(request: DocumentRequest, entry: Entry): Promise<void> {
    const { reading } = entry;
    if (reading !== undefined && (await withDeadline(reading, WAIT_MS)) !== TIMED_OUT) return;
    const own = this.#read(request, entry).then(() => this.#restore(request, entry));
    entry.reading = own;
    await own;
    entry.nextRead = Date.now() + (entry.live === undefined ? COLD_PAUSE_MS : request.refreshMs);
    if (entry.reading === own) entry.reading = undefined;
  }

  /** Reads the document and takes it if it is good. Never throws: what is wrong stays in `faults`. */
  async #read(request: DocumentRequest, entry: Entry): Promise<void> {
    const { kv, name, schema, schemaOptions } = request;
    const number = ++this.#reads;
    let faults: readonly ConfigFault[] = [];
    try {
      if (kv === undefined) throw new DocumentError(NO_KV);
      const found = await findDocument(kv, name, schema, schemaOptions);
      // A read that began later was faster: what it brought is younger.
      if (number < entry.seen) return;
      if (this.#take(found, entry)) request.waitUntil(keepDocument(name, found));
    } catch (error) {
      if (number < entry.seen) return;
      faults = error instanceof DocumentError ? error.faults : [unexpected(error)];
    }
    entry.seen = number;
    this.#report(name, entry, faults);
  }

  /**
   * What KV has is refused or doesn't come, and this isolate knows none that was good: the last one
   * that another isolate here found good, checked again. One that was deleted stays deleted.
   */
  async #restore({ name, schema, schemaOptions }: DocumentRequest, entry: Entry): Promise<void> {
    const { live, faults } = entry;
    if (live !== undefined || faults[0]?.code === "missing_document") return;
    const kept = await keptDocument(name, schema, schemaOptions);
    // Meanwhile another request's read may have brought one.
    if (kept === undefined || entry.live !== undefined) return;
    try {
      this.#take(kept, entry);
      this.#report(name, entry, entry.faults);
      console.warn(`the config "${name}" is the last that was good: ${kept.version}`);
    } catch {
      // It isn't good by the schema of this Worker's code.
    }
  }

  /** Whether it is new. Throws DocumentError for one that isn't good. */
  #take(found: FoundDocument, entry: Entry): boolean {
    const { document, checksum, key, version } = found;
    if (entry.live !== undefined && entry.key === key) {
      if (entry.live.version !== version) entry.live = { ...entry.live, version };
      return false;
    }
    const refused = this.#refused.get(key);
    if (refused !== undefined) throw new DocumentError(refused, true);
    try {
      checkDocument(found);
    } catch (error) {
      if (error instanceof DocumentError && error.lasting) this.#remember(key, error.faults);
      throw error;
    }
    const value = frozen(JSON.parse(new TextDecoder().decode(document)) as unknown);
    entry.bytes = document.length;
    entry.key = key;
    entry.live = { value, version, checksum };
    this.#evict(entry);
    return true;
  }

  #remember(key: string, faults: readonly ConfigFault[]): void {
    if (this.#refused.size >= MAX_REFUSED) {
      const [oldest] = this.#refused.keys();
      if (oldest !== undefined) this.#refused.delete(oldest);
    }
    this.#refused.set(key, faults);
  }

  /** Keeps what is wrong with the document, and logs it if that is new. */
  #report(name: string, entry: Entry, faults: readonly ConfigFault[]): void {
    const isNew = JSON.stringify(faults) !== JSON.stringify(entry.faults);
    entry.faults = faults;
    if (entry.live !== undefined) {
      const { value, version, checksum } = entry.live;
      entry.live = { value, version, checksum, ...(faults.length > 0 ? { errors: faults } : {}) };
    }
    // Whoever asks for what isn't there is told so.
    if (!isNew || faults.length === 0 || faults[0]?.code === "missing_document") return;
    const kept = entry.live === undefined ? "there is none" : `${entry.live.version} stays`;
    console.error(`the config "${name}" is not taken (${kept}): ${faults.map(told).join("; ")}`);
  }

  /** Makes room, but not of `newest`. */
  #evict(newest: Entry): void {
    let bytes = 0;
    for (const entry of this.#entries.values()) bytes += entry.bytes;
    while (this.#entries.size > MAX_DOCUMENTS || bytes > MAX_BYTES) {
      let oldest: [string, Entry] | undefined;
      for (const candidate of this.#entries) {
        if (candidate[1] === newest) continue;
        if (oldest === undefined || goesBefore(candidate[1], oldest[1])) oldest = candidate;
      }
      if (oldest === undefined) return;
      this.#entries.delete(oldest[0]);
      bytes -= oldest[1].bytes;
    }
  }
}

const NO_KV: ConfigFault = {
  in: "store",
  code: "missing_binding",
  message: "configs need the binding SLUICE_KV, a KV namespace",
};

function unexpected(error: unknown): ConfigFault {
  const message = error instanceof Error ? error.message : String(error);
  return { in: "store", code: "internal", message };
}

/** Whoever asks for many names that KV lacks must not push out what is there. */
function goesBefore(one: Entry, other: Entry): boolean {
  const isEmpty = one.live === undefined;
  if (isEmpty !== (other.live === undefined)) return isEmpty;
  return one.usedAt < other.usedAt;
}

/** The value and all in it, frozen. */
function frozen(value: unknown): unknown {
  const pending = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== "object" || next === null) continue;
    Object.freeze(next);
    for (const child of Object.values(next)) pending.push(child);
  }
  return value;
}

/** The document as `getConfig` answers with it. */
export async function documentOr<T>(
  store: DocumentStore,
  request: DocumentRequest,
  fallback: { readonly value: T } | undefined,
): Promise<ConfigDocument<T>> {
  const live = await store.get(request);
  if (live !== undefined) return live as ConfigDocument<T>;
  const errors = store.faultsOf(request.name);
  if (fallback === undefined) throw new ConfigError(request.name, errors);
  return { value: fallback.value, version: null, checksum: null, errors };
}

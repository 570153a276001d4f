// The ConfigObject's tables: every revision of a policy, contents stored once.

export interface Revision {
  readonly revision: number;
  readonly sha256: string;
  readonly created: string;
  readonly bytes: number;
  /** The revision whose content this one brought back, or null. */
  readonly rollbackOf: number | null;
}

/** A row holds 2 MB at most. */
const PART_BYTES = 1 << 20;
/**
 * Of older revisions the entry stays in the history, the content goes unless a younger one has the
 * same.
 */
const CONTENTS_KEPT = 100;

type Row = Record<string, SqlStorageValue> & {
  revision: number;
  sha256: string;
  created: string;
  bytes: number;
  rollback_of: number | null;
};

export class Revisions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS revisions (
        revision INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, created TEXT NOT NULL, bytes INTEGER NOT NULL, rollback_of INTEGER
      );
      CREATE TABLE IF NOT EXISTS contents (
        sha256 TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (sha256, part)
      ) WITHOUT ROWID;
    `);
  }

  current(): Revision | undefined {
    return this.#rows("SELECT * FROM revisions ORDER BY revision DESC LIMIT 1")[0];
  }

  find(revision: number): Revision | undefined {
    return this.#rows("SELECT * FROM revisions WHERE revision = ?", revision)[0];
  }

  /** The youngest first. */
  history(limit: number): Revision[] {
    return this.#rows("SELECT * FROM revisions ORDER BY revision DESC LIMIT ?", limit);
  }

  /** Undefined once it was pruned. */
  content(sha256: string): Uint8Array | undefined {
    const parts = this.#sql
      .exec<{ bytes: ArrayBuffer }>(
        "SELECT bytes FROM contents WHERE sha256 = ? ORDER BY part",
        sha256,
      )
      .toArray()
      .map(({ bytes }) => new Uint8Array(bytes));
    if (parts.length === 0) return undefined;
    const content = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      content.set(part, at);
      at += part.length;
    }
    return content;
  }

  /** Must run in a transaction. */
  add(revision: Revision, content: Uint8Array): void {
    for (let part = 0; part * PART_BYTES < content.length; part++) {
      this.#sql.exec(
        "INSERT OR IGNORE INTO contents VALUES (?, ?, ?)",
        revision.sha256,
        part,
        content.slice(part * PART_BYTES, (part + 1) * PART_BYTES).buffer,
      );
    }
    this.#sql.exec(
      "INSERT INTO revisions VALUES (?, ?, ?, ?, ?)",
      revision.revision,
      revision.sha256,
      revision.created,
      revision.bytes,
      revision.rollbackOf,
    );
    this.#sql.exec(
      "DELETE FROM contents WHERE sha256 NOT IN (SELECT sha256 FROM revisions WHERE revision > ?)",
      revision.revision - CONTENTS_KEPT,
    );
  }

  #rows(query: string, ...bindings: SqlStorageValue[]): Revision[] {
    return this.#sql
      .exec<Row>(query, ...bindings)
      .toArray()
      .map(({ revision, sha256, created, bytes, rollback_of }) => ({
        revision,
        sha256,
        created,
        bytes,
        rollbackOf: rollback_of,
      }));
  }
}

import { DurableObject } from "cloudflare:workers";
import type { Exposure, ExposureMessage } from "sluice";

/** Users of one variation, each once, as they were seen first. */
export interface VariationTally {
  readonly index: number;
  readonly name: string;
  /** Assigned by hash: what the weights are about. */
  readonly users: number;
  /** Kept by a sticky bucket, from whatever weights there were then. */
  readonly sticky: number;
}

export interface ExperimentTally {
  readonly experiment: string;
  /** In the order of their indexes. */
  readonly variations: readonly VariationTally[];
  /** Of all users those who were seen in more than one variation. */
  readonly crossed: number;
}

export interface LoggedExposure {
  readonly time: number;
  readonly experiment: string;
  readonly variation: string;
  readonly value: string;
  readonly route: string;
}

export interface Recorded {
  readonly fresh: number;
  readonly duplicates: number;
}

/** Longer than a queue keeps a message: an id that is forgotten by then doesn't come again. */
const REMEMBER_MS = 15 * 86_400_000;

/**
 * All exposures, counted exactly: a queue delivers at least once and a user comes back, so an
 * exposure counts by its id, and a user once an experiment. One object takes some thousand messages a
 * second, since a batch is one call; beyond that, name one for each experiment.
 */
export class ExposureLog extends DurableObject<object> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS exposures (
        id TEXT PRIMARY KEY, time INTEGER, experiment TEXT, variation TEXT, value TEXT, route TEXT
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS exposures_by_time ON exposures (time);
      CREATE TABLE IF NOT EXISTS users (
        experiment TEXT, attribute TEXT, value TEXT, variation INTEGER,
        PRIMARY KEY (experiment, attribute, value, variation)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS tallies (
        experiment TEXT, variation INTEGER, name TEXT, users INTEGER, sticky INTEGER,
        PRIMARY KEY (experiment, variation)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS crossed (experiment TEXT PRIMARY KEY, users INTEGER) WITHOUT ROWID;
    `);
  }

  /** All of them or, if it throws, none; again is as good as once. */
  record(messages: readonly ExposureMessage[]): Recorded {
    let fresh = 0;
    let duplicates = 0;
    this.ctx.storage.transactionSync(() => {
      for (const message of messages) {
        for (const exposure of message.exposures) {
          if (this.#isNew(message, exposure)) {
            fresh += 1;
            this.#countUser(exposure);
          } else {
            duplicates += 1;
          }
        }
      }
      this.#sql.exec("DELETE FROM exposures WHERE time < ?", Date.now() - REMEMBER_MS);
    });
    return { fresh, duplicates };
  }

  experiments(): ExperimentTally[] {
    const crossed = new Map(
      this.#sql
        .exec<{ experiment: string; users: number }>("SELECT experiment, users FROM crossed")
        .toArray()
        .map(({ experiment, users }) => [experiment, users]),
    );
    const tallies = new Map<string, VariationTally[]>();
    const rows = this.#sql.exec<{
      experiment: string;
      variation: number;
      name: string;
      users: number;
      sticky: number;
    }>("SELECT * FROM tallies ORDER BY experiment, variation");
    for (const { experiment, variation, name, users, sticky } of rows) {
      const variations = tallies.get(experiment) ?? [];
      tallies.set(experiment, variations);
      variations.push({ index: variation, name, users, sticky });
    }
    return [...tallies].map(([experiment, variations]) => ({
      experiment,
      variations,
      crossed: crossed.get(experiment) ?? 0,
    }));
  }

  /** The youngest first. */
  latest(count: number): LoggedExposure[] {
    return this.#sql
      .exec<{ time: number; experiment: string; variation: string; value: string; route: string }>(
        "SELECT time, experiment, variation, value, route FROM exposures ORDER BY time DESC LIMIT ?",
        count,
      )
      .toArray();
  }

  #isNew(
    { time, route }: ExposureMessage,
    { id, experiment, variation, value }: Exposure,
  ): boolean {
    const { rowsWritten } = this.#sql.exec(
      "INSERT OR IGNORE INTO exposures VALUES (?, ?, ?, ?, ?, ?)",
      ...[id, time, experiment, variation, value, route],
    );
    return rowsWritten > 0;
  }

  #countUser({ experiment, attribute, value, variation, variationIndex, sticky }: Exposure): void {
    const { rowsWritten } = this.#sql.exec(
      "INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?)",
      ...[experiment, attribute, value, variationIndex],
    );
    if (rowsWritten === 0) return;
    this.#sql.exec(
      `INSERT INTO tallies VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET users = users + excluded.users,
         sticky = sticky + excluded.sticky, name = excluded.name`,
      ...[experiment, variationIndex, variation, sticky ? 0 : 1, sticky ? 1 : 0],
    );
    const { seenIn } = this.#sql
      .exec<{ seenIn: number }>(
        "SELECT count(*) AS seenIn FROM users WHERE experiment = ? AND attribute = ? AND value = ?",
        ...[experiment, attribute, value],
      )
      .one();
    if (seenIn !== 2) return;
    this.#sql.exec(
      "INSERT INTO crossed VALUES (?, 1) ON CONFLICT DO UPDATE SET users = users + 1",
      experiment,
    );
  }
}

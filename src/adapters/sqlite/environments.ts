import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { firstStatus } from '../../application/environments/environment-status.ts';
import type { Ids } from '../../application/ports/clock.ts';
import type {
  Desire,
  EnvironmentRecord,
  EnvironmentSpec,
  EnvironmentStatus,
  EnvironmentStore,
} from '../../application/ports/environment-store.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Connection, Row } from './connection.ts';
import type { History } from './history.ts';
import { pack, unpack } from './packed-json.ts';
import { bytes, integer, text, textOrNull } from './row.ts';

const LIVING = 'SELECT * FROM environments WHERE name = ? AND removed_at IS NULL';

/** What belongs to a life but lies in another database. */
export interface LifeRecordings {
  /** Ends the recording of the name, so that the next life begins an empty one. */
  end(environment: string): Promise<void>;
  /** Deletes what ended recordings hold. */
  sweep(): Promise<void>;
}

interface Parts {
  readonly connection: Connection;
  readonly history: History;
  readonly recordings: LifeRecordings;
  readonly ids: Ids;
  readonly now: () => string;
}

interface PackedDesire {
  readonly desire: Desire;
  readonly planHash: string;
  readonly explanation: Uint8Array;
}

/**
 * Lives of environments. A name has at most one living record (a unique index sees to it); a removed
 * one stays as history. Plans are kept once per content and go with the last record that names them.
 */
export class Environments implements EnvironmentStore {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get(name: string): Promise<EnvironmentRecord | null> {
    const { connection } = this.#parts;
    return connection.read(() => recordOrNull(connection.get(LIVING, name)));
  }

  list(options: { readonly removed?: boolean } = {}): Promise<readonly EnvironmentRecord[]> {
    const { connection } = this.#parts;
    return connection.read(() => {
      const living = connection.all(
        'SELECT * FROM environments WHERE removed_at IS NULL ORDER BY name',
      );
      const past =
        options.removed === true
          ? connection.all(
              'SELECT * FROM environments WHERE removed_at IS NOT NULL ORDER BY removed_at DESC, uid DESC',
            )
          : [];
      return [...living, ...past].map(recordOf);
    });
  }

  async desire(desire: Desire): Promise<EnvironmentRecord> {
    const { connection, recordings, history } = this.#parts;
    const body = JSON.stringify(desire.plan);
    const planHash = createHash('sha256').update(body).digest('hex');
    const packedPlan = pack(desire.plan);
    const { picks, findings } = desire;
    const packed: PackedDesire = { desire, planHash, explanation: pack({ picks, findings }) };
    if ((await this.get(desire.name)) === null) await recordings.end(desire.name);
    return connection.write(() => {
      connection.run(
        'INSERT OR IGNORE INTO plans (hash, body) VALUES (?, ?)',
        planHash,
        packedPlan,
      );
      const living = connection.get(LIVING, desire.name);
      const uid = living === undefined ? this.#begin(packed) : this.#supersede(living, packed);
      history.dropUnusedPlans();
      return this.#require(uid);
    });
  }

  desireRemoval(name: string): Promise<EnvironmentRecord | null> {
    const { connection, now } = this.#parts;
    return connection.write(() => {
      connection.run(
        `UPDATE environments SET desired = 'removed', generation = generation + 1, updated_at = ?
         WHERE name = ? AND removed_at IS NULL`,
        now(),
        name,
      );
      return recordOrNull(connection.get(LIVING, name));
    });
  }

  plan(uid: string): Promise<Plan | null> {
    const { connection } = this.#parts;
    return connection.read(() => {
      const row = connection.get(
        'SELECT body FROM plans JOIN environments ON plan_hash = hash WHERE uid = ?',
        uid,
      );
      return row === undefined ? null : (unpack(bytes(row, 'body')) as Plan);
    });
  }

  explanation(uid: string): Promise<Pick<Desire, 'picks' | 'findings'> | null> {
    const { connection } = this.#parts;
    return connection.read(() => {
      const row = connection.get('SELECT explanation FROM environments WHERE uid = ?', uid);
      if (row === undefined) return null;
      return unpack(bytes(row, 'explanation')) as Pick<Desire, 'picks' | 'findings'>;
    });
  }

  writeStatus(uid: string, status: EnvironmentStatus): Promise<boolean> {
    const { connection, now } = this.#parts;
    const json = JSON.stringify(status);
    return connection.write(() => {
      const row = connection.get(
        'SELECT status_json FROM environments WHERE uid = ? AND removed_at IS NULL',
        uid,
      );
      if (row === undefined || sameJson(text(row, 'status_json'), json)) return false;
      connection.run(
        'UPDATE environments SET status_json = ?, updated_at = ? WHERE uid = ?',
        json,
        now(),
        uid,
      );
      return true;
    });
  }

  async markRemoved(uid: string): Promise<void> {
    const { connection, recordings, history, now } = this.#parts;
    const removing = `FROM environments WHERE uid = ? AND desired = 'removed' AND removed_at IS NULL`;
    const row = await connection.read(() => connection.get(`SELECT name ${removing}`, uid));
    if (row === undefined) return;
    const name = text(row, 'name');
    await recordings.end(name);
    await connection.write(() => {
      if (connection.get(`SELECT 1 ${removing}`, uid) === undefined) return;
      const at = now();
      connection.run(
        'UPDATE environments SET removed_at = ?, updated_at = ? WHERE uid = ?',
        at,
        at,
        uid,
      );
      connection.run(
        `UPDATE test_runs SET state = 'finished', finished_at = ?, outcome = 'error',
           message = 'the environment was removed'
         WHERE environment = ? AND state <> 'finished'`,
        now(),
        name,
      );
      history.prune();
    });
    await recordings.sweep();
  }

  #begin({ desire, planHash, explanation }: PackedDesire): string {
    const { connection, ids, now } = this.#parts;
    const uid = ids.next();
    const at = now();
    connection.run(
      `INSERT INTO environments (uid, name, branch, spec_json, desired, generation, plan_hash,
         explanation, status_json, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'up', 1, ?, ?, ?, ?, ?)`,
      uid,
      desire.name,
      desire.spec.branch,
      JSON.stringify(desire.spec),
      planHash,
      explanation,
      JSON.stringify(firstStatus(at)),
      at,
      at,
    );
    return uid;
  }

  /** The newest wins, also over a removal that has begun. */
  #supersede(living: Row, { desire, planHash, explanation }: PackedDesire): string {
    const { connection, now } = this.#parts;
    const branch = text(living, 'branch');
    if (branch !== desire.spec.branch) throw nameTaken(desire, branch);
    const uid = text(living, 'uid');
    connection.run(
      `UPDATE environments SET spec_json = ?, desired = 'up', generation = generation + 1,
         plan_hash = ?, explanation = ?, updated_at = ? WHERE uid = ?`,
      JSON.stringify(desire.spec),
      planHash,
      explanation,
      now(),
      uid,
    );
    return uid;
  }

  #require(uid: string): EnvironmentRecord {
    const { connection } = this.#parts;
    const [row] = connection.all('SELECT * FROM environments WHERE uid = ?', uid);
    if (row === undefined) throw new OperationError('INTERNAL', `life "${uid}" vanished`);
    return recordOf(row);
  }
}

function nameTaken(desire: Desire, branch: string): OperationError {
  return new OperationError(
    'ENVIRONMENT_NAME_TAKEN',
    `the environment "${desire.name}" belongs to the branch "${branch}"`,
    { details: { name: desire.name, branch, wanted: desire.spec.branch } },
  );
}

function sameJson(a: string, b: string): boolean {
  return a === b || isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}

function recordOrNull(row: Row | undefined): EnvironmentRecord | null {
  return row === undefined ? null : recordOf(row);
}

function recordOf(row: Row): EnvironmentRecord {
  return {
    uid: text(row, 'uid'),
    name: text(row, 'name'),
    spec: JSON.parse(text(row, 'spec_json')) as EnvironmentSpec,
    desired: text(row, 'desired') === 'up' ? 'up' : 'removed',
    generation: integer(row, 'generation'),
    planHash: textOrNull(row, 'plan_hash'),
    createdAt: text(row, 'created_at'),
    updatedAt: text(row, 'updated_at'),
    removedAt: textOrNull(row, 'removed_at'),
    status: JSON.parse(text(row, 'status_json')) as EnvironmentStatus,
  };
}

import type { LeaseStore, ProcessIdentity } from '../../application/ports/engine-ledger.ts';
import type { Connection, Row } from './connection.ts';
import { integer, text } from './row.ts';

/** One row an environment. Whether a holder lives is asked inside the transaction, so two never win. */
export class Leases implements LeaseStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  acquireLease(
    environment: string,
    holder: ProcessIdentity,
    isAlive: (holder: ProcessIdentity) => boolean,
  ): Promise<boolean> {
    const connection = this.#connection;
    return connection.write(() => {
      const present = this.#holder(environment);
      if (present !== null && isSame(present, holder)) return true;
      if (present !== null && isAlive(present)) return false;
      connection.run(
        'INSERT OR REPLACE INTO leases (environment, pid, start_time, boot_id) VALUES (?, ?, ?, ?)',
        environment,
        holder.pid,
        holder.startTime,
        holder.bootId,
      );
      return true;
    });
  }

  leaseHolder(environment: string): Promise<ProcessIdentity | null> {
    return this.#connection.read(() => this.#holder(environment));
  }

  releaseLease(environment: string, holder: ProcessIdentity): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run(
        'DELETE FROM leases WHERE environment = ? AND pid = ? AND start_time = ? AND boot_id = ?',
        environment,
        holder.pid,
        holder.startTime,
        holder.bootId,
      );
    });
  }

  leases(): Promise<ReadonlyMap<string, ProcessIdentity>> {
    return this.#connection.read(
      () =>
        new Map(
          this.#connection
            .all('SELECT * FROM leases ORDER BY environment')
            .map((row) => [text(row, 'environment'), identityOf(row)]),
        ),
    );
  }

  #holder(environment: string): ProcessIdentity | null {
    const row = this.#connection.get('SELECT * FROM leases WHERE environment = ?', environment);
    return row === undefined ? null : identityOf(row);
  }
}

function identityOf(row: Row): ProcessIdentity {
  return {
    pid: integer(row, 'pid'),
    startTime: text(row, 'start_time'),
    bootId: text(row, 'boot_id'),
  };
}

function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;
}

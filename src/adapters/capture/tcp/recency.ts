import type { Connection } from './connection.ts';

/** Connections by their last packet, the quietest first. A connection is in one such list at most. */
export class Recency {
  #quietest: Connection | null = null;
  #latest: Connection | null = null;

  get quietest(): Connection | null {
    return this.#quietest;
  }

  /** Takes it out of the list where it was. */
  add(connection: Connection): void {
    connection.home?.remove(connection);
    connection.home = this;
    connection.older = this.#latest;
    connection.newer = null;
    if (this.#latest === null) this.#quietest = connection;
    else this.#latest.newer = connection;
    this.#latest = connection;
  }

  touch(connection: Connection): void {
    if (this.#latest !== connection) this.add(connection);
  }

  remove(connection: Connection): void {
    const { older, newer } = connection;
    if (older === null) this.#quietest = newer;
    else older.newer = newer;
    if (newer === null) this.#latest = older;
    else newer.older = older;
    connection.older = null;
    connection.newer = null;
    connection.home = null;
  }
}

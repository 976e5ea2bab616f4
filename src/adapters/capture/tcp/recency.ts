/** What can stand in such a list: it carries its own place, which the list manages. */
export interface Listed<Item extends Listed<Item>> {
  newer: Item | null;
  older: Item | null;
  home: Recency<Item> | null;
}

/** Connections by their last packet, the quietest first. A connection is in one such list at most. */
export class Recency<Item extends Listed<Item>> {
  #quietest: Item | null = null;
  #latest: Item | null = null;

  get quietest(): Item | null {
    return this.#quietest;
  }

  /** Takes it out of the list where it was. */
  add(connection: Item): void {
    connection.home?.remove(connection);
    connection.home = this;
    connection.older = this.#latest;
    connection.newer = null;
    if (this.#latest === null) this.#quietest = connection;
    else this.#latest.newer = connection;
    this.#latest = connection;
  }

  touch(connection: Item): void {
    if (this.#latest !== connection) this.add(connection);
  }

  remove(connection: Item): void {
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

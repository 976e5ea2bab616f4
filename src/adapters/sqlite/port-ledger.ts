import type { PortKey, PortLedger } from '../../application/ports/engine-ledger.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Connection } from './connection.ts';
import { integer, text } from './row.ts';

/** Below the range from which Linux and macOS take ports for outgoing connections. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_767;
const PORT_COUNT = LAST_PORT - FIRST_PORT + 1;

/** How many ports are probed at once. */
const PROBES_AT_ONCE = 64;

type IsFree = (port: number) => Promise<boolean>;

interface PortSearch {
  readonly needed: number;
  readonly wanted: number;
  readonly skipped: ReadonlySet<number>;
}

/**
 * Ports are given out in rising order from a recorded place and round again, so that a freed port is
 * the last to be given out anew: who still knows the old owner's address does not reach the new one.
 * The place is moved on first, the ports are probed outside of any transaction, then all recorded at
 * once; a crash in between costs nothing but the place.
 */
export class Ports implements PortLedger {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async allocatePorts(
    environment: string,
    keys: readonly PortKey[],
    isFree: IsFree,
  ): Promise<ReadonlyMap<PortKey, number>> {
    const wanted = [...new Set(keys)];
    const refused = new Set<number>();
    for (;;) {
      const recorded = await this.portsOf(environment);
      const missing = wanted.filter((key) => !recorded.has(key));
      const found = await this.#findFree(missing.length, refused, isFree);
      if (await this.#record(environment, missing, found)) break;
    }
    const recorded = await this.portsOf(environment);
    return new Map([...recorded].filter(([key]) => wanted.includes(key)));
  }

  portsOf(environment: string): Promise<ReadonlyMap<PortKey, number>> {
    const connection = this.#connection;
    return connection.read(() => {
      const rows = connection.all(
        'SELECT key, port FROM ports WHERE environment = ? ORDER BY key',
        environment,
      );
      return new Map(rows.map((row) => [text(row, 'key'), integer(row, 'port')]));
    });
  }

  freePorts(environment: string, keys?: readonly PortKey[]): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      if (keys === undefined) {
        connection.run('DELETE FROM ports WHERE environment = ?', environment);
      }
      for (const key of keys ?? []) {
        connection.run('DELETE FROM ports WHERE environment = ? AND key = ?', environment, key);
      }
    });
  }

  async #findFree(count: number, refused: Set<number>, isFree: IsFree): Promise<readonly number[]> {
    const found: number[] = [];
    while (found.length < count) {
      const candidates = await this.#nextCandidates({
        needed: Math.min(count - found.length, PROBES_AT_ONCE),
        // The more were refused, the more are probed at once.
        wanted: Math.min(count - found.length + refused.size, PROBES_AT_ONCE),
        skipped: new Set([...refused, ...found]),
      });
      const answers = await Promise.all(candidates.map(isFree));
      candidates.forEach((port, index) => {
        if (answers[index] !== true) refused.add(port);
        else if (found.length < count) found.push(port);
      });
    }
    return found;
  }

  /** Ports that nobody has, and the place moved on behind them. */
  #nextCandidates(search: PortSearch): Promise<readonly number[]> {
    const connection = this.#connection;
    const { needed, wanted, skipped } = search;
    return connection.write(() => {
      const taken = new Set(
        connection.all('SELECT port FROM ports').map((r) => integer(r, 'port')),
      );
      const start = this.#place();
      const candidates: number[] = [];
      for (let step = 0; step < PORT_COUNT && candidates.length < wanted; step += 1) {
        const port = FIRST_PORT + ((start - FIRST_PORT + step) % PORT_COUNT);
        if (!taken.has(port) && !skipped.has(port)) candidates.push(port);
      }
      if (candidates.length < needed) throw exhausted(taken.size, skipped.size);
      connection.run(
        'INSERT OR REPLACE INTO port_cursor (only, next_port) VALUES (1, ?)',
        successor(candidates.at(-1) ?? start),
      );
      return candidates;
    });
  }

  #place(): number {
    const row = this.#connection.get('SELECT next_port FROM port_cursor');
    if (row !== undefined) return integer(row, 'next_port');
    return FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
  }

  /** False when another process was faster with one of the keys or ports; nothing is recorded then. */
  #record(
    environment: string,
    keys: readonly PortKey[],
    ports: readonly number[],
  ): Promise<boolean> {
    const connection = this.#connection;
    if (keys.length === 0) return Promise.resolve(true);
    return connection.write(() => {
      const pairs = keys.map((key, index) => ({ key, port: ports[index] ?? 0 }));
      const isTaken = pairs.some(
        ({ key, port }) =>
          connection.get(
            'SELECT 1 FROM ports WHERE port = ? OR (environment = ? AND key = ?)',
            port,
            environment,
            key,
          ) !== undefined,
      );
      if (isTaken) return false;
      for (const { key, port } of pairs) {
        connection.run(
          'INSERT INTO ports (port, environment, key) VALUES (?, ?, ?)',
          port,
          environment,
          key,
        );
      }
      return true;
    });
  }
}

function successor(port: number): number {
  return port === LAST_PORT ? FIRST_PORT : port + 1;
}

function exhausted(recorded: number, refused: number): OperationError {
  return new OperationError(
    'PORTS_EXHAUSTED',
    `no port is free between ${FIRST_PORT} and ${LAST_PORT}: environments have ${recorded}, ${refused} are in use by others`,
    { details: { recorded, refused } },
  );
}

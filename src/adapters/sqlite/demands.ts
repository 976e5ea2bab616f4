import type { BaselineDemands } from '../../application/ports/environment-store.ts';
import { compareText } from '../../domain/diagnostic.ts';
import type { Connection } from './connection.ts';
import { text } from './row.ts';

export class Demands implements BaselineDemands {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  setDemand(environment: string, components: readonly string[]): Promise<void> {
    const connection = this.#connection;
    const wanted = [...new Set(components)].toSorted(compareText);
    return connection.write(() => {
      const present = connection
        .all('SELECT component FROM demands WHERE environment = ? ORDER BY component', environment)
        .map((row) => text(row, 'component'));
      for (const component of present.filter((name) => !wanted.includes(name))) {
        connection.run(
          'DELETE FROM demands WHERE environment = ? AND component = ?',
          environment,
          component,
        );
      }
      for (const component of wanted.filter((name) => !present.includes(name))) {
        connection.run(
          'INSERT INTO demands (environment, component) VALUES (?, ?)',
          environment,
          component,
        );
      }
    });
  }

  forgetGone(): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run(`
        DELETE FROM demands WHERE environment <> '*' AND environment NOT IN
          (SELECT name FROM environments WHERE removed_at IS NULL)`);
    });
  }

  demands(): Promise<ReadonlyMap<string, readonly string[]>> {
    const connection = this.#connection;
    return connection.read(() => {
      const demands = new Map<string, string[]>();
      for (const row of connection.all('SELECT * FROM demands ORDER BY environment, component')) {
        const environment = text(row, 'environment');
        const components = demands.get(environment) ?? [];
        demands.set(environment, components);
        components.push(text(row, 'component'));
      }
      return demands;
    });
  }
}

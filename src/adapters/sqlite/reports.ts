import type { ReportStore } from '../../application/ports/environment-store.ts';
import type { Report } from '../../domain/calls/report.ts';
import type { Connection, Row } from './connection.ts';
import type { StateLimits } from './limits.ts';
import { pack, unpack } from './packed-json.ts';
import { bytes } from './row.ts';

/** Reports of an environment by its name, so that they outlive it. Saving one again replaces it. */
export class Reports implements ReportStore {
  readonly #connection: Connection;
  readonly #limits: StateLimits;

  constructor(connection: Connection, limits: StateLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  saveReport(report: Report): Promise<void> {
    const connection = this.#connection;
    const body = pack(report);
    return connection.write(() => {
      connection.run(
        `INSERT INTO reports (id, environment, body) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
        report.id,
        report.environment,
        body,
      );
      connection.run(
        `DELETE FROM reports WHERE environment = ? AND sequence <= (
           SELECT sequence FROM reports WHERE environment = ?
           ORDER BY sequence DESC LIMIT 1 OFFSET ?)`,
        report.environment,
        report.environment,
        this.#limits.reportCount,
      );
    });
  }

  report(id: string): Promise<Report | null> {
    const connection = this.#connection;
    return connection.read(() => {
      const row = connection.get('SELECT body FROM reports WHERE id = ?', id);
      return row === undefined ? null : reportOf(row);
    });
  }

  async latestReport(environment: string): Promise<Report | null> {
    const [latest] = await this.reports(environment, 1);
    return latest ?? null;
  }

  reports(environment: string, limit: number): Promise<readonly Report[]> {
    const connection = this.#connection;
    return connection.read(() =>
      connection
        .all(
          'SELECT body FROM reports WHERE environment = ? ORDER BY sequence DESC LIMIT ?',
          environment,
          Math.max(0, Math.trunc(limit)),
        )
        .map(reportOf),
    );
  }
}

function reportOf(row: Row): Report {
  // Reports of before there was such a field.
  return { wiring: [], ...(unpack(bytes(row, 'body')) as Omit<Report, 'wiring'>) };
}

import type { Ids } from '../../application/ports/clock.ts';
import type { TestRun, TestRunStore } from '../../application/ports/environment-store.ts';
import type { TestSuite } from '../../domain/catalog/component.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { Connection, Row } from './connection.ts';
import type { StateLimits } from './limits.ts';
import { text, textOrNull } from './row.ts';

interface Parts {
  readonly connection: Connection;
  readonly limits: StateLimits;
  readonly ids: Ids;
  readonly now: () => string;
}

interface PendingTest {
  readonly run: TestRun;
  readonly suite: TestSuite;
  readonly revision: Revision | null;
}

/** A run only goes forward: requested, running, finished; its first result stays. */
export class TestRuns implements TestRunStore {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  requestTest(request: {
    readonly environment: string;
    readonly suite: TestSuite;
    readonly revision: Revision | null;
  }): Promise<TestRun> {
    const { connection, ids, now } = this.#parts;
    const run: TestRun = {
      id: ids.next(),
      environment: request.environment,
      suite: request.suite.name,
      state: 'requested',
      requestedAt: now(),
      finishedAt: null,
      outcome: null,
      message: null,
    };
    return connection.write(() => {
      connection.run(
        `INSERT INTO test_runs (id, environment, suite, suite_json, revision_json, state, requested_at)
         VALUES (?, ?, ?, ?, ?, 'requested', ?)`,
        run.id,
        run.environment,
        run.suite,
        JSON.stringify(request.suite),
        request.revision === null ? null : JSON.stringify(request.revision),
        run.requestedAt,
      );
      return run;
    });
  }

  testRun(id: string): Promise<TestRun | null> {
    const { connection } = this.#parts;
    return connection.read(() => {
      const row = connection.get('SELECT * FROM test_runs WHERE id = ?', id);
      return row === undefined ? null : runOf(row);
    });
  }

  pendingTests(environment: string): Promise<readonly PendingTest[]> {
    const { connection } = this.#parts;
    return connection.read(() =>
      connection
        .all(
          `SELECT * FROM test_runs WHERE environment = ? AND state <> 'finished' ORDER BY requested_at, id`,
          environment,
        )
        .map(pendingOf),
    );
  }

  startTest(id: string): Promise<void> {
    const { connection } = this.#parts;
    return connection.write(() => {
      connection.run(
        `UPDATE test_runs SET state = 'running' WHERE id = ? AND state = 'requested'`,
        id,
      );
    });
  }

  finishTest(
    id: string,
    result: { readonly outcome: 'passed' | 'failed' | 'error'; readonly message: string | null },
  ): Promise<void> {
    const { connection, now } = this.#parts;
    return connection.write(() => {
      const changed = connection.run(
        `UPDATE test_runs SET state = 'finished', finished_at = ?, outcome = ?, message = ?
         WHERE id = ? AND state <> 'finished'`,
        now(),
        result.outcome,
        result.message,
        id,
      );
      if (changed > 0) this.#trim(id);
    });
  }

  #trim(id: string): void {
    const { connection, limits } = this.#parts;
    connection.run(
      `DELETE FROM test_runs WHERE id IN (
         SELECT id FROM test_runs
         WHERE state = 'finished' AND environment = (SELECT environment FROM test_runs WHERE id = ?)
         ORDER BY finished_at DESC, id DESC LIMIT -1 OFFSET ?)`,
      id,
      limits.testRunCount,
    );
  }
}

function runOf(row: Row): TestRun {
  return {
    id: text(row, 'id'),
    environment: text(row, 'environment'),
    suite: text(row, 'suite'),
    state: stateOf(text(row, 'state')),
    requestedAt: text(row, 'requested_at'),
    finishedAt: textOrNull(row, 'finished_at'),
    outcome: outcomeOf(textOrNull(row, 'outcome')),
    message: textOrNull(row, 'message'),
  };
}

function pendingOf(row: Row): PendingTest {
  const revision = textOrNull(row, 'revision_json');
  return {
    run: runOf(row),
    suite: JSON.parse(text(row, 'suite_json')) as TestSuite,
    revision: revision === null ? null : (JSON.parse(revision) as Revision),
  };
}

function stateOf(stored: string): TestRun['state'] {
  return stored === 'requested' || stored === 'running' ? stored : 'finished';
}

function outcomeOf(stored: string | null): TestRun['outcome'] {
  return stored === 'passed' || stored === 'failed' || stored === 'error' ? stored : null;
}

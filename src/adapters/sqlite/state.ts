import { dirname, join } from 'node:path';
import type { CallSink, CallSource } from '../../application/ports/call-store.ts';
import type { Clock, Ids } from '../../application/ports/clock.ts';
import type { EngineLedger, LeaseStore } from '../../application/ports/engine-ledger.ts';
import type {
  BaselineDemands,
  EnvironmentStore,
  EventStore,
  ReportStore,
  TestRunStore,
} from '../../application/ports/environment-store.ts';
import type { KeptAnswers } from '../../application/ports/kept-answers.ts';
import type { BranchMemories } from '../../application/ports/repositories.ts';
import { Answers } from './answers.ts';
import { Branches } from './branches.ts';
import { ChangeFeed } from './change-feed.ts';
import { Connection } from './connection.ts';
import { Demands } from './demands.ts';
import { Environments } from './environments.ts';
import { Events } from './events.ts';
import { History } from './history.ts';
import { Leases } from './leases.ts';
import { Ledger } from './ledger.ts';
import { STATE_LIMITS, type StateLimits } from './limits.ts';
import { Recordings } from './recordings.ts';
import { Reports } from './reports.ts';
import { CALLS_MIGRATIONS, STATE_MIGRATIONS } from './schema.ts';
import { SortableIds } from './sortable-ids.ts';
import { Store } from './store.ts';
import { TestRuns } from './test-runs.ts';

/**
 * All durable state of the embedded engine: two SQLite files that any number of processes share.
 *
 * A promise that resolved is a promise kept: what it wrote survives `kill -9` of every process. Each
 * write is one transaction. Nothing here decides anything: rules live in `domain`, order of work in
 * `application`.
 */
export interface State {
  readonly store: EnvironmentStore & BaselineDemands & EventStore & TestRunStore & ReportStore;
  readonly ledger: EngineLedger;
  readonly leases: LeaseStore;
  readonly branches: BranchMemories;
  readonly answers: KeptAnswers;
  readonly calls: CallSource;
  /** The one sink of this process for an environment. */
  callSink(environment: string): StateCallSink;
  /** Calls back within the interval after any process wrote state. Returns how to stop. */
  onCommit(listener: () => void, intervalMs: number): () => void;
  /** Writes what waits, then lets go of the files. */
  readonly close: () => Promise<void>;
}

interface StateCallSink extends CallSink {
  /** Not yet written. */
  readonly waitingCount: number;
  /** Resolves when what waits now is written, or cannot be at the moment. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface StateOptions {
  readonly clock?: Pick<Clock, 'nowMs'>;
  readonly ids?: Ids;
  readonly limits?: Partial<StateLimits>;
  /** How long a locked database is waited for; 5 s unless told. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens the state, making the files when missing; the calls lie in `calls.db` beside `file`.
 *
 * @throws {OperationError} `STATE_UNREADABLE` (also for a newer schema), `STATE_BUSY`, `DISK_FULL`.
 */
export function openState(file: string, options: StateOptions = {}): State {
  const nowMs = (): number => options.clock?.nowMs() ?? Date.now();
  const now = (): string => new Date(nowMs()).toISOString();
  const ids = options.ids ?? new SortableIds(nowMs);
  const limits: StateLimits = { ...STATE_LIMITS, ...options.limits };
  const busy = options.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: options.busyTimeoutMs };
  const connection = new Connection(file, { migrations: STATE_MIGRATIONS, ...busy });
  const callsConnection = new Connection(join(dirname(file), 'calls.db'), {
    migrations: CALLS_MIGRATIONS,
    ...busy,
  });
  const recordings = new Recordings(callsConnection, limits);
  const history = new History(connection, limits, nowMs);
  const feed = new ChangeFeed(connection);
  return {
    store: new Store({
      environments: new Environments({ connection, history, recordings, ids, now }),
      demands: new Demands(connection),
      events: new Events(connection, limits, now),
      testRuns: new TestRuns({ connection, limits, ids, now }),
      reports: new Reports(connection, limits),
    }),
    ledger: new Ledger(connection),
    leases: new Leases(connection),
    branches: new Branches(connection),
    answers: new Answers(connection, limits, nowMs),
    calls: recordings,
    callSink: (environment) => recordings.sink(environment),
    onCommit: (listener, intervalMs) => feed.onCommit(listener, intervalMs),
    close: async () => {
      feed.close();
      await recordings.close();
      await callsConnection.close();
      await connection.close();
    },
  };
}

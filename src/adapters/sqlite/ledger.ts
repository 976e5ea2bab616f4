import type {
  EngineLedger,
  PortKey,
  ProcessRecord,
  TaskRecord,
} from '../../application/ports/engine-ledger.ts';
import type { Connection, Row } from './connection.ts';
import { Ports } from './port-ledger.ts';
import { integer, text, textOrNull } from './row.ts';

/** What an engine runs, by environment name: ports, processes, tasks. Knows nothing of lives. */
export class Ledger implements EngineLedger {
  readonly #connection: Connection;
  readonly #ports: Ports;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#ports = new Ports(connection);
  }

  allocatePorts(
    environment: string,
    keys: readonly PortKey[],
    isFree: (port: number) => Promise<boolean>,
  ): Promise<ReadonlyMap<PortKey, number>> {
    return this.#ports.allocatePorts(environment, keys, isFree);
  }

  portsOf(environment: string): Promise<ReadonlyMap<PortKey, number>> {
    return this.#ports.portsOf(environment);
  }

  freePorts(environment: string, keys?: readonly PortKey[]): Promise<void> {
    return this.#ports.freePorts(environment, keys);
  }

  recordProcess(record: ProcessRecord): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run(
        `INSERT OR REPLACE INTO processes (environment, pid, start_time, boot_id, owner)
         VALUES (?, ?, ?, ?, ?)`,
        record.environment,
        record.pid,
        record.startTime,
        record.bootId,
        record.owner,
      );
    });
  }

  forgetProcess(environment: string, pid: number): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run('DELETE FROM processes WHERE environment = ? AND pid = ?', environment, pid);
    });
  }

  processesOf(environment: string): Promise<readonly ProcessRecord[]> {
    const connection = this.#connection;
    return connection.read(() =>
      connection
        .all('SELECT * FROM processes WHERE environment = ? ORDER BY pid', environment)
        .map(processOf),
    );
  }

  writeTask(environment: string, record: TaskRecord): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run(
        `INSERT OR REPLACE INTO tasks (environment, task, fingerprint, generation, state, code,
           message, evidence, started_at, finished_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        environment,
        record.task,
        record.fingerprint,
        record.generation,
        record.state,
        record.code,
        record.message,
        record.evidence,
        record.startedAt,
        record.finishedAt,
      );
    });
  }

  tasksOf(environment: string): Promise<readonly TaskRecord[]> {
    const connection = this.#connection;
    return connection.read(() =>
      connection
        .all('SELECT * FROM tasks WHERE environment = ? ORDER BY task', environment)
        .map(taskOf),
    );
  }

  forgetTasks(environment: string, tasks: readonly string[]): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      for (const task of tasks) {
        connection.run('DELETE FROM tasks WHERE environment = ? AND task = ?', environment, task);
      }
    });
  }
}

function processOf(row: Row): ProcessRecord {
  return {
    environment: text(row, 'environment'),
    owner: text(row, 'owner'),
    pid: integer(row, 'pid'),
    startTime: text(row, 'start_time'),
    bootId: text(row, 'boot_id'),
  };
}

function taskOf(row: Row): TaskRecord {
  return {
    task: text(row, 'task'),
    fingerprint: text(row, 'fingerprint'),
    generation: integer(row, 'generation'),
    state: stateOf(text(row, 'state')),
    code: textOrNull(row, 'code'),
    message: textOrNull(row, 'message'),
    evidence: textOrNull(row, 'evidence'),
    startedAt: text(row, 'started_at'),
    finishedAt: textOrNull(row, 'finished_at'),
  };
}

function stateOf(stored: string): TaskRecord['state'] {
  return stored === 'Running' || stored === 'Succeeded' ? stored : 'Failed';
}

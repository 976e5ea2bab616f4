import type {
  EngineLedger,
  PortKey,
  ProcessRecord,
  TaskRecord,
} from '../../src/application/ports/engine-ledger.ts';
import { OperationError } from '../../src/domain/errors.ts';

const FIRST_PORT = 20_000;
const LAST_PORT = 32_767;

/**
 * The memory of an engine for tests of what uses it. Its lie: it does not survive its process.
 *
 * Ports are dealt out from a place that the test's process decides, so that tests side by side meet
 * rarely.
 */
export class MemoryLedger implements EngineLedger {
  readonly #ports = new Map<string, Map<PortKey, number>>();
  readonly #processes = new Map<string, Map<number, ProcessRecord>>();
  readonly #tasks = new Map<string, Map<string, TaskRecord>>();
  #nextPort = FIRST_PORT + ((process.pid * 97) % (LAST_PORT - FIRST_PORT));
  #allocation: Promise<unknown> = Promise.resolve();

  allocatePorts(
    environment: string,
    keys: readonly PortKey[],
    isFree: (port: number) => Promise<boolean>,
  ): Promise<ReadonlyMap<PortKey, number>> {
    const result = this.#allocation.then(() => this.#allocate(environment, keys, isFree));
    this.#allocation = result.catch(() => undefined);
    return result;
  }

  portsOf(environment: string): Promise<ReadonlyMap<PortKey, number>> {
    return Promise.resolve(new Map(this.#ports.get(environment)));
  }

  freePorts(environment: string, keys?: readonly PortKey[]): Promise<void> {
    if (keys === undefined) this.#ports.delete(environment);
    for (const key of keys ?? []) this.#ports.get(environment)?.delete(key);
    return Promise.resolve();
  }

  recordProcess(record: ProcessRecord): Promise<void> {
    within(this.#processes, record.environment).set(record.pid, record);
    return Promise.resolve();
  }

  forgetProcess(environment: string, pid: number): Promise<void> {
    this.#processes.get(environment)?.delete(pid);
    return Promise.resolve();
  }

  processesOf(environment: string): Promise<readonly ProcessRecord[]> {
    return Promise.resolve([...(this.#processes.get(environment)?.values() ?? [])]);
  }

  writeTask(environment: string, record: TaskRecord): Promise<void> {
    within(this.#tasks, environment).set(record.task, record);
    return Promise.resolve();
  }

  tasksOf(environment: string): Promise<readonly TaskRecord[]> {
    return Promise.resolve([...(this.#tasks.get(environment)?.values() ?? [])]);
  }

  forgetTasks(environment: string, tasks: readonly string[]): Promise<void> {
    for (const task of tasks) this.#tasks.get(environment)?.delete(task);
    return Promise.resolve();
  }

  async #allocate(
    environment: string,
    keys: readonly PortKey[],
    isFree: (port: number) => Promise<boolean>,
  ): Promise<ReadonlyMap<PortKey, number>> {
    const ports = new Map(this.#ports.get(environment));
    const used = new Set([...this.#ports.values()].flatMap((each) => [...each.values()]));
    for (const key of keys) {
      if (ports.has(key)) continue;
      const port = await this.#freePort(used, isFree);
      used.add(port);
      ports.set(key, port);
    }
    this.#ports.set(environment, ports);
    return new Map(ports);
  }

  async #freePort(
    used: ReadonlySet<number>,
    isFree: (port: number) => Promise<boolean>,
  ): Promise<number> {
    for (let tries = FIRST_PORT; tries <= LAST_PORT; tries += 1) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      if (!used.has(port) && (await isFree(port))) return port;
    }
    throw new OperationError('PORTS_EXHAUSTED', 'no port is free');
  }
}

function within<K, V>(maps: Map<string, Map<K, V>>, name: string): Map<K, V> {
  const known = maps.get(name);
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  maps.set(name, made);
  return made;
}

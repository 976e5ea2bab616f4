import { spawn } from 'node:child_process';
import type { Ids } from '../../application/ports/clock.ts';
import type {
  Address,
  Engine,
  LogLine,
  LogOptions,
  SuiteOrder,
  SuiteResult,
  TaskObservation,
  TaskOrder,
} from '../../application/ports/engine.ts';
import type { EdgeFinding } from '../../application/ports/wiring.ts';
import { BASELINE } from '../../application/ports/environment-store.ts';
import type { PlatformEvent } from '../../domain/calls/report.ts';
import type { Diagnostic } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { RequiredEdge } from '../../domain/plan/required-edges.ts';
import { AddressBook, readAddresses } from './addresses/address-book.ts';
import { BaselineView } from './addresses/baseline-view.ts';
import { connectionIds } from './connection-ids.ts';
import { openDatabaseCache } from './datastores/passable-root.ts';
import { preparePostgres, type Postgres } from './datastores/postgres-binaries.ts';
import { environmentFolder, installationOf } from './environment-folder.ts';
import { EnvironmentRuntime } from './environment-runtime.ts';
import { EventLog, readEvents } from './logs/evidence.ts';
import { logPath, readLog } from './logs/log-files.ts';
import { LogBook } from './logs/log-writer.ts';
import { checkPlan } from './preflight.ts';
import { processHost, type ProcessHost } from './processes/process-host.ts';
import { Processes } from './processes/processes.ts';
import { createRedactor } from './logs/redaction.ts';
import type { EmbeddedPorts, EmbeddedSettings, Site } from './site.ts';
import { runSuite } from './works/suite.ts';
import { baseVariables, readVariables } from './configuration/variables.ts';

/**
 * Runs components as processes of this machine, without any privilege (design §4).
 *
 * It lives in the agent of an environment, which is the parent of everything that runs there. Logs,
 * addresses, events and `exec` work from files and the ledger, so other processes may ask for them too.
 * Desired state is not here: whoever calls `apply` has it.
 */
export class EmbeddedEngine implements Engine {
  readonly #settings: EmbeddedSettings;
  readonly #ports: EmbeddedPorts;
  readonly #host: ProcessHost;
  readonly #processes: Processes;
  readonly #baseline: BaselineView;
  readonly #ids: Ids;
  readonly #runtimes = new Map<string, EnvironmentRuntime>();
  #postgres: Promise<Postgres> | null = null;

  constructor(settings: EmbeddedSettings, ports: EmbeddedPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#host = ports.host ?? processHost();
    this.#processes = new Processes(installationOf(settings.home), {
      ledger: ports.ledger,
      clock: ports.clock,
      host: this.#host,
    });
    this.#baseline = new BaselineView(ports.ledger, ports.clock);
    this.#ids = connectionIds(() => ports.clock.nowMs());
  }

  /**
   * Ends what a dead agent left of an environment and forgets what died with it. Only for who holds the
   * lease of the environment, before anything else: it would end a living agent's processes too.
   */
  async recover(environment: string): Promise<void> {
    await this.#runtime(environment).recover();
  }

  /** Ends all processes and relays of this engine; data, ports and what was done for good stay. */
  async close(): Promise<void> {
    await Promise.all(this.#runtimes.values().map((runtime) => runtime.close()));
  }

  preflight(plan: Plan): Promise<readonly Diagnostic[]> {
    return Promise.resolve(checkPlan(plan, this.#settings.secrets));
  }

  async apply(order: TaskOrder): Promise<void> {
    await this.#runtime(order.plan.environment).apply(order);
  }

  async observe(environment: string): Promise<readonly TaskObservation[]> {
    return await this.#runtime(environment).observe();
  }

  onChange(environment: string, listener: () => void): () => void {
    return this.#runtime(environment).onChange(listener);
  }

  async prune(plan: Plan): Promise<void> {
    await this.#runtime(plan.environment).prune(plan);
  }

  async remove(environment: string): Promise<{ readonly left: readonly string[] }> {
    return { left: await this.#runtime(environment).remove() };
  }

  async addresses(environment: string): Promise<readonly Address[]> {
    const tasks = await this.#ports.ledger.tasksOf(environment);
    const exposed = new Set(
      tasks.filter(({ state }) => state === 'Succeeded').map(({ task }) => task),
    );
    const folder = environmentFolder(this.#settings.home, environment);
    return readAddresses(folder).filter(({ component }) => exposed.has(`expose/${component}`));
  }

  logs(environment: string, component: string, options: LogOptions): AsyncIterable<LogLine> {
    return readLog(
      logPath(environmentFolder(this.#settings.home, environment), component),
      options,
    );
  }

  async exec(environment: string, component: string, command: readonly string[]): Promise<number> {
    const folder = environmentFolder(this.#settings.home, environment);
    const variables = readVariables(folder, component);
    if (variables === null) {
      throw new OperationError(
        'COMPONENT_NOT_IN_ENVIRONMENT',
        `"${environment}" does not run "${component}"`,
      );
    }
    const [name = '', ...parameters] = command;
    const child = spawn(name, parameters, {
      cwd: variables.folder,
      env: {
        ...baseVariables(this.#settings.inherited),
        ...variables.plain,
        ...variables.secret,
      },
      stdio: 'inherit',
    });
    return await new Promise((resolve, reject) => {
      child.once('error', (cause) =>
        reject(
          new OperationError('COMMAND_NOT_FOUND', `"${name}" could not be started`, { cause }),
        ),
      );
      child.once('exit', (code) => resolve(code ?? 1));
    });
  }

  platformEvents(
    environment: string,
    fromUs: number,
    toUs: number,
  ): Promise<readonly PlatformEvent[]> {
    const { events } = environmentFolder(this.#settings.home, environment);
    return Promise.resolve(readEvents(events).filter(({ atUs }) => atUs >= fromUs && atUs <= toUs));
  }

  async logTail(environment: string, component: string, lines: number): Promise<readonly string[]> {
    const tail: string[] = [];
    for await (const { text } of this.logs(environment, component, { tail: lines })) {
      tail.push(text);
    }
    return tail;
  }

  async prove(plan: Plan, edges: readonly RequiredEdge[]): Promise<readonly EdgeFinding[]> {
    return await this.#runtime(plan.environment).prove(plan, edges);
  }

  async runSuite(order: SuiteOrder): Promise<SuiteResult> {
    const runtime = this.#runtime(order.plan.environment);
    return await runtime.whileHere(order.signal, (signal) => runSuite(runtime, order, signal));
  }

  #runtime(environment: string): EnvironmentRuntime {
    const known = this.#runtimes.get(environment);
    if (known !== undefined) return known;
    const runtime = this.#open(environment);
    this.#runtimes.set(environment, runtime);
    return runtime;
  }

  #open(environment: string): EnvironmentRuntime {
    const { ledger, clock, workingCopies, sink } = this.#ports;
    const settings = this.#settings;
    const folder = environmentFolder(settings.home, environment);
    const redactor = createRedactor();
    const addresses = new AddressBook(folder, {
      ledger,
      baseline: this.#baseline,
      sink: sink(environment),
      ids: this.#ids,
      proveHandshake: this.#ports.proveHandshake,
    });
    const site: Site = {
      folder,
      baseline: environmentFolder(settings.home, BASELINE),
      baselineView: this.#baseline,
      settings,
      ledger,
      clock,
      host: this.#host,
      processes: this.#processes,
      logs: new LogBook((name) => logPath(folder, name), clock, redactor),
      events: new EventLog(folder.events, clock, redactor),
      port: (key) => addresses.port(key),
      claimPorts: (keys) => addresses.claim(keys),
      checkout: async (revision) =>
        revision === null
          ? { folder: settings.project, isShared: false }
          : {
              folder: await workingCopies.checkout(revision.repository, revision.sha),
              isShared: true,
            },
      postgres: () => this.#preparedPostgres(),
    };
    return new EnvironmentRuntime(site, addresses);
  }

  /** Tried again after a failure, whose reason may be gone by then. */
  #preparedPostgres(): Promise<Postgres> {
    this.#postgres ??= preparePostgres(openDatabaseCache(this.#settings)).catch(
      (error: unknown) => {
        this.#postgres = null;
        throw error;
      },
    );
    return this.#postgres;
  }
}

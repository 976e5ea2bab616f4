import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { reportToJunit } from '../../src/adapters/junit/write-junit.ts';
import { spanFiles } from '../../src/adapters/otlp/files/span-files.ts';
import { callRecordings } from '../../src/adapters/capture/recordings.ts';
import { runProgram } from '../../src/adapters/cli/program.ts';
import type {
  CliServices,
  ControllerOptions,
  GlobalFlags,
  Installation,
  ServeOptions,
  WatchOptions,
} from '../../src/adapters/cli/services.ts';
import { createEnvironments } from '../../src/application/environments/environments.ts';
import type { CatalogSource } from '../../src/application/ports/catalog-source.ts';
import type { Clock } from '../../src/application/ports/clock.ts';
import type { Doctor, DoctorOptions, Finding } from '../../src/application/ports/doctor.ts';
import type { LogLine, LogOptions } from '../../src/application/ports/engine.ts';
import type {
  Condition,
  EnvironmentRecord,
} from '../../src/application/ports/environment-store.ts';
import { DEFAULT_CLUSTER_CHOICES, type ProjectSettings } from '../../src/application/project.ts';
import type { Report } from '../../src/domain/calls/report.ts';
import type { Catalog } from '../../src/domain/catalog/component.ts';
import type { Diagnostic } from '../../src/domain/diagnostic.ts';
import type { TaskStatus } from '../../src/domain/plan/plan.ts';
import { BranchTable, type Branches } from './branch-table.ts';
import { HeldBranchMemories } from './branch-memories.ts';
import { MemoryStore } from './memory-store.ts';
import { recordedTerminal, type RecordedTerminal, type TerminalTraits } from './terminal.ts';

/**
 * The command line over real use cases and a store in memory. Repositories are a table of branches; who
 * reconciles is a function of the test, called at every wake-up.
 */

export interface StageOptions {
  readonly catalog: Catalog;
  readonly diagnostics?: readonly Diagnostic[];
  readonly branches?: Branches;
  /** What the preflight says. */
  readonly preflight?: readonly Diagnostic[];
  readonly environmentsMax?: number;
  /** Who reconciles; everything succeeds at once unless told. */
  readonly agent?: (stage: CliStage, environment: string) => Promise<void>;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const NOW_MS = Date.UTC(2026, 0, 1);

/** Time goes by exactly where somebody sleeps. */
class HastyClock implements Clock {
  #nowMs = NOW_MS;

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    this.#nowMs += ms;
    await turn();
  }

  iso(): string {
    return new Date(this.#nowMs).toISOString();
  }
}

export class CliStage {
  readonly clock = new HastyClock();
  readonly store = new MemoryStore(() => this.clock.iso());
  readonly interrupt = new AbortController();
  readonly logged: { component: string; options: LogOptions }[] = [];
  readonly executed: { environment: string; component: string; command: readonly string[] }[] = [];
  readonly watched: WatchOptions[] = [];
  readonly served: ServeOptions[] = [];
  readonly controlled: ControllerOptions[] = [];
  findings: readonly Finding[] = [];
  readonly examined: DoctorOptions[] = [];
  readonly asked: GlobalFlags[] = [];
  /** Which parts of the services were asked for, in order. */
  readonly opened: string[] = [];
  openInstallations = 0;
  /** What the command finds on its standard input. */
  stdin: AsyncIterable<Uint8Array> = Readable.from([]);
  logLines: readonly LogLine[] = [];
  execCode = 0;
  /** Whether somebody carries environments on when a command has ended. */
  goesOn = true;
  /** What the agent made of the test run, for the default agent. */
  report: ((run: { readonly id: string; readonly environment: string }) => Report) | null = null;
  readonly #options: StageOptions;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  async run(args: readonly string[], traits: TerminalTraits = {}): Promise<Ran> {
    return await this.runIn(recordedTerminal(traits), args);
  }

  async runIn(recorded: RecordedTerminal, args: readonly string[]): Promise<Ran> {
    const code = await runProgram(args, this.services(), recorded.terminal, this.interrupt.signal);
    return { code, stdout: recorded.stdout(), stderr: recorded.stderr() };
  }

  #doctor(): Doctor {
    const { examined, findings } = this;
    return {
      async *examine(options) {
        examined.push(options);
        yield* findings;
      },
    };
  }

  services(): CliServices {
    const note = (what: string, flags: GlobalFlags): void => {
      this.opened.push(what);
      this.asked.push(flags);
    };
    return {
      version: '1.2.3',
      clock: this.clock,
      settings: (flags) => (note('settings', flags), Promise.resolve(SETTINGS)),
      catalog: (flags) => (note('catalog', flags), Promise.resolve(this.#catalogs())),
      recordings: () => Promise.resolve(callRecordings(this.stdin)),
      spans: () => Promise.resolve(spanFiles(this.stdin)),
      installation: (flags) => (note('installation', flags), Promise.resolve(this.#installation())),
      serve: (flags, options) => {
        note('serve', flags);
        this.served.push(options);
        return Promise.resolve(0);
      },
      controller: (flags, options) => {
        note('controller', flags);
        this.controlled.push(options);
        return Promise.resolve(0);
      },
      tap: () => Promise.resolve(0),
      doctor: (flags) => {
        note('doctor', flags);
        return Promise.resolve({ doctor: this.#doctor(), close: () => Promise.resolve() });
      },
      reportToJunit: (report) => Promise.resolve(reportToJunit(report)),
      command: ['node', 'cli.ts'],
      example: '/example',
    };
  }

  /** The living environment of that name. */
  async record(name: string): Promise<EnvironmentRecord> {
    const record = await this.store.get(name);
    if (record === null) throw new Error(`there is no environment "${name}"`);
    return record;
  }

  /** Writes what a reconciler would: each task as told, or Succeeded, and the conditions that follow. */
  async settle(
    name: string,
    tasks: Readonly<Record<string, Partial<TaskStatus>>> = {},
  ): Promise<void> {
    const record = await this.record(name);
    const plan = await this.store.plan(record.uid);
    const statuses = (plan?.tasks ?? []).map(({ id }): TaskStatus => ({
      id,
      state: 'Succeeded',
      attempts: 1,
      waitsFor: [],
      startedAt: this.clock.iso(),
      finishedAt: this.clock.iso(),
      ...tasks[id],
    }));
    const states = new Set(statuses.map(({ state }) => state));
    const isFailed = states.has('Failed');
    const isBusy = states.has('Running') || (states.has('Pending') && !isFailed);
    await this.store.writeStatus(record.uid, {
      observedGeneration: record.generation,
      conditions: [
        this.#condition(record, 'Ready', !isFailed && !isBusy),
        this.#condition(record, 'Progressing', isBusy),
      ],
      tasks: statuses,
      addresses: [{ component: 'gateway', url: `http://${name}--gateway.localhost` }],
    });
  }

  #condition(record: EnvironmentRecord, type: Condition['type'], isTrue: boolean): Condition {
    return {
      type,
      status: isTrue ? 'True' : 'False',
      reason: isTrue ? type : `Not${type}`,
      message: '',
      observedGeneration: record.generation,
      lastTransitionTime: this.clock.iso(),
    };
  }

  #catalogs(): CatalogSource {
    const { catalog, diagnostics = [] } = this.#options;
    return { load: () => Promise.resolve({ catalog, diagnostics }) };
  }

  #installation(): Installation {
    this.openInstallations += 1;
    const { store, clock } = this;
    const agents = {
      wake: async (name: string): Promise<void> => {
        await (this.#options.agent ?? succeed)(this, name);
      },
    };
    return {
      settings: SETTINGS,
      environments: createEnvironments({
        catalogs: this.#catalogs(),
        repositories: new BranchTable(this.#options.branches),
        memories: new HeldBranchMemories(),
        store,
        demands: store,
        testRuns: store,
        preflight: { preflight: () => Promise.resolve(this.#options.preflight ?? []) },
        existingBaseline: null,
        files: null,
        agents,
        turns: { take: (_, act) => act() },
        clock,
        settings: {
          domain: 'localhost',
          project: '/project',
          buildsFromSource: true,
          environmentsMax: this.#options.environmentsMax ?? 20,
        },
      }),
      store,
      demands: store,
      events: store,
      testRuns: store,
      reports: store,
      calls: { calls: () => Promise.resolve([]), droppedCalls: () => Promise.resolve(0) },
      views: this.#views(),
      pollMs: 50,
      revive: async () => {
        for (const { name } of await store.list()) await agents.wake(name);
      },
      goesOn: () => Promise.resolve(this.goesOn),
      watch: (options) => {
        this.watched.push(options);
        options.onLine('feat/coupon: brought up');
        return Promise.resolve();
      },
      close: () => {
        this.openInstallations -= 1;
        return Promise.resolve();
      },
    };
  }

  #views(): Installation['views'] {
    const { logged, executed } = this;
    const lines = (): readonly LogLine[] => this.logLines;
    return {
      async *logs(_, component, options) {
        logged.push({ component, options });
        yield* lines();
      },
      exec: (environment, component, command) => {
        executed.push({ environment, component, command });
        return Promise.resolve(this.execCode);
      },
    };
  }
}

/** Does at once all that is wished for. */
async function succeed(stage: CliStage, name: string): Promise<void> {
  const record = await stage.store.get(name);
  if (record === null) return;
  if (record.desired === 'removed') await stage.store.markRemoved(record.uid);
  else {
    await stage.settle(name);
    await finishTests(stage, name);
  }
}

async function finishTests(stage: CliStage, name: string): Promise<void> {
  for (const { run } of await stage.store.pendingTests(name)) {
    const report = stage.report?.(run) ?? null;
    if (report !== null) await stage.store.saveReport(report);
    await stage.store.finishTest(run.id, {
      outcome: report?.outcome === 'passed' ? 'passed' : 'failed',
      message: report === null ? 'the suite could not be started' : null,
    });
  }
}

const SETTINGS: ProjectSettings = {
  name: 'shop',
  folder: '/project',
  file: '/project/offshoot.yaml',
  catalog: ['/project/catalog'],
  engine: 'embedded',
  context: null,
  clusterDomain: 'cluster.local',
  prefix: 'offshoot',
  domain: 'localhost',
  baselineNamespaces: [],
  cluster: DEFAULT_CLUSTER_CHOICES,
  watchBranches: ['feat/*'],
  ttlMs: null,
  caps: { environments: 20, concurrency: 8 },
  secrets: '/project/secrets',
  home: '/state',
};

import type {
  Address,
  Engine,
  LogLine,
  LogOptions,
  Removed,
  SuiteOrder,
  SuiteResult,
  TaskObservation,
  TaskOrder,
} from '../../../application/ports/engine.ts';
import type { EdgeFinding } from '../../../application/ports/wiring.ts';
import type { PlatformEvent } from '../../../domain/calls/report.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import type { RequiredEdge } from '../../../domain/plan/required-edges.ts';
import { provedWiring } from '../capture/wiring/proved-wiring.ts';
import { readAddresses } from './addresses.ts';
import { applyTask } from './apply-task.ts';
import { createEvidenceReader, type EvidenceReader } from './evidence.ts';
import { runBeside, type CommandStreams } from './exec.ts';
import { readLogs } from './logs.ts';
import { createFairTurns } from './fair-turns.ts';
import { pruneTasks } from './prune.ts';
import { removeNamespace } from './removal.ts';
import type { Site } from './site.ts';
import { runSuite } from './suites/suite.ts';

/** Objects that are being applied at once, of all environments: more make an API server no quicker. */
const WRITES_MAX = 32;

/**
 * Runs components as workloads of a cluster, each environment in a namespace of its own (design §4).
 *
 * It remembers nothing: what is desired comes with every call, what is true the cluster says. Objects
 * are rendered by `render`, watched by `watch` and judged by `domain/health`; here is what happens in
 * between. Nothing is ever written outside the namespaces that say they are an environment's.
 */
export class KubernetesEngine implements Engine {
  readonly #site: Site;
  readonly #checkPlan: (plan: Plan) => Promise<readonly Diagnostic[]>;
  readonly #streams: CommandStreams;
  readonly #evidence: EvidenceReader;
  readonly #turns = createFairTurns(WRITES_MAX);

  constructor(
    site: Site,
    parts: {
      readonly checkPlan: (plan: Plan) => Promise<readonly Diagnostic[]>;
      readonly streams: CommandStreams;
    },
  ) {
    this.#site = site;
    this.#checkPlan = parts.checkPlan;
    this.#streams = parts.streams;
    this.#evidence = createEvidenceReader(site);
  }

  preflight(plan: Plan): Promise<readonly Diagnostic[]> {
    return this.#checkPlan(plan);
  }

  async apply(order: TaskOrder): Promise<void> {
    await this.#site.view().ready;
    await applyTask(this.#site, this.#turns, order);
  }

  async observe(environment: string): Promise<readonly TaskObservation[]> {
    const view = this.#site.view();
    await view.ready;
    return await this.#evidence.withLastWords(view.observe(environment));
  }

  onChange(environment: string, listener: () => void): () => void {
    return this.#site.view().onChange(environment, listener);
  }

  async prune(plan: Plan): Promise<void> {
    await this.#site.view().ready;
    await pruneTasks(this.#site, plan);
  }

  remove(environment: string): Promise<Removed> {
    return removeNamespace(this.#site, environment);
  }

  addresses(environment: string): Promise<readonly Address[]> {
    return readAddresses(this.#site, environment);
  }

  logs(environment: string, component: string, options: LogOptions): AsyncIterable<LogLine> {
    return readLogs(this.#site, { environment, component }, options);
  }

  exec(environment: string, component: string, command: readonly string[]): Promise<number> {
    return runBeside(this.#site, { environment, component }, command, this.#streams);
  }

  async platformEvents(
    environment: string,
    fromUs: number,
    toUs: number,
  ): Promise<readonly PlatformEvent[]> {
    const view = this.#site.view();
    await view.ready;
    return view.platformEvents(environment, fromUs, toUs);
  }

  async logTail(environment: string, component: string, lines: number): Promise<readonly string[]> {
    const tail: string[] = [];
    const of = { environment, component };
    for await (const { text } of readLogs(this.#site, of, { tail: lines })) tail.push(text);
    return tail;
  }

  prove(plan: Plan, edges: readonly RequiredEdge[]): Promise<readonly EdgeFinding[]> {
    return provedWiring(this.#site.api, this.#site.settings, plan, edges);
  }

  runSuite(order: SuiteOrder): Promise<SuiteResult> {
    return runSuite(this.#site, order);
  }
}

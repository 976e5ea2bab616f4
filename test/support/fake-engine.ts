import type { Clock } from '../../src/application/ports/clock.ts';
import type {
  Address,
  Engine,
  LogLine,
  LogOptions,
  SuiteOrder,
  SuiteResult,
  TaskObservation,
  TaskOrder,
} from '../../src/application/ports/engine.ts';
import type { EdgeFinding } from '../../src/application/ports/wiring.ts';
import type { PlatformEvent } from '../../src/domain/calls/report.ts';
import type { Diagnostic } from '../../src/domain/diagnostic.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Plan, Task } from '../../src/domain/plan/plan.ts';
import type { RequiredEdge } from '../../src/domain/plan/required-edges.ts';

/** What becomes of a Task in the fake engine. */
export interface TaskScript {
  /** From apply to the end; it never ends when `Infinity`. Default 100. */
  readonly durationMs?: number;
  /** How it ends, when not well. */
  readonly failure?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly evidence?: string;
  };
  /** Thrown by `apply`, which accepts nothing then. */
  readonly refusal?: Error;
  /** What the component wrote. */
  readonly log?: readonly string[];
}

export interface FakeEngineOptions {
  readonly clock: Clock;
  /** Asked at every apply that begins something. */
  readonly script?: (order: TaskOrder) => TaskScript;
  /** What `preflight` finds. */
  readonly problems?: (plan: Plan) => readonly Diagnostic[];
  /** What is left after so many removals; 1 is the first. */
  readonly left?: (environment: string, removal: number) => readonly string[];
  /** What is found of an edge; `ok` unless told. */
  readonly wiring?: (edge: RequiredEdge) => EdgeFinding;
  readonly suite?: (order: SuiteOrder) => Partial<SuiteResult>;
  readonly exec?: (component: string, command: readonly string[]) => number;
}

interface Applied {
  readonly order: TaskOrder;
  readonly script: TaskScript;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly generation: number;
}

interface Place {
  readonly applied: Map<string, Applied>;
  readonly listeners: Set<() => void>;
  readonly log: LogLine[];
  readonly events: PlatformEvent[];
  removalCount: number;
}

const DURATION_MS_DEFAULT = 100;

/**
 * An engine that runs nothing: Tasks take as long, and end, as a test has written. Time is that of
 * its clock.
 *
 * Its lies: applying is immediate and all or nothing; a component that is up never goes down by
 * itself (`crash` does it); logs are those of the script, all at once; a suite takes no time.
 */
export class FakeEngine implements Engine {
  readonly #options: FakeEngineOptions;
  readonly #places = new Map<string, Place>();
  /** Every apply that began something, in order. */
  readonly begun: TaskOrder[] = [];

  constructor(options: FakeEngineOptions) {
    this.#options = options;
  }

  async preflight(plan: Plan): Promise<readonly Diagnostic[]> {
    return this.#options.problems?.(plan) ?? [];
  }

  async apply(order: TaskOrder): Promise<void> {
    const { plan, task, generation } = order;
    const place = this.#place(plan.environment);
    const before = place.applied.get(task.id);
    const isSame = before?.order.task.fingerprint === task.fingerprint;
    if (isSame && before.generation >= generation && !this.#wasInterrupted(before)) return;
    if (isSame && this.#serves(before, order)) {
      place.applied.set(task.id, { ...before, generation });
      this.#notify(plan.environment);
      return;
    }
    const script = this.#options.script?.(order) ?? {};
    if (script.refusal !== undefined) throw script.refusal;
    this.begun.push(order);
    this.#begin(place, order, script);
  }

  async observe(environment: string): Promise<readonly TaskObservation[]> {
    const applied = this.#places.get(environment)?.applied.values() ?? [];
    return [...applied].map((each) => this.#observationOf(each));
  }

  onChange(environment: string, listener: () => void): () => void {
    const { listeners } = this.#place(environment);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  async prune(plan: Plan): Promise<void> {
    const kept = new Set(plan.tasks.map(({ id }) => id));
    const { applied } = this.#place(plan.environment);
    for (const id of applied.keys()) if (!kept.has(id)) applied.delete(id);
    this.#notify(plan.environment);
  }

  async remove(environment: string): Promise<{ readonly left: readonly string[] }> {
    const place = this.#place(environment);
    place.removalCount += 1;
    const left = this.#options.left?.(environment, place.removalCount) ?? [];
    for (const id of place.applied.keys()) if (!left.includes(id)) place.applied.delete(id);
    if (left.length === 0) {
      place.removalCount = 0;
      place.log.length = 0;
      place.events.length = 0;
    }
    this.#notify(environment);
    return { left };
  }

  async addresses(environment: string): Promise<readonly Address[]> {
    const applied = [...this.#place(environment).applied.values()];
    return applied
      .filter((each) => each.order.task.kind === 'expose' && this.#stateOf(each) === 'Succeeded')
      .map(({ order }) => order.task.component ?? '')
      .map((component) => ({ component, url: `http://${environment}--${component}.example` }));
  }

  async *logs(environment: string, component: string, options: LogOptions): AsyncIterable<LogLine> {
    const lines = this.#place(environment).log.filter(({ text }) =>
      text.startsWith(`${component}|`),
    );
    for (const line of lines.slice(-(options.tail ?? lines.length))) {
      yield { ...line, text: line.text.slice(component.length + 1) };
    }
  }

  async exec(_environment: string, component: string, command: readonly string[]): Promise<number> {
    return this.#options.exec?.(component, command) ?? 0;
  }

  async platformEvents(
    environment: string,
    fromUs: number,
    toUs: number,
  ): Promise<readonly PlatformEvent[]> {
    return this.#place(environment).events.filter(({ atUs }) => atUs >= fromUs && atUs <= toUs);
  }

  async logTail(environment: string, component: string, lines: number): Promise<readonly string[]> {
    const texts: string[] = [];
    for await (const { text } of this.logs(environment, component, { tail: lines })) {
      texts.push(text);
    }
    return texts;
  }

  async prove(_plan: Plan, edges: readonly RequiredEdge[]): Promise<readonly EdgeFinding[]> {
    return edges.map(this.#options.wiring ?? (() => 'ok'));
  }

  async runSuite(order: SuiteOrder): Promise<SuiteResult> {
    const nowUs = this.#options.clock.nowMs() * 1000;
    return {
      exitCode: 0,
      timedOut: false,
      startedAtUs: nowUs,
      finishedAtUs: nowUs,
      junit: null,
      output: [],
      ...this.#options.suite?.(order),
    };
  }

  /** A component that was up goes down: observed as Running again, or as failed. */
  crash(environment: string, task: string, script: TaskScript): void {
    const place = this.#place(environment);
    const before = place.applied.get(task);
    if (before !== undefined) this.#begin(place, before.order, script);
  }

  /** How many Tasks of an environment run now. */
  runningCount(environment: string): number {
    const applied = this.#places.get(environment)?.applied.values() ?? [];
    return [...applied].filter((each) => this.#stateOf(each) === 'Running').length;
  }

  #begin(place: Place, order: TaskOrder, script: TaskScript): void {
    const startedAtMs = this.#options.clock.nowMs();
    const durationMs = script.durationMs ?? DURATION_MS_DEFAULT;
    const finishedAtMs = startedAtMs + durationMs;
    const { task, generation, plan } = order;
    const applied = { order, script, startedAtMs, finishedAtMs, generation };
    place.applied.set(task.id, applied);
    for (const text of script.log ?? []) place.log.push(this.#logLine(task, text));
    this.#notify(plan.environment);
    if (!Number.isFinite(durationMs)) return;
    void this.#options.clock.sleep(durationMs).then(() => {
      if (place.applied.get(task.id) !== applied) return;
      if (script.failure !== undefined) place.events.push(eventOf(task, script, finishedAtMs));
      this.#notify(plan.environment);
    });
  }

  #logLine(task: Task, text: string): LogLine {
    const at = new Date(this.#options.clock.nowMs()).toISOString();
    return { at, stream: 'stdout', text: `${task.component ?? ''}|${text}` };
  }

  #stateOf({ script, finishedAtMs }: Applied): TaskObservation['state'] {
    if (this.#options.clock.nowMs() < finishedAtMs) return 'Running';
    return script.failure === undefined ? 'Succeeded' : 'Failed';
  }

  #serves(applied: Applied, { unavailable }: TaskOrder): boolean {
    const hasSame = applied.order.unavailable.join() === unavailable.join();
    return hasSame && this.#stateOf(applied) === 'Succeeded';
  }

  #wasInterrupted(applied: Applied): boolean {
    const { failure } = applied.script;
    return failure?.code === 'TASK_INTERRUPTED' && this.#stateOf(applied) === 'Failed';
  }

  #observationOf(applied: Applied): TaskObservation {
    const { order, script, startedAtMs, finishedAtMs, generation } = applied;
    const state = this.#stateOf(applied);
    return {
      task: order.task.id,
      fingerprint: order.task.fingerprint,
      generation,
      state,
      ...(state === 'Failed' ? script.failure : {}),
      ...(order.unavailable.length === 0 ? {} : { unavailable: order.unavailable }),
      startedAt: new Date(startedAtMs).toISOString(),
      ...(state === 'Running' ? {} : { finishedAt: new Date(finishedAtMs).toISOString() }),
    };
  }

  #place(environment: string): Place {
    const known = this.#places.get(environment);
    if (known !== undefined) return known;
    const place: Place = {
      applied: new Map(),
      listeners: new Set(),
      log: [],
      events: [],
      removalCount: 0,
    };
    this.#places.set(environment, place);
    return place;
  }

  #notify(environment: string): void {
    for (const listener of this.#place(environment).listeners) listener();
  }
}

function eventOf(task: Task, { failure }: TaskScript, atMs: number): PlatformEvent {
  return {
    component: task.component ?? '',
    atUs: atMs * 1000,
    code: failure?.code ?? 'INTERNAL',
    message: failure?.message ?? '',
  };
}

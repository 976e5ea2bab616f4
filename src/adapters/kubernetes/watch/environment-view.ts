import type { QuotaFacts } from '../../../domain/health/facts.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import type { SeenObject, SeenPod, SeenTask } from './cluster-view.ts';
import { EnvironmentObjects } from './environment-objects.ts';
import { judgeTask, type Judgement } from './observe.ts';
import { saysTheSame, type Seen } from './seen.ts';
import type { Warnings } from './warnings.ts';

/** Answers about one environment; only Tasks of which something changed are judged again. */
export class EnvironmentView {
  readonly objects = new EnvironmentObjects();
  readonly #warnings: Warnings;
  readonly #judgements = new Map<string, Judgement>();
  #observed: readonly SeenTask[] | null = null;

  constructor(warnings: Warnings) {
    this.#warnings = warnings;
  }

  /** @returns Whether that changes anything that is read. */
  put(seen: Seen, before: Seen | null): boolean {
    if (before !== null && saysTheSame(before, seen)) {
      this.objects.replace(seen);
      return false;
    }
    this.objects.put(seen);
    if (seen.facts.kind === 'ResourceQuota') this.#touchRefused();
    return true;
  }

  observe(nowMs: number): readonly SeenTask[] {
    this.#judgeStale(nowMs);
    this.#observed ??= [...this.#judgements.values()]
      .flatMap(({ observation }) => observation ?? [])
      .toSorted((a, b) => compareText(a.task, b.task));
    return this.#observed;
  }

  observeTask(task: string, nowMs: number): SeenTask | null {
    this.#judgeStale(nowMs);
    return this.#judgements.get(task)?.observation ?? null;
  }

  #judgeStale(nowMs: number): void {
    const stale = new Set(this.objects.takeStale());
    for (const [task, { changesAtMs }] of this.#judgements) {
      if (changesAtMs !== null && changesAtMs <= nowMs) stale.add(task);
    }
    if (stale.size > 0) this.#judge(stale, nowMs);
  }

  /** When time alone changes what is observed; Infinity for never. */
  get changesAtMs(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { changesAtMs } of this.#judgements.values()) {
      if (changesAtMs !== null) least = Math.min(least, changesAtMs);
    }
    return least;
  }

  seenObjects(): readonly SeenObject[] {
    return [...this.objects.all()].map(seenObject);
  }

  seenPods(component: string): readonly SeenPod[] {
    return [...this.objects.all()]
      .filter((seen) => seen.component === component)
      .toSorted((a, b) => b.createdMs - a.createdMs)
      .flatMap((seen) => seenPod(seen, component));
  }

  #judge(tasks: ReadonlySet<string>, nowMs: number): void {
    const quotas = this.#quotas();
    const judged = { objects: this.objects, warnings: this.#warnings, quotas, nowMs };
    for (const task of tasks) {
      const judgement = judgeTask(task, judged);
      if (judgement.observation === null) this.#judgements.delete(task);
      else this.#judgements.set(task, judgement);
    }
    this.#observed = null;
  }

  #quotas(): readonly QuotaFacts[] {
    return [...this.objects.all()].flatMap(({ facts }) =>
      facts.kind === 'ResourceQuota' ? [facts] : [],
    );
  }

  /** What was refused may have been refused for want of quota, or not any more. */
  #touchRefused(): void {
    const codes = new Set<ErrorCode | undefined>(['ADMISSION_DENIED', 'QUOTA_EXCEEDED']);
    for (const [task, { observation }] of this.#judgements) {
      if (codes.has(observation?.code)) this.objects.touchTask(task);
    }
  }
}

export function seenObject({ type, namespace, name, uid, order, isDeleting }: Seen): SeenObject {
  return {
    type,
    ref: namespace === '' ? { name } : { namespace, name },
    uid,
    task: order?.task ?? null,
    isDeleting,
  };
}

function seenPod({ facts, namespace, name }: Seen, component: string): readonly SeenPod[] {
  if (facts.kind !== 'Pod') return [];
  const main = facts.containers.filter(({ role }) => role === 'main');
  return [
    {
      ref: { namespace, name },
      component,
      phase: facts.phase,
      isReady: facts.ready?.status === 'True',
      containers: main.map((container) => container.name),
      hasRestarted: main.some(({ ends, last }) => ends > 0 && last !== null),
    },
  ];
}

import type { ErrorCode } from '../errors.ts';
import {
  describeEnd,
  findingOf,
  PROBE_SLACK_MS,
  recoveredAtMs,
  type ContainerView,
  type Finding,
} from './container.ts';
import { isTrue, type ContainerFacts, type PodFacts } from './facts.ts';
import { healthy, progressing, withReason, type Health, type LogSource } from './health.ts';

export interface PodView {
  readonly pod: PodFacts;
  readonly title: string;
  readonly nowMs: number;
  readonly crashCode: 'CRASH_LOOP' | 'DATASTORE_FAILED';
}

/** A node may come, or a volume be bound, in a moment. Unit: milliseconds. */
const UNSCHEDULABLE_GRACE_MS = 15_000;
/** How long a pod without a startup probe may run without being ready; the default of a Deployment. */
const READY_WITHIN_MS = 600_000;

/** Health of a pod that should keep running. */
export function podHealth(view: PodView): Health {
  const { pod } = view;
  if (pod.phase === 'Succeeded') return healthy(lastEndMs(pod));
  return (
    troubleOf(view) ?? ended(view) ?? settling(view) ?? (isTrue(pod.ready) ? up(pod) : late(view))
  );
}

/** What keeps a pod from starting, or a run of it from lasting; null when nothing does. */
function troubleOf(view: PodView): Health | null {
  return unschedulable(view) ?? containerTrouble(view, () => true);
}

/** The same for a pod whose end is judged by others: how its runs end does not count here. */
export function startTroubleOf(view: PodView): Health | null {
  return unschedulable(view) ?? containerTrouble(view, ({ state }) => state === 'waiting');
}

/** Pods of a workload that are over are replaced: they say nothing about it. */
export function isOver({ phase }: PodFacts): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

/** Lines of the last run that said anything. */
export function logsOf(pod: PodFacts, container: ContainerFacts): LogSource | null {
  if (container.last === null && container.state !== 'running') return null;
  const isPrevious = container.last !== null && container.state === 'running';
  return { pod: pod.name, container: container.name, isPrevious };
}

/** The container whose end is the pod's: one that failed, its own before those that only help it. */
export function endedContainer({ containers }: PodFacts): ContainerFacts | null {
  const failed = containers.filter(
    ({ state, last }) => state === 'terminated' && last?.exitCode !== 0,
  );
  return failed.find(({ role }) => role === 'main') ?? failed[0] ?? null;
}

function unschedulable({ pod, title, nowMs }: PodView): Health | null {
  const { scheduled } = pod;
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return null;
  const sinceMs = scheduled.sinceMs ?? pod.createdMs;
  const message = withReason(`"${title}" fits on no node`, scheduled.message);
  const countsFromMs = sinceMs + UNSCHEDULABLE_GRACE_MS;
  return judged({ code: 'UNSCHEDULABLE', message, sinceMs, countsFromMs }, nowMs, null);
}

function containerTrouble(
  view: PodView,
  counts: (container: ContainerFacts) => boolean,
): Health | null {
  for (const container of view.pod.containers) {
    if (!counts(container)) continue;
    const finding = findingOf(containerView(view, container));
    if (finding !== null) return judged(finding, view.nowMs, logsOf(view.pod, container));
  }
  return null;
}

function containerView(
  { pod, title, nowMs, crashCode }: PodView,
  container: ContainerFacts,
): ContainerView {
  const name = container.role === 'main' ? title : `${title}/${container.name}`;
  return { container, pod, title: name, nowMs, crashCode };
}

function judged(finding: Finding, nowMs: number, evidenceOf: LogSource | null): Health {
  const { code, message, sinceMs, countsFromMs } = finding;
  if (nowMs < countsFromMs) return progressing(message, { changesAtMs: countsFromMs });
  return { state: 'Failed', code, message, sinceMs, evidenceOf };
}

/** A pod that is over for good and that nobody replaces. */
function ended({ pod, title, crashCode }: PodView): Health | null {
  if (pod.phase !== 'Failed') return null;
  const container = endedContainer(pod);
  const [code, message]: [ErrorCode, string] =
    pod.reason === 'Evicted'
      ? ['EVICTED', withReason(`"${title}" was evicted from its node`, pod.message)]
      : [
          crashCode,
          `"${title}" ended${container?.last ? ` with ${describeEnd(container.last)}` : ''}`,
        ];
  const evidenceOf = container === null ? null : logsOf(pod, container);
  return { state: 'Failed', code, message, sinceMs: lastEndMs(pod), evidenceOf };
}

/** What ended a moment ago and is up again may be about to end once more. */
function settling({ pod, nowMs }: PodView): Health | null {
  for (const container of pod.containers) {
    const { last, state, role } = container;
    if (last === null || state !== 'running' || role === 'init') continue;
    const changesAtMs = recoveredAtMs(container, last);
    if (container.isReady && nowMs < changesAtMs) {
      return progressing('started again a moment ago', { sinceMs: last.finishedMs, changesAtMs });
    }
  }
  return null;
}

function up(pod: PodFacts): Health {
  return healthy(pod.ready?.sinceMs ?? null);
}

/** Runs and is not ready: a failure once it took longer than it may. */
function late({ pod, title, nowMs }: PodView): Health {
  const sinceMs = pod.ready?.sinceMs ?? null;
  const slow = pod.containers.find(
    ({ state, isReady, role }) => state === 'running' && !isReady && role !== 'init',
  );
  if (slow === undefined) return progressing(null, { sinceMs });
  const beganMs = Math.max(slow.sinceMs ?? 0, sinceMs ?? 0);
  const untilMs = beganMs + (slow.startupMs ?? READY_WITHIN_MS) + PROBE_SLACK_MS;
  if (nowMs < untilMs) return progressing(null, { sinceMs, changesAtMs: untilMs });
  const message = `"${title}" runs but its probe does not succeed`;
  const evidenceOf = { pod: pod.name, container: slow.name, isPrevious: false };
  return { state: 'Failed', code: 'PROBE_FAILING', message, sinceMs: untilMs, evidenceOf };
}

function lastEndMs({ containers }: PodFacts): number | null {
  const ends = containers.flatMap(({ last }) => last?.finishedMs ?? []);
  return ends.length === 0 ? null : Math.max(...ends);
}

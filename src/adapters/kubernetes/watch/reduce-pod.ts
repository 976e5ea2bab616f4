import { couldNotStart, isFailingToStart } from '../../../domain/health/container.ts';
import type { ContainerFacts, PodFacts, Termination } from '../../../domain/health/facts.ts';
import { conditionOf } from '../../../domain/health/facts.ts';
import type { KubeObject, ObjectMeta } from '../client/kube-object.ts';
import { listAt, numberAt, textAt, valueAt } from '../client/read-object.ts';
import { amountsOf } from './amounts.ts';
import type { Intern } from './interner.ts';
import { instantOf, statusConditions } from './reduce-conditions.ts';
import type { FactsContext } from './seen.ts';

const CONDITIONS = [
  { type: 'PodScheduled', toldWhen: 'False' },
  { type: 'Ready', toldWhen: null },
] as const;

const TEXT_MAX = 300;

/** Containers that have no status yet are not there yet. */
export function reducePod(object: KubeObject, { before, nowMs, intern }: FactsContext): PodFacts {
  const { metadata } = object;
  const conditions = statusConditions(object, CONDITIONS, intern);
  const known = before?.facts.kind === 'Pod' ? before.facts.containers : [];
  return {
    kind: 'Pod',
    name: metadata.name,
    phase: intern(textIn(object, 'status', 'phase')),
    reason: intern(textIn(object, 'status', 'reason')),
    message: textIn(object, 'status', 'message').slice(0, TEXT_MAX),
    createdMs: instantOf(metadata.creationTimestamp) ?? nowMs,
    scheduled: conditionOf(conditions, 'PodScheduled'),
    ready: conditionOf(conditions, 'Ready'),
    containers: containersOf(object, { known, nowMs, intern }),
    revision: intern(revisionOf(metadata)),
  };
}

/** Name of its ReplicaSet, or the hash that other workloads put on it. */
function revisionOf({ ownerReferences = [], labels = {} }: ObjectMeta): string {
  const owner = ownerReferences.find(({ controller }) => controller === true);
  return owner?.kind === 'ReplicaSet' ? owner.name : (labels['controller-revision-hash'] ?? '');
}

function textIn(value: unknown, ...path: readonly string[]): string {
  return textAt(value, ...path) ?? '';
}

interface ContainersContext {
  readonly known: readonly ContainerFacts[];
  readonly nowMs: number;
  readonly intern: Intern;
}

function containersOf(object: KubeObject, context: ContainersContext): readonly ContainerFacts[] {
  const read = (list: 'containers' | 'initContainers', statuses: string): ContainerFacts[] =>
    listAt(object, 'status', statuses).flatMap((status) => {
      const name = textAt(status, 'name') ?? '';
      const spec = listAt(object, 'spec', list).find((each) => textAt(each, 'name') === name);
      const isSidecar = textAt(spec, 'restartPolicy') === 'Always';
      const inits = isSidecar ? 'sidecar' : 'init';
      return containerOf(status, { spec, role: list === 'containers' ? 'main' : inits }, context);
    });
  return [
    ...read('initContainers', 'initContainerStatuses'),
    ...read('containers', 'containerStatuses'),
  ];
}

function containerOf(
  status: unknown,
  { spec, role }: { readonly spec: unknown; readonly role: ContainerFacts['role'] },
  { known, nowMs, intern }: ContainersContext,
): ContainerFacts {
  const name = intern(textIn(status, 'name'));
  const waiting = intern(textIn(status, 'state', 'waiting', 'reason'));
  const isStuck = isFailingToStart(waiting);
  const was = known.find((each) => each.name === name);
  const now = terminationOf(status, 'state', intern);
  const limits = valueAt(status, 'resources', 'limits');
  return {
    name,
    role,
    state: stateOf(status),
    waiting,
    waitingText: isStuck ? textOfWaiting(status) : '',
    sinceMs: isStuck ? stuckSinceMs(was, nowMs) : runningSinceMs(status),
    isReady: valueAt(status, 'ready') === true,
    ends: endsOf(status),
    last: now ?? terminationOf(status, 'lastState', intern),
    startupMs: startupMsOf(valueAt(spec, 'startupProbe')),
    given: limits === undefined ? null : amountsOf(limits),
  };
}

/** A waiting container does not say since when: whoever saw it begin knows. */
function stuckSinceMs(was: ContainerFacts | undefined, nowMs: number): number | null {
  return was !== undefined && isFailingToStart(was.waiting) ? was.sinceMs : nowMs;
}

function runningSinceMs(status: unknown): number | null {
  return instantOf(textAt(status, 'state', 'running', 'startedAt'));
}

function stateOf(status: unknown): ContainerFacts['state'] {
  if (valueAt(status, 'state', 'running') !== undefined) return 'running';
  return valueAt(status, 'state', 'terminated') === undefined ? 'waiting' : 'terminated';
}

/** Restarts count from the second run on; one that waits to run again has ended once more. */
function endsOf(status: unknown): number {
  const hasRun = ['state', 'lastState'].some(
    (state) => valueAt(status, state, 'terminated') !== undefined,
  );
  const isDown = hasRun && stateOf(status) !== 'running';
  return (numberAt(status, 'restartCount') ?? 0) + (isDown ? 1 : 0);
}

function textOfWaiting(status: unknown): string {
  return (textAt(status, 'state', 'waiting', 'message') ?? '').slice(0, TEXT_MAX);
}

function terminationOf(
  status: unknown,
  state: 'state' | 'lastState',
  intern: Intern,
): Termination | null {
  const end = valueAt(status, state, 'terminated');
  const exitCode = numberAt(end, 'exitCode');
  if (exitCode === null) return null;
  const finishedMs = instantOf(textAt(end, 'finishedAt')) ?? 0;
  const reason = intern(textAt(end, 'reason') ?? '');
  return {
    exitCode,
    reason,
    text: couldNotStart({ reason }) ? (textAt(end, 'message') ?? '').slice(-TEXT_MAX) : '',
    startedMs: instantOf(textAt(end, 'startedAt')) ?? finishedMs,
    finishedMs,
  };
}

const PERIOD_SECONDS_DEFAULT = 10;
const FAILURES_DEFAULT = 3;

function startupMsOf(probe: unknown): number | null {
  if (probe === undefined) return null;
  const periodSeconds = numberAt(probe, 'periodSeconds') ?? PERIOD_SECONDS_DEFAULT;
  const failures = numberAt(probe, 'failureThreshold') ?? FAILURES_DEFAULT;
  return ((numberAt(probe, 'initialDelaySeconds') ?? 0) + periodSeconds * failures) * 1000;
}

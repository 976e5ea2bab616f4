import { compareEnds, type Call } from '../call.ts';
import {
  faultOfCaller,
  faultOfEvent,
  faultOfServer,
  faultOfSlowServer,
  faultOfWay,
  type Fault,
} from './faults.ts';
import {
  decidedAtUs,
  isFailed,
  isGivenUp,
  isOpaque,
  isRed,
  isThrottled,
  isTurnedAway,
  isUnseen,
} from '../outcomes.ts';
import type { Scene } from './scene.ts';

/**
 * One step of the walk from a failed call towards its cause: to the call that explains it, or to the
 * component that has to answer for it. Local: it looks at one call and at what its server called.
 */

export interface Failure {
  readonly call: Call;
  /** The instant at which it counted as failed: its client's decision. */
  readonly atUs: number;
}

export type Step =
  | {
      readonly kind: 'descend';
      readonly to: Failure;
      readonly isSure: boolean;
      /** Other calls that could explain it too, likeliest first. */
      readonly also: readonly Call[];
      /** The encrypted connection that lies between. */
      readonly through?: Call;
    }
  | { readonly kind: 'blame'; readonly fault: Fault; readonly also?: readonly Call[] }
  | { readonly kind: 'unseen'; readonly components: readonly string[]; readonly call: Call };

/** Two records of one instant may differ by so much. */
const SAME_TIME_US = 2_000;
/** An error that a server makes of another's answer follows it this soon. */
const PROMPT_US = 50_000;
/** A server that had waited this long for an open call was waiting, not doing something on the side. */
const WAITED_US = 1_000_000;
/** Engines tell the time of a death in whole seconds. */
const CLOCK_TICK_US = 1_000_000;

export function failureOf(call: Call): Failure {
  return { call, atUs: decidedAtUs(call) };
}

export function nextStep(scene: Scene, failure: Failure): Step {
  const { call } = failure;
  const way = faultOfWay(scene, call);
  if (way !== null) return { kind: 'blame', fault: way };
  if (scene.isOpaqueComponent(call.server)) return blameServer(scene, failure);
  const all = scene.forest.childrenOf(call);
  const children = all.filter((child) => child.startedAtUs <= failure.atUs && !isOpaque(child));
  const rules = isFailed(call) ? (isGivenUp(call) ? WHEN_GIVEN_UP : WHEN_ANSWERED) : WHEN_SLOW;
  for (const rule of rules) {
    const step = rule(scene, failure, children);
    if (step !== null) return step;
  }
  return blameServer(scene, failure);
}

type Rule = (scene: Scene, failure: Failure, children: readonly Call[]) => Step | null;

/** The call that the server was waiting for at that moment owns the failure. */
const stillOpen: Rule = (_scene, { atUs }, children) => {
  const [longest, ...also] = children.filter((child) => isOpenAt(child, atUs));
  if (longest === undefined) return null;
  return { kind: 'descend', to: { call: longest, atUs }, isSure: true, also };
};

/** A failed call before the failure, that no later attempt made good. The first to fail leads. */
const failedBefore: Rule = (_scene, { call, atUs }, children) => {
  const sinceUs = call.outcome === 'client_error' ? atUs - PROMPT_US : -Infinity;
  const failed = notMadeGood(children)
    .filter((child) => isRed(child) && endsWithin(child, sinceUs, atUs + SAME_TIME_US))
    .toSorted(compareEnds);
  const [first, ...also] = failed;
  if (first === undefined) return null;
  return { kind: 'descend', to: failureOf(first), isSure: call.outcome !== 'client_error', also };
};

/** A call that the server itself gave up, just before it answered with its failure. */
const givenUpBefore: Rule = (_scene, { call, atUs }, children) => {
  const saysTimeout = call.outcome === 'timeout' || call.status === 503;
  const child = children.find(
    (candidate) =>
      (isGivenUp(candidate) && endsWithin(candidate, atUs - PROMPT_US, atUs + PROMPT_US)) ||
      (isOpenAt(candidate, atUs) && (saysTimeout || atUs - candidate.startedAtUs >= WAITED_US)),
  );
  if (child === undefined) return null;
  return { kind: 'descend', to: { call: child, atUs }, isSure: saysTimeout, also: [] };
};

/**
 * A refusal (4xx) that the server made a failure of its own. The callee only if it had enough of requests, its other
 * callers fared no better, or it used to grant the same; else the caller asked wrongly. A refusal passed on unchanged is
 * followed to whoever met it first.
 */
const refusedBefore: Rule = (scene, { call, atUs }, children) => {
  const child = notMadeGood(children).findLast(
    (candidate) =>
      candidate.outcome === 'client_error' &&
      endsWithin(candidate, atUs - PROMPT_US, atUs + SAME_TIME_US),
  );
  if (child === undefined) return null;
  const down: Step = { kind: 'descend', to: failureOf(child), isSure: false, also: [] };
  if (isThrottled(child)) return down;
  const others = scene.witnesses.othersGot(child);
  if (others === 'only failures' || (others === 'nothing' && usedToGrant(scene, child)))
    return down;
  if (call.outcome === 'client_error' && wasMetFurtherDown(scene, child)) return down;
  // Nobody else asked, perhaps: then it may have been the callee all the same.
  const also = others === 'answers' ? [] : [child];
  return { kind: 'blame', fault: faultOfCaller(call, child, others === 'answers'), also };
};

/** Runs that passed asked it too, and of the two it is not the caller alone that the branch has changed. */
function usedToGrant(scene: Scene, call: Call): boolean {
  const isCallersChange = scene.isChanged(call.client) && !scene.isChanged(call.server);
  return scene.isUsual(call) && !isCallersChange && !isTurnedAway(call);
}

/** What was not seen may have decided. */
const unseenBefore: Rule = (_scene, { call }, children) => {
  const child = children.find(isUnseen);
  if (child === undefined) return null;
  return { kind: 'unseen', components: [call.server, child.server], call: child };
};

/** What went over an encrypted connection was not seen either, but for what it led to. */
const hiddenBefore: Rule = (scene, failure) => {
  const connections = scene.hidden
    .behind(failure.call)
    .filter(({ startedAtUs }) => startedAtUs <= failure.atUs);
  const [first] = connections;
  if (first === undefined) return null;
  for (const connection of connections) {
    const step = beyond(scene, failure, connection);
    if (step !== null) return step;
  }
  return { kind: 'unseen', components: [failure.call.server, first.server], call: first };
};

/** The server of an encrypted connection died, or what it did last failed, or was what everybody waited for. */
function beyond(scene: Scene, { call, atUs }: Failure, connection: Call): Step | null {
  const event = scene.events.behind(connection);
  if (event !== null && event.atUs >= connection.startedAtUs - CLOCK_TICK_US) {
    return { kind: 'blame', fault: faultOfEvent(event, connection) };
  }
  const last = scene.forest
    .childrenOf(connection)
    .findLast(
      (child) =>
        child.startedAtUs > call.startedAtUs && child.startedAtUs <= atUs && !isOpaque(child),
    );
  if (last === undefined) return null;
  const isWaitedFor =
    isOpenAt(last, atUs) && (isGivenUp(call) || atUs - last.startedAtUs >= WAITED_US);
  if (!isWaitedFor && !(isRed(last) && endsWithin(last, call.startedAtUs, atUs + SAME_TIME_US))) {
    return null;
  }
  const to = isWaitedFor ? { call: last, atUs } : failureOf(last);
  return { kind: 'descend', to, isSure: false, also: [], through: connection };
}

const WHEN_GIVEN_UP: readonly Rule[] = [stillOpen, failedBefore, hiddenBefore];
const WHEN_ANSWERED: readonly Rule[] = [
  failedBefore,
  givenUpBefore,
  refusedBefore,
  unseenBefore,
  hiddenBefore,
];
const WHEN_SLOW: readonly Rule[] = [stillOpen];

function blameServer(scene: Scene, { call, atUs }: Failure): Step {
  const isLate = !isFailed(call) || isGivenUp(call);
  const fault = isLate ? faultOfSlowServer(scene, call, atUs) : faultOfServer(scene, call);
  return { kind: 'blame', fault };
}

function isOpenAt(call: Call, atUs: number): boolean {
  if (call.endedAtUs === null || call.endedAtUs > atUs) return true;
  // Who gives up takes the calls it made with it, and clocks are not exact.
  return isGivenUp(call) && call.endedAtUs >= atUs - PROMPT_US;
}

function endsWithin(call: Call, fromUs: number, toUs: number): boolean {
  return call.endedAtUs !== null && call.endedAtUs >= fromUs && call.endedAtUs <= toUs;
}

/** Calls of one client without those of which a later attempt at the same operation succeeded. */
export function notMadeGood(calls: readonly Call[]): readonly Call[] {
  const successes = new Map<string, number>();
  for (const call of calls) {
    if (call.outcome === 'ok') successes.set(`${call.server} ${call.operation}`, call.startedAtUs);
  }
  return calls.filter(
    (call) =>
      (successes.get(`${call.server} ${call.operation}`) ?? -Infinity) <
      (call.endedAtUs ?? Infinity),
  );
}

function wasMetFurtherDown(scene: Scene, call: Call): boolean {
  if (scene.isOpaqueComponent(call.server)) return false;
  const atUs = decidedAtUs(call);
  return scene.forest
    .childrenOf(call)
    .some((child) => isFailed(child) && endsWithin(child, atUs - PROMPT_US, atUs + SAME_TIME_US));
}

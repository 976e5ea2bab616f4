import { elementAt } from '../../must-have.ts';
import { compareEnds, durationMsOf, lastKnownAtUs, type Call } from '../call.ts';
import { failureOf, nextStep, notMadeGood, type Failure } from './descent.ts';
import { faultOfEvent, type Fault } from './faults.ts';
import { slowestEdge, type EdgeHistory } from './latency.ts';
import { isAmber, isGivenUp, isOpaque, isRed, isUnseen } from '../outcomes.ts';
import type { PlatformEvent } from '../report.ts';
import type { Scene } from './scene.ts';
import type { CaseScope } from './windows.ts';

/**
 * One cause for one failed case, or none rather than a guess.
 *
 * From the failed root calls of the case down to the deepest failed call that explains them. Without a
 * failed root, what the engine saw happen inside the window. Statistics only where a case ran out of time.
 */

export interface Cause {
  readonly fault: Fault;
  /** The call that decided; null when an event did. */
  readonly call: Call | null;
  /** When it showed. */
  readonly atUs: number;
  /** Calls from the root to the deciding one. */
  readonly chain: readonly Call[];
  readonly confidence: 'high' | 'low';
}

export interface Explanation {
  readonly scope: CaseScope;
  readonly cause: Cause | null;
  /** At most two more that could be it, likeliest first, each of another component. */
  readonly also: readonly Cause[];
  /** Without a cause: what hides it. */
  readonly unseen: Unseen | null;
}

interface Unseen {
  readonly components: readonly string[];
  readonly reason: string;
  readonly chain: readonly Call[];
}

type Walk =
  | { readonly kind: 'cause'; readonly cause: Cause; readonly also: readonly Call[] }
  | { readonly kind: 'unseen'; readonly unseen: Unseen };

/** More candidates than this are not looked at. */
const CANDIDATES_MAX = 16;
const ALSO_MAX = 2;

export function explainCase(
  scene: Scene,
  scope: CaseScope,
  history: readonly EdgeHistory[],
): Explanation {
  const { leads, isSure } = leadsOf(scope.roots);
  const walks = leads.slice(0, CANDIDATES_MAX).map((lead) => walkDown(scene, lead));
  const decided = walks.find((walk) => walk.kind === 'cause');
  const events = scene.events.within(scope.window);
  if (decided === undefined) return withoutFailedCall(scene, scope, history, walks);
  const slow = slowCause(scene, scope, history, decided.cause);
  const cause = slow ?? decided.cause;
  const certain = isSure && walks[0] === decided && scope.confidence === 'high';
  const others = [
    ...(slow === null ? [] : [decided.cause]),
    ...walks.filter((walk) => walk.kind === 'cause').map((walk) => walk.cause),
    ...decided.also.slice(0, CANDIDATES_MAX).flatMap((call) => causesOf(walkDown(scene, call))),
    ...events.map(causeFromEvent),
  ];
  return {
    scope,
    cause: certain ? cause : { ...cause, confidence: 'low' },
    also: distinct(others, [cause.fault.component]),
    unseen: null,
  };
}

/** Red root calls, the first to fail first; else the last amber one. What a repetition made good does not count. */
function leadsOf(roots: readonly Call[]): { leads: readonly Call[]; isSure: boolean } {
  const lasting = notMadeGood(roots);
  const red = lasting.filter(isRed);
  if (red.length > 0) return { leads: red.toSorted(compareEnds), isSure: true };
  const amber = lasting.findLast(isAmber);
  if (amber === undefined) return { leads: [], isSure: false };
  return { leads: [amber], isSure: amber === roots.at(-1) };
}

/** Ends, since each step leads to a call that began later. Cost: O(calls of the components on the way). */
function walkDown(scene: Scene, root: Call): Walk {
  const chain: Call[] = [];
  const also: Call[] = [];
  let failure: Failure = failureOf(root);
  let isSure = true;
  for (;;) {
    const { call } = failure;
    chain.push(call);
    isSure &&= call.confidence === 'high' && !scene.forest.isGuess(call);
    const step = nextStep(scene, failure);
    if (step.kind === 'unseen') return { kind: 'unseen', unseen: unseenOf(step, chain) };
    if (step.kind === 'blame') {
      const cause = causeOfCall(step.fault, chain, isSure);
      return { kind: 'cause', cause, also: [...(step.also ?? []), ...also] };
    }
    isSure &&= step.isSure;
    if (step.through !== undefined) chain.push(step.through);
    also.unshift(...step.also);
    failure = step.to;
  }
}

/** @param chain - From the root to the call that decided. */
function causeOfCall(fault: Fault, chain: readonly Call[], isSure: boolean): Cause {
  const call = elementAt(chain, chain.length - 1);
  const confidence = isSure && fault.isSure ? 'high' : 'low';
  return { fault, call, atUs: lastKnownAtUs(call), chain, confidence };
}

function unseenOf(
  step: { readonly components: readonly string[]; readonly call: Call },
  chain: readonly Call[],
): Unseen {
  const { call } = step;
  const why = call.reason ?? (isOpaque(call) ? 'it is encrypted' : 'no status');
  return {
    components: step.components,
    reason: `how ${call.client} → ${call.server} (${call.operation}) ended was not seen: ${why}`,
    chain: chain.includes(call) ? chain : [...chain, call],
  };
}

function causesOf(walk: Walk): readonly Cause[] {
  return walk.kind === 'cause' ? [walk.cause] : [];
}

/** No call failed for good: something died, or it took too long, or a failed attempt is all there is. */
function withoutFailedCall(
  scene: Scene,
  scope: CaseScope,
  history: readonly EdgeHistory[],
  walks: readonly Walk[],
): Explanation {
  const hidden = walks.find((walk) => walk.kind === 'unseen')?.unseen ?? null;
  if (hidden !== null) return { scope, cause: null, also: [], unseen: hidden };
  const events = scene.events.within(scope.window).map(causeFromEvent);
  const gone = scene.events.goneBefore(scope.window).map(causeFromEvent).map(doubt);
  const slow = scope.ranOutOfTime ? slowCauseOf(scene, scope, history) : null;
  const [cause, ...others] = [
    ...events,
    ...(slow === null ? [] : [slow]),
    ...gone,
    ...repeated(scene, scope),
  ];
  if (cause === undefined) return { scope, cause: null, also: [], unseen: unseenRoot(scope) };
  return {
    scope,
    cause: scope.confidence === 'low' ? doubt(cause) : cause,
    also: distinct(others, [cause.fault.component]),
    unseen: null,
  };
}

/** A root that failed first and succeeded later is weak evidence, but evidence. */
function repeated(scene: Scene, scope: CaseScope): readonly Cause[] {
  const last = scope.roots.findLast(isRed);
  return last === undefined ? [] : causesOf(walkDown(scene, last)).map(doubt);
}

function unseenRoot(scope: CaseScope): Unseen | null {
  const call = scope.roots.findLast(isUnseen);
  return call === undefined ? null : unseenOf({ components: [call.server], call }, [call]);
}

function doubt(cause: Cause): Cause {
  return { ...cause, confidence: 'low' };
}

function causeFromEvent(event: PlatformEvent): Cause {
  const fault = faultOfEvent(event, null);
  return { fault, call: null, atUs: event.atUs, chain: [], confidence: 'high' };
}

/** The walk ended at a component that was simply not done in time: then its usual times may tell more. */
function slowCause(
  scene: Scene,
  scope: CaseScope,
  history: readonly EdgeHistory[],
  cause: Cause,
): Cause | null {
  const { call, fault } = cause;
  if (call === null || !isGivenUp(call) || fault.event !== null || fault.edge !== null) return null;
  return scene.forest.childrenOf(call).length > 0 ? slowCauseOf(scene, scope, history) : null;
}

function slowCauseOf(
  scene: Scene,
  scope: CaseScope,
  history: readonly EdgeHistory[],
): Cause | null {
  const slowest = slowestEdge(scene.forest, scope.roots, history);
  if (slowest === null) return null;
  const { call, ownMs, usualMs } = slowest;
  const chain: Call[] = [];
  for (let at: Call | null = call; at !== null; at = scene.forest.parentOf(at)) chain.unshift(at);
  const fault: Fault = {
    component: call.server,
    edge: null,
    code: 'slow',
    reason: `slow: ${Math.round(ownMs)} ms for ${call.client} → ${call.server} in this case, usually ${Math.round(usualMs)} ms`,
    event: null,
    isSure: false,
  };
  return { fault, call, atUs: lastKnownAtUs(call), chain, confidence: 'low' };
}

function distinct(causes: readonly Cause[], known: readonly string[]): readonly Cause[] {
  const seen = new Set(known);
  const kept: Cause[] = [];
  for (const cause of causes) {
    if (kept.length === ALSO_MAX) break;
    if (seen.has(cause.fault.component)) continue;
    seen.add(cause.fault.component);
    kept.push(doubt(cause));
  }
  return kept;
}

export function latencyOf(cause: Cause): number | null {
  return cause.call === null ? null : durationMsOf(cause.call);
}

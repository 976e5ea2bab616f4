import { compareText } from '../../diagnostic.ts';
import { failureOf, nextStep, notMadeGood } from './descent.ts';
import type { Call } from '../call.ts';
import type { Explanation } from './explain.ts';
import { faultOfWay } from './faults.ts';
import { isFailed, isGivenUp, isRed } from '../outcomes.ts';
import type { ComponentVerdict, Culprit } from '../report.ts';
import type { Scene } from './scene.ts';
import { listAt } from '../linking/sides.ts';

/** One verdict for every component: the causes red, what fails only because of them grey. */

/** Calls named as evidence of a victim. */
const EVIDENCE_MAX = 10;

export interface VerdictInput {
  readonly scene: Scene;
  readonly components: readonly string[];
  /** Of the environment itself: what others do in the baseline makes nobody healthy or ill. */
  readonly calls: readonly Call[];
  readonly explanations: readonly Explanation[];
  readonly culprits: readonly Culprit[];
}

export function verdictsOf(input: VerdictInput): readonly ComponentVerdict[] {
  const { scene, explanations, culprits } = input;
  const failing = new Map<string, Culprit>();
  for (const culprit of culprits) {
    const isCause = culprit.cases.length > 0;
    if (isCause && !failing.has(culprit.component)) failing.set(culprit.component, culprit);
  }
  const findings: Findings = {
    failing,
    hidden: hiddenOf(explanations),
    damage: damageOf(scene, explanations, failing),
    activity: activityOf(input.calls),
  };
  const names = new Set([...input.components, ...failing.keys(), ...findings.damage.keys()]);
  return [...names].toSorted(compareText).map((name) => verdictOf(name, findings));
}

interface Findings {
  readonly failing: ReadonlyMap<string, Culprit>;
  /** Component → what was not seen. */
  readonly hidden: ReadonlyMap<
    string,
    { readonly reason: string; readonly ids: readonly string[] }
  >;
  readonly damage: ReadonlyMap<string, Damage>;
  readonly activity: ReadonlyMap<string, Activity>;
}

/** Failed calls that a component served in failed cases. */
interface Damage {
  /** Ids by what they fail because of. */
  readonly because: Map<string, string[]>;
  /** Ids of those that no cause explains. */
  readonly unexplained: string[];
}

function noDamage(): Damage {
  return { because: new Map(), unexplained: [] };
}

interface Activity {
  served: number;
  answered: number;
  made: number;
  succeeded: number;
}

function verdictOf(component: string, findings: Findings): ComponentVerdict {
  const culprit = findings.failing.get(component);
  if (culprit !== undefined) {
    const { origin, reason, code, latencyMs, evidence } = culprit;
    return { component, verdict: 'Failing', origin, reason, code, latencyMs, evidence };
  }
  const { verdict, reason, evidence } = judged(component, findings);
  return { component, verdict, origin: null, reason, code: null, latencyMs: null, evidence };
}

type Judged = Pick<ComponentVerdict, 'verdict' | 'reason' | 'evidence'>;

function judged(component: string, { hidden, damage, activity }: Findings): Judged {
  const unseen = hidden.get(component);
  if (unseen !== undefined) {
    return { verdict: 'Unknown', reason: unseen.reason, evidence: unseen.ids };
  }
  const harm = damage.get(component);
  return harm === undefined ? undamaged(activity.get(component)) : damaged(harm);
}

function damaged(damage: Damage): Judged {
  if (damage.unexplained.length > 0) {
    const reason = 'failed as well, but no failed case is explained by it';
    return { verdict: 'Unknown', reason, evidence: damage.unexplained.slice(0, EVIDENCE_MAX) };
  }
  const names = [...damage.because.keys()].toSorted(compareText);
  const evidence = [...damage.because.values()].flat().slice(0, EVIDENCE_MAX);
  return { verdict: 'Impaired', reason: `fails because of ${names.join(', ')}`, evidence };
}

/** A service is judged by what it served, a worker by what it called. */
function undamaged(activity: Activity | undefined): Judged {
  if (activity === undefined) return { verdict: 'Silent', reason: null, evidence: [] };
  const isWell = activity.served > 0 ? activity.answered > 0 : activity.succeeded > 0;
  if (isWell) return { verdict: 'Healthy', reason: null, evidence: [] };
  return { verdict: 'Unknown', reason: 'none of its calls was seen to succeed', evidence: [] };
}

function activityOf(calls: readonly Call[]): ReadonlyMap<string, Activity> {
  const activities = new Map<string, Activity>();
  const of = (component: string): Activity => {
    const activity = activities.get(component) ?? { served: 0, answered: 0, made: 0, succeeded: 0 };
    activities.set(component, activity);
    return activity;
  };
  for (const call of calls) {
    const server = of(call.server);
    server.served += 1;
    if (call.outcome === 'ok' || call.outcome === 'client_error') server.answered += 1;
    const client = of(call.client);
    client.made += 1;
    if (call.outcome === 'ok') client.succeeded += 1;
  }
  return activities;
}

function hiddenOf(explanations: readonly Explanation[]): Findings['hidden'] {
  const hidden = new Map<string, { reason: string; ids: readonly string[] }>();
  for (const { cause, unseen } of explanations) {
    if (cause !== null || unseen === null) continue;
    const ids = unseen.chain.map(({ id }) => id);
    for (const component of unseen.components) {
      if (!hidden.has(component)) hidden.set(component, { reason: unseen.reason, ids });
    }
  }
  return hidden;
}

/** Every component that failed in a failed case, and because of whom. Cost: O(calls of those cases). */
function damageOf(
  scene: Scene,
  explanations: readonly Explanation[],
  failing: ReadonlyMap<string, Culprit>,
): Map<string, Damage> {
  const damage = new Map<string, Damage>();
  const blames = new Map<string, string | null>();
  const causes = explanations.flatMap(({ cause }) => cause ?? []);
  for (const { chain, fault } of causes) {
    for (const call of chain) blames.set(call.id, fault.component);
  }
  const chains = new Set(causes.flatMap(({ chain }) => chain));
  const arrived = [...failedCalls(scene, explanations, chains)].filter(
    // What did not get there says nothing about the server.
    (call) => (faultOfWay(scene, call)?.edge ?? null) === null,
  );
  for (const call of arrived) {
    const blamed = blame(scene, call, blames);
    const because = blamed !== null && failing.has(blamed) ? blamed : null;
    if (because !== call.server) addDamage(damage, call, because);
  }
  return damage;
}

function addDamage(damage: Map<string, Damage>, call: Call, because: string | null): void {
  const entry = damage.get(call.server) ?? noDamage();
  damage.set(call.server, entry);
  if (because === null) entry.unexplained.push(call.id);
  else listAt(entry.because, because).push(call.id);
}

/** The chains of the causes, and whatever else failed below failed roots without being made good. */
function failedCalls(
  scene: Scene,
  explanations: readonly Explanation[],
  chains: ReadonlySet<Call>,
): ReadonlySet<Call> {
  const found = new Set(chains);
  const stack = explanations.flatMap(({ scope }) =>
    notMadeGood(scope.roots).filter((call) => isRed(call) || isGivenUp(call)),
  );
  for (let call = stack.pop(); call !== undefined; call = stack.pop()) {
    found.add(call);
    for (const child of notMadeGood(scene.forest.childrenOf(call))) {
      if (isRed(child) || isGivenUp(child)) stack.push(child);
    }
  }
  return found;
}

/** Who a failed call fails because of; every call on the way is decided with it, so none is walked twice. */
function blame(scene: Scene, failed: Call, blames: Map<string, string | null>): string | null {
  const way: string[] = [];
  let failure = failureOf(failed);
  let result: string | null = null;
  for (;;) {
    const known = blames.get(failure.call.id);
    if (known !== undefined) {
      result = known;
      break;
    }
    way.push(failure.call.id);
    const step = nextStep(scene, failure);
    if (step.kind === 'descend') {
      failure = step.to;
      continue;
    }
    result = step.kind === 'blame' ? step.fault.component : null;
    break;
  }
  for (const id of way) blames.set(id, result);
  return result;
}

/** Calls that failed below an answer that did not: symptoms that somebody coped with. */
export function swallowedCalls(scene: Scene, calls: readonly Call[]): readonly Call[] {
  return calls.filter((call) => {
    if (!isFailed(call)) return false;
    const parent = scene.forest.parentOf(call);
    return parent !== null && parent.outcome === 'ok';
  });
}

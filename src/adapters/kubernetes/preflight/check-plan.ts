import { compareDiagnostics, hasErrors, type Diagnostic } from '../../../domain/diagnostic.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { failureOf } from '../engine/api-failures.ts';
import { checkBoundaries } from './boundaries.ts';
import { checkCapacity } from './capacity.ts';
import { checkCopies } from './copies.ts';
import { checkTried } from './check-tried.ts';
import { leaderOf } from './checks/controller.ts';
import { checkRights } from './checks/rights.ts';
import { checkDatastores } from './datastores.ts';
import type { Expedition, Inspection } from './inspection.ts';
import { checkNamespace } from './namespace.ts';
import { checkImagesNamed } from './plan-images.ts';
import { asWarning, diagnosticOf, planProblem } from './plan-problem.ts';
import { checkQuota } from './quota.ts';
import { checkSecrets } from './secrets.ts';
import { checkTemplate } from './template.ts';

/**
 * What `up` looks at before anything is written: the plan against the cluster, and of what the doctor looks
 * at what decides whether environments work. A few requests when nothing has changed.
 */
export async function checkBeforeUp(
  expedition: Expedition,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const leader = await leaderOf(expedition).catch(() => null);
  const rights = (await checkRights(expedition, leader)).filter(
    ({ outcome }) => outcome === 'fail',
  );
  // Whoever may not look would only hear of that again.
  if (rights.length > 0) return rights.map(diagnosticOf);
  const planned = await checkPlan(expedition, plan);
  // What cannot come up anyway is not tried out.
  if (hasErrors(planned)) return planned;
  const tried = await attempt('what is tried out', () => checkTried(expedition, plan));
  return [...planned, ...tried].toSorted(compareDiagnostics);
}

/**
 * All that would make a plan fail on this cluster.
 *
 * Reads what decides it and nothing more: a few requests, however large the plan.
 */
export async function checkPlan(
  inspection: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const found = await Promise.all([
    attempt('its namespace', () => checkNamespace(inspection, plan)),
    attempt('its secrets', () => checkSecrets(inspection, plan)),
    attempt('its datastores', () => checkDatastores(inspection, plan)),
    attempt('its boundary', () => checkBoundaries(inspection, plan)),
    attempt('what is copied', () => checkCopies(inspection, plan)),
    attempt('its size', () => checkCapacity(inspection, plan)),
    attempt('its quota', () => checkQuota(inspection, plan)),
  ]);
  return [
    ...checkIsolation(plan),
    ...checkImagesNamed(plan),
    ...checkTemplate(inspection, plan),
    ...found.flat(),
  ].toSorted(compareDiagnostics);
}

/** A user of a controller may have to leave to it what they may not look at themselves. */
async function attempt(
  what: string,
  check: () => Promise<readonly Diagnostic[]>,
): Promise<readonly Diagnostic[]> {
  try {
    return await check();
  } catch (error) {
    const failure = failureOf(error, what);
    if (!(failure instanceof OperationError) || failure.code !== 'CLUSTER_FORBIDDEN') throw failure;
    const message = `${what} could not be checked: ${failure.message}`;
    return [asWarning(planProblem('PREFLIGHT_FAILED', message))];
  }
}

function checkIsolation({ isolation }: Plan): readonly Diagnostic[] {
  if (isolation === 'path' || isolation === 'full') return [];
  return [
    {
      code: 'PLAN_UNSUPPORTED_ISOLATION',
      severity: 'error',
      message: `the engine "kubernetes" can't give isolation "${String(isolation)}"`,
      hint: 'use `path` or `full`',
    },
  ];
}

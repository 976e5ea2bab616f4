import { compareDiagnostics, type Diagnostic } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { checkBoundaries } from './boundaries.ts';
import { checkCapacity } from './capacity.ts';
import { checkImages } from './images.ts';
import type { Inspection } from './inspection.ts';
import { checkNamespace } from './namespace.ts';
import { checkSecrets } from './secrets.ts';

/**
 * All that would make a plan fail on this cluster, before anything is written.
 *
 * Reads what decides it and nothing more: a few requests, however large the plan.
 */
export async function checkPlan(
  inspection: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const found = await Promise.all([
    checkNamespace(inspection, plan),
    checkSecrets(inspection, plan),
    checkBoundaries(inspection, plan),
    checkCapacity(inspection, plan),
  ]);
  return [...checkIsolation(plan), ...checkImages(plan), ...found.flat()].toSorted(
    compareDiagnostics,
  );
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

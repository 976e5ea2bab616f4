import type { Diagnostic } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { templateProblems } from '../render/template-objects.ts';
import type { Inspection } from './inspection.ts';
import { planProblem } from './plan-problem.ts';

/** What an administrator adds to environments can be added, and stays within them. */
export function checkTemplate({ settings }: Inspection, plan: Plan): readonly Diagnostic[] {
  return templateProblems(settings, plan).map((message) => planProblem('PROJECT_INVALID', message));
}

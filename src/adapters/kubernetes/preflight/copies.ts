import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { runningWorkload } from '../engine/copied-workload.ts';
import type { Inspection } from './inspection.ts';
import { problem } from './plan-problem.ts';

/** What is to be copied is there. */
export async function checkCopies(
  { api }: Pick<Inspection, 'api'>,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const found = await Promise.all(
    plan.components.map(async ({ name }) => {
      const component = definitionOf(plan, name);
      if (component?.from === undefined) return [];
      if ((await runningWorkload({ api }, component.from)) !== null) return [];
      const { kind, namespace, name: there } = component.from;
      const message = `there is no ${kind} "${namespace}/${there}" to copy "${name}" from`;
      const hint = 'correct `from` in the catalog, or deploy it there';
      return [{ ...problem(component, 'NOT_FOUND', message), hint }];
    }),
  );
  return found.flat();
}
